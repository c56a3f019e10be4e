import type { PatientApp } from '@/lib/apps/apps'
import { authenticateClient, type Client } from '@/lib/smart/client-authentication'
import { issueBackendToken } from '@/lib/smart/client-credentials'
import { type ProvenKey, proveKey, withNextNonce } from '@/lib/smart/dpop'
import { oauthEndpoint } from '@/lib/smart/endpoint'
import { exchangeCode } from '@/lib/smart/exchange-code'
import type { ListTellable } from '@/lib/smart/launch-context'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { exchangeRefresh } from '@/lib/smart/refresh'
import { now as clock } from '@/lib/time/clock'

type GrantType = (form: OAuthForm, client: Client, asked: Asked) => Promise<Response>

/** When it was asked, the key that was proven with it, and how to know what may be told of a launch. */
type Asked = {
  readonly now: Date
  readonly key: ProvenKey | undefined
  readonly listTellable: ListTellable
}

/** The grants we know, each for one kind of client. */
const grantTypes: Readonly<Record<string, GrantType>> = {
  authorization_code: async (form, client, asked) => exchangeCode(form, requirePatientApp(client), asked),
  refresh_token: async (form, client, asked) =>
    exchangeRefresh(form, client.kind === 'unnamed' ? undefined : requirePatientApp(client), asked),
  client_credentials: async (form, client, { now, key }) => {
    if (key) throw new OAuthError('invalid_request', 'DPoP is for tokens that act for a person.')
    if (client.kind === 'backend') return issueBackendToken(form, client.app, now)
    throw new OAuthError('invalid_client', 'client_credentials needs private_key_jwt.')
  },
}

/**
 * Makes the token endpoint (RFC 6749 §3.2; SMART App Launch 2.2). The client is known before its grant is looked at, so a code
 * presented by the wrong client is refused without being spent. `listTellable`: the verdict on what a portal named.
 */
export function tokenEndpoint(listTellable: ListTellable): (request: Request) => Promise<Response> {
  return oauthEndpoint('token', (form, request) => answer(form, request, listTellable))
}

async function answer(form: OAuthForm, request: Request, listTellable: ListTellable): Promise<Response> {
  const now = clock()
  const type = form.get('grant_type')
  if (type === undefined) throw new OAuthError('invalid_request', 'grant_type is required.')
  const client = await authenticateClient(request, form, now)
  const exchange = Object.hasOwn(grantTypes, type) ? grantTypes[type] : undefined
  if (!exchange) throw new OAuthError('unsupported_grant_type', 'This grant_type is not supported.')
  const app = client.kind === 'app' ? client.app : undefined
  const key = await proveKey(request, '/oauth/token', { app, now })
  return withNextNonce(await exchange(form, client, { now, key, listTellable }), key)
}

function requirePatientApp(client: Client): PatientApp {
  if (client.kind === 'app') return client.app
  if (client.kind === 'unnamed') throw new OAuthError('invalid_request', 'client_id is required.')
  throw new OAuthError('unauthorized_client', 'This client may use client_credentials only.')
}
