import { db } from '@/lib/db/database'
import { readForm } from '@/lib/http/form'
import { json } from '@/lib/http/json'
import { pageLanguage, problemPage } from '@/lib/http/problem-page'
import { findPatient } from '@/lib/identity/session'
import { translator } from '@/lib/language/translate'
import { log } from '@/lib/log/log'
import { findDemandedProof, isFreshEnough } from '@/lib/smart/authentication-demand'
import { checkAfterTrust, checkUntilTrust } from '@/lib/smart/authorize-checks'
import {
  type AuthorizeParameters,
  type CheckedRequest,
  parseAuthorizeParameters,
  type TrustedDraft,
  type UntrustedReason,
  UntrustedRequest,
} from '@/lib/smart/authorize-draft'
import { isOAuthError, OAuthError } from '@/lib/smart/oauth-error'
import { endOldestCookies } from '@/lib/smart/request-cookies'
import { answerAddress, createRequest } from '@/lib/smart/requests'
import { now as clock } from '@/lib/time/clock'

/**
 * The authorization endpoint, by GET and POST (SMART App Launch 2.2 A1). It stores the request and sends the browser to
 * the web plane before any session is looked at, for a POST from another site carries no Lax cookies. No CORS here
 * (RFC 9700 §2.6).
 */
export async function authorize(request: Request): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'POST')
    return json({ error: 'invalid_request', error_description: 'Use GET or POST.' }, 405, {
      allow: 'GET, POST',
    })
  try {
    const draft = await checkUntilTrust({ parameters: await readParametersOf(request), now: clock() })
    return await beginRequest(draft, request).catch((fault: unknown) => reportToApp(draft, fault))
  } catch (fault) {
    if (fault instanceof UntrustedRequest) return problemBeforeTrust(request, fault.reason)
    throw fault
  }
}

async function beginRequest(draft: TrustedDraft, request: Request): Promise<Response> {
  const checked = await checkAfterTrust(draft)
  if (checked.prompt.includes('none')) throw await refuseSilent(checked, request)
  const stored = await createRequest(checked)
  const response = redirect(`/authorize/${stored.id}`)
  for (const cookie of [stored.setCookie, ...endOldestCookies(request.headers.get('cookie'))])
    response.headers.append('set-cookie', cookie)
  return response
}

/**
 * `prompt=none` never shows anything (OpenID Connect Core §3.1.2.6). Since every authorization here ends on a consent
 * page, it is always an error; which one tells the app what is missing.
 */
async function refuseSilent(checked: CheckedRequest, request: Request): Promise<OAuthError> {
  const session = await findPatient(request.headers.get('cookie'), checked.now)
  const demand = {
    prompt: checked.prompt,
    maxAgeSeconds: checked.maxAgeSeconds ?? null,
    acr: checked.acr ?? null,
    requestedAt: checked.now,
  }
  if (!session || !isFreshEnough(session, demand))
    return new OAuthError('login_required', 'The person has to sign in.')
  if (!findDemandedProof(session, demand))
    return new OAuthError('unmet_authentication_requirements', 'The person has to prove more.')
  const links = await db().link.count({
    where: { accountId: session.accountId, ehrId: checked.ehr.id, status: 'active' },
  })
  if (links === 0) return new OAuthError('interaction_required', 'The person has no chart here yet.')
  return new OAuthError('consent_required', 'The person has to agree.')
}

async function reportToApp(draft: TrustedDraft, fault: unknown): Promise<Response> {
  if (!isOAuthError(fault)) throw fault
  log.info('oauth.refused', { endpoint: 'authorize', app: draft.app.id, error: fault.code })
  const { parameters, redirectUri } = draft
  const state = parameters.repeated.has('state') ? null : (parameters.values.get('state') ?? null)
  return redirect(answerAddress({ redirectUri, state }, { error: fault.code, description: fault.message }))
}

function problemBeforeTrust(request: Request, reason: UntrustedReason): Response {
  log.info('oauth.untrusted-request', { reason })
  const language = pageLanguage(request)
  const t = translator(language)
  const status = reason === 'too-many' ? 429 : 400
  return problemPage(language, status, {
    title: t('authorize.untrusted.title'),
    text: t(untrustedTexts[reason]),
  })
}

const untrustedTexts = {
  malformed: 'authorize.untrusted.malformed',
  'unknown-app': 'authorize.untrusted.unknownApp',
  'bad-redirect': 'authorize.untrusted.badRedirect',
  'pushed-unknown': 'authorize.untrusted.pushedUnknown',
  'too-many': 'authorize.untrusted.tooMany',
} as const satisfies Record<UntrustedReason, string>

async function readParametersOf(request: Request): Promise<AuthorizeParameters> {
  if (request.method === 'GET') return parseAuthorizeParameters(new URL(request.url).search)
  const copy = request.clone()
  const reading = await readForm(request)
  if (reading.outcome === 'refused' && reading.reason !== 'repeated-parameter')
    throw new UntrustedRequest('malformed')
  return parseAuthorizeParameters(await copy.text())
}

/** 303 whatever the method was, so that a POST is never repeated elsewhere (RFC 9700 §4.12). Nothing caches it. */
function redirect(location: string): Response {
  return new Response(null, {
    status: 303,
    headers: { location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' },
  })
}
