import type { PatientApp } from '@/lib/apps/apps'
import { json } from '@/lib/http/json'
import { takeHitFreely } from '@/lib/rate-limit/rate-limit'
import { checkPushedRequest } from '@/lib/smart/authorize-checks'
import { UntrustedRequest } from '@/lib/smart/authorize-draft'
import { authenticateClient, type Client } from '@/lib/smart/client-authentication'
import { type ProvenKey, proveKey, withNextNonce } from '@/lib/smart/dpop'
import { oauthEndpoint } from '@/lib/smart/endpoint'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { keepPushedRequest, pushedSeconds } from '@/lib/smart/pushed-requests'
import { now as clock } from '@/lib/time/clock'

/**
 * The pushed authorization request endpoint (RFC 9126). The app proves itself as at the token endpoint and hears of
 * anything wrong before a browser is involved; what it pushed can be used once, by its own browser, within a minute.
 */
export const push = oauthEndpoint('par', async (form, request) => {
  const now = clock()
  const app = requirePatientApp(await authenticateClient(request, form, now))
  if (form.has('request_uri'))
    throw new OAuthError('invalid_request', 'A pushed request cannot refer to another.')
  const limited = await takeHitFreely('pushedPerApp', app.id, now)
  if (!limited.allowed) return tooMany(limited.retryAfterSeconds)
  const key = await proveKey(request, '/oauth/par', { app, now })
  const parameters = parametersOf(form, app, key)
  const draft = { parameters: { values: parameters, repeated: new Set<string>() }, now, app, isPushed: true }
  await checkPushedRequest(draft).catch(reportToPusher)
  const reference = await keepPushedRequest(app.id, parameters, now)
  return withNextNonce(json({ request_uri: reference, expires_in: pushedSeconds }, 201), key)
})

function requirePatientApp(client: Client): PatientApp {
  if (client.kind === 'app') return client.app
  if (client.kind === 'unnamed') throw new OAuthError('invalid_client', 'client_id is required.')
  throw new OAuthError('unauthorized_client', 'This client may use client_credentials only.')
}

/** How the client proved itself is not part of what it asks for, and is kept nowhere. */
const proofs: ReadonlySet<string> = new Set(['client_secret', 'client_assertion', 'client_assertion_type'])

/** A proof beside the request binds its code as `dpop_jkt` would, and may not contradict it (RFC 9449 §10.1). */
function parametersOf(form: OAuthForm, app: PatientApp, key: ProvenKey | undefined): Map<string, string> {
  const parameters = new Map([...form].filter(([name]) => !proofs.has(name))).set('client_id', app.id)
  const announced = parameters.get('dpop_jkt')
  if (key && announced !== undefined && announced !== key.jkt)
    throw new OAuthError('invalid_dpop_proof', 'dpop_jkt is not the key of the DPoP proof.')
  return key ? parameters.set('dpop_jkt', key.jkt) : parameters
}

/** Nobody is sent anywhere from here, so even an address we do not know is told to the app itself. */
function reportToPusher(fault: unknown): never {
  if (fault instanceof UntrustedRequest)
    throw new OAuthError('invalid_request', 'redirect_uri is missing or not registered for this client.')
  throw fault
}

function tooMany(retryAfterSeconds: number): Response {
  return json({ error: 'temporarily_unavailable', error_description: 'Too many requests.' }, 429, {
    'retry-after': String(retryAfterSeconds),
  })
}
