import { findApp, type PatientApp } from '@/lib/apps/apps'
import { isWaiting } from '@/lib/apps/registrations'
import { db } from '@/lib/db/database'
import { findEhrByAudience } from '@/lib/ehrs/ehrs'
import { requestContext } from '@/lib/http/request-context'
import { networkOf, takeHitFreely } from '@/lib/rate-limit/rate-limit'
import { oneResource } from '@/lib/smart/audience'
import { parseAcrValues } from '@/lib/smart/authentication-demand'
import {
  type CheckedRequest,
  type Draft,
  type Prompt,
  prompts,
  type TrustedDraft,
  UntrustedRequest,
} from '@/lib/smart/authorize-draft'
import { readIdTokenHint } from '@/lib/smart/id-token-hint'
import { findLaunch, unknownLaunch } from '@/lib/smart/launches'
import { OAuthError } from '@/lib/smart/oauth-error'
import { isPushedReference, takePushedRequest } from '@/lib/smart/pushed-requests'
import { isRegisteredRedirect } from '@/lib/smart/redirect-uri'
import { asksForChart, listClinicianScopes, negotiateScopes } from '@/lib/smart/scopes'
import { isStopped } from '@/lib/stops/stops'

type Check<D extends Draft> = (draft: D) => D | Promise<D>

/**
 * Until the redirect URI is proven to be the app's own, a problem is shown to the person: an error sent to an address
 * of a stranger's choosing would make us his open redirector (RFC 6749 §4.1.2.1, RFC 9700 §4.11).
 */
const beforeTrust: readonly Check<Draft>[] = [checkRate, loadPushedRequest, identifyApp, checkRedirectUri]

/** From here on it is reported to the app by redirect, with state and iss. New checks go below this line. */
const afterTrust: readonly Check<TrustedDraft>[] = [
  checkRepeated,
  checkPushed,
  checkState,
  refuseUnsupported,
  checkResponseType,
  checkPkce,
  checkKeyBinding,
  checkPrompt,
  checkAcrValues,
  checkHint,
  checkAudience,
  checkScopes,
  checkStops,
  resolveLaunch,
]

/** Runs the checks before trust, in order. @throws UntrustedRequest */
export async function checkUntilTrust(draft: Draft): Promise<TrustedDraft> {
  let checked = draft
  for (const check of beforeTrust) checked = await check(checked)
  const { app, redirectUri } = checked
  if (!app || redirectUri === undefined) throw new UntrustedRequest('unknown-app')
  return { ...checked, app, redirectUri }
}

/** The same checks for a request pushed by an app that proved itself. @throws OAuthError and UntrustedRequest */
export async function checkPushedRequest(
  draft: Draft & { readonly app: PatientApp },
): Promise<CheckedRequest> {
  const { app, redirectUri } = checkRedirectUri(draft)
  if (!app || redirectUri === undefined) throw new UntrustedRequest('bad-redirect')
  return checkAfterTrust({ ...draft, app, redirectUri })
}

/** Runs the checks after trust, in order. @throws OAuthError, to be reported by redirect */
export async function checkAfterTrust(draft: TrustedDraft): Promise<CheckedRequest> {
  let checked = draft
  for (const check of afterTrust) checked = await check(checked)
  const { scopes, prompt } = checked
  if (!scopes || !prompt) throw new Error('an authorization request passed its checks incomplete')
  return { ...checked, scopes, prompt }
}

async function checkRate(draft: Draft): Promise<Draft> {
  const network = networkOf(requestContext().clientAddress)
  const state = await takeHitFreely('authorizePerNetwork', network, draft.now)
  if (!state.allowed) throw new UntrustedRequest('too-many')
  return draft
}

/** What an app pushed takes the place of all the browser brought: the outer parameters may be anybody's. */
async function loadPushedRequest(draft: Draft): Promise<Draft> {
  const { values, repeated } = draft.parameters
  const reference = values.get('request_uri')
  if (reference === undefined || !isPushedReference(reference)) return draft
  const appId = values.get('client_id')
  if (appId === undefined || repeated.has('client_id') || repeated.has('request_uri'))
    throw new UntrustedRequest('malformed')
  const pushed = await takePushedRequest(reference, appId, draft.now)
  if (!pushed) throw new UntrustedRequest('pushed-unknown')
  return { ...draft, parameters: { values: pushed, repeated: new Set() }, isPushed: true }
}

async function identifyApp(draft: Draft): Promise<Draft> {
  const id = draft.parameters.values.get('client_id')
  if (id === undefined || draft.parameters.repeated.has('client_id'))
    throw new UntrustedRequest('unknown-app')
  const app = await findApp(db(), id)
  if (app?.kind !== 'app') throw new UntrustedRequest((await isWaiting(id)) ? 'not-approved' : 'unknown-app')
  return { ...draft, app }
}

function checkRedirectUri(draft: Draft): Draft {
  const redirectUri = draft.parameters.values.get('redirect_uri')
  const registered = draft.app?.redirectUris ?? []
  if (redirectUri === undefined || draft.parameters.repeated.has('redirect_uri'))
    throw new UntrustedRequest('bad-redirect')
  if (!isRegisteredRedirect(redirectUri, registered)) throw new UntrustedRequest('bad-redirect')
  return { ...draft, redirectUri }
}

function checkRepeated(draft: TrustedDraft): TrustedDraft {
  const { repeated } = draft.parameters
  if (repeated.has('resource') && repeated.size === 1) throw oneResource()
  if (repeated.size > 0) throw new OAuthError('invalid_request', 'A parameter was sent more than once.')
  return draft
}

/** An app that said it pushes its requests is safe from one somebody else composed (RFC 9126 §6). */
function checkPushed(draft: TrustedDraft): TrustedDraft {
  if (draft.app.requirePushedRequests && !draft.isPushed)
    throw new OAuthError('invalid_request', 'This app has to push its requests first.')
  return draft
}

/** SMART requires `state` (X6: OpenID Connect does not); it goes back byte for byte. */
function checkState(draft: TrustedDraft): TrustedDraft {
  const state = draft.parameters.values.get('state')
  if (state !== undefined) return { ...draft, state }
  if (draft.app.profile === 'oidc') return draft
  throw new OAuthError('invalid_request', 'state is required.')
}

/** What is not supported is refused by name, never ignored: ignoring it would drop a promise the app relies on. */
function refuseUnsupported(draft: TrustedDraft): TrustedDraft {
  const { values } = draft.parameters
  if (values.has('request'))
    throw new OAuthError('request_not_supported', 'Request objects are not supported.')
  if (values.has('request_uri'))
    throw new OAuthError(
      'request_uri_not_supported',
      'request_uri may only be a reference given by the pushed authorization request endpoint.',
    )
  if (values.has('registration'))
    throw new OAuthError('registration_not_supported', 'Registration by request is not supported.')
  for (const name of ['claims', 'authorization_details'])
    if (values.has(name)) throw new OAuthError('invalid_request', `The parameter ${name} is not supported.`)
  const mode = values.get('response_mode')
  if (mode !== undefined && mode !== 'query')
    throw new OAuthError('invalid_request', 'Only response_mode=query is supported.')
  return draft
}

function checkResponseType(draft: TrustedDraft): TrustedDraft {
  const type = draft.parameters.values.get('response_type')
  if (type === undefined) throw new OAuthError('invalid_request', 'response_type is required.')
  if (type !== 'code')
    throw new OAuthError('unsupported_response_type', 'Only response_type=code is supported.')
  return draft
}

/**
 * S256 only; an S256 challenge is exactly 43 base64url characters (RFC 7636 §4.2; SMART forbids `plain`). Only a
 * confidential OpenID client may do without, if it sends a nonce (X4, RFC 9700 §2.1.1).
 */
function checkPkce(draft: TrustedDraft): TrustedDraft {
  const { values } = draft.parameters
  const codeChallenge = values.get('code_challenge')
  const method = values.get('code_challenge_method')
  const { profile, tokenEndpointAuthMethod } = draft.app
  const mayRelyOnNonce = profile === 'oidc' && tokenEndpointAuthMethod !== 'none'
  if (mayRelyOnNonce && codeChallenge === undefined && method === undefined) {
    if (values.has('nonce')) return draft
    throw new OAuthError('invalid_request', 'code_challenge or nonce is required.')
  }
  if (method !== 'S256') throw new OAuthError('invalid_request', 'code_challenge_method must be S256.')
  if (codeChallenge === undefined || !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge))
    throw new OAuthError('invalid_request', 'code_challenge must be 43 base64url characters.')
  return { ...draft, codeChallenge }
}

/** A key announced here is the only one that can use the code (RFC 9449 §10); a SHA-256 thumbprint is 43 characters. */
function checkKeyBinding(draft: TrustedDraft): TrustedDraft {
  const dpopJkt = draft.parameters.values.get('dpop_jkt')
  if (dpopJkt === undefined) return draft
  if (!/^[A-Za-z0-9_-]{43}$/.test(dpopJkt))
    throw new OAuthError('invalid_request', 'dpop_jkt must be 43 base64url characters.')
  return { ...draft, dpopJkt }
}

function checkPrompt(draft: TrustedDraft): TrustedDraft {
  const { values } = draft.parameters
  const asked = (values.get('prompt') ?? '').split(' ').filter(Boolean)
  const prompt = asked.filter((value): value is Prompt => prompts.some((known) => known === value))
  if (prompt.length !== asked.length)
    throw new OAuthError('invalid_request', 'A value of prompt is not supported.')
  if (prompt.includes('none') && prompt.length > 1)
    throw new OAuthError('invalid_request', 'prompt=none stands alone.')
  const maxAge = values.get('max_age')
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge))
    throw new OAuthError('invalid_request', 'max_age must be a number of seconds.')
  const nonce = values.get('nonce')
  if (nonce !== undefined && nonce.length > 1_000)
    throw new OAuthError('invalid_request', 'nonce is too long.')
  return {
    ...draft,
    prompt,
    ...(nonce === undefined ? {} : { nonce }),
    ...(maxAge === undefined ? {} : { maxAgeSeconds: Number(maxAge) }),
  }
}

/** Values that nobody here can ever prove are refused at once, not after a sign-in (RFC 9470 §5). */
function checkAcrValues(draft: TrustedDraft): TrustedDraft {
  const given = draft.parameters.values.get('acr_values')
  if (given === undefined) return draft
  const acr = parseAcrValues(given)
  if (!acr)
    throw new OAuthError(
      'unmet_authentication_requirements',
      'None of the acr_values is known here; see acr_values_supported.',
    )
  return { ...draft, acr }
}

/** Whom the app expects. The hint may be old (OpenID Connect Core §3.1.2.1), but it is an ID token of ours for this app. */
async function checkHint(draft: TrustedDraft): Promise<TrustedDraft> {
  const hint = draft.parameters.values.get('id_token_hint')
  if (hint === undefined) return draft
  const proven = await readIdTokenHint(hint)
  if (proven?.appId !== draft.app.id)
    throw new OAuthError('invalid_request', 'id_token_hint is not an ID token of this server for this app.')
  return { ...draft, hintedSubject: proven.subject }
}

/**
 * `aud` (SMART) and `resource` (RFC 8707) name the same thing: a FHIR base this server protects. Who asks for nothing
 * of a chart names none (X5).
 */
function checkAudience(draft: TrustedDraft): TrustedDraft {
  const { values } = draft.parameters
  const [aud, resource] = [values.get('aud'), values.get('resource')]
  if (aud === undefined && resource === undefined) {
    if (!asksForChart(values.get('scope') ?? '')) return draft
    throw new OAuthError('invalid_request', 'aud is required: the FHIR base the app will call.')
  }
  const ehr = findEhrByAudience(aud ?? resource ?? '')
  const same = aud === undefined || resource === undefined || ehr === findEhrByAudience(resource)
  if (!ehr) throw new OAuthError('invalid_target', 'aud is not a FHIR base of this server.')
  if (!same) throw new OAuthError('invalid_target', 'aud and resource name different servers.')
  return { ...draft, ehr }
}

function checkScopes(draft: TrustedDraft): TrustedDraft {
  const asked = draft.parameters.values.get('scope')
  if (asked === undefined) throw new OAuthError('invalid_scope', 'scope is required.')
  const negotiated = negotiateScopes(asked, draft.app.scopes)
  // without a chart there is nobody to name in it and nothing to come back for
  const scopes = draft.ehr ? negotiated : negotiated.filter((scope) => scope === 'openid')
  const opensSomething = scopes.some((scope) => scope === 'openid' || scope.startsWith('patient/'))
  if (!opensSomething && listClinicianScopes(asked).length > 0)
    throw new OAuthError(
      'invalid_scope',
      'user/ scopes and launch/encounter belong to the launch of a clinician, which is not offered here.',
    )
  if (!opensSomething)
    throw new OAuthError('invalid_scope', 'None of the scopes is known here and registered for this app.')
  return { ...draft, scopes }
}

async function checkStops(draft: TrustedDraft): Promise<TrustedDraft> {
  const { app, ehr } = draft
  if (await isStopped(db(), [['token-issue'], ['app', app.id], ...(ehr ? [['ehr', ehr.id] as const] : [])]))
    throw new OAuthError('temporarily_unavailable', 'Authorization is paused at the moment.')
  return draft
}

/**
 * `launch` is resolved or refused, never ignored, and never becomes a standalone request (SMART App Launch 2.2 L2): an
 * app that believes it shows the chart its portal showed must not show another. Only looked at here; the request spends
 * it.
 */
async function resolveLaunch(draft: TrustedDraft): Promise<TrustedDraft> {
  const { app, ehr, scopes = [], now, prompt = [] } = draft
  const handle = draft.parameters.values.get('launch')
  const asksContext = scopes.includes('launch')
  if (handle === undefined) {
    if (asksContext)
      throw new OAuthError(
        'invalid_request',
        'The scope launch needs the parameter launch. Without a launch, ask for launch/patient.',
      )
    return draft
  }
  if (!asksContext)
    throw new OAuthError(
      'invalid_request',
      'The parameter launch needs the scope launch, asked for and registered.',
    )
  if (prompt.includes('none'))
    throw new OAuthError('interaction_required', 'A launch is always shown to the person.')
  const launch = ehr && (await findLaunch(handle, { appId: app.id, ehrId: ehr.id, now }))
  if (!launch) throw unknownLaunch()
  return { ...draft, launch }
}
