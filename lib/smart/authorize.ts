import { config } from '@/lib/config/config'
import { findCookie, setCookie } from '@/lib/http/cookies'
import { readForm } from '@/lib/http/form'
import { json } from '@/lib/http/json'
import { pageLanguage, problemPage } from '@/lib/http/problem-page'
import { translator } from '@/lib/language/translate'
import { log } from '@/lib/log/log'
import { answerSilently } from '@/lib/smart/answer-silently'
import { checkAfterTrust, checkUntilTrust } from '@/lib/smart/authorize-checks'
import {
  type AuthorizeParameters,
  type CheckedRequest,
  parseAuthorizeParameters,
  type TrustedDraft,
  type UntrustedReason,
  UntrustedRequest,
} from '@/lib/smart/authorize-draft'
import { isOAuthError } from '@/lib/smart/oauth-error'
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
  const cookieHeader = request.headers.get('cookie')
  if (checked.prompt.includes('none')) {
    const code = await answerSilently(checked, cookieHeader)
    return redirect(
      answerAddress({ redirectUri: checked.redirectUri, state: checked.state ?? null }, { code }),
    )
  }
  const stored = await createRequest(checked)
  const cookies = [
    stored.setCookie,
    ...endOldestCookies(cookieHeader),
    ...languageCookie(checked, cookieHeader),
  ]
  return redirect(`/authorize/${stored.id}`, cookies)
}

/** The language the app asks for (OpenID Connect Core §3.1.2.1), unless the person chose one here: for this visit. */
function languageCookie(checked: CheckedRequest, cookieHeader: string | null): readonly string[] {
  const asked = (checked.parameters.values.get('ui_locales') ?? '').split(' ')
  const offered = config().languages
  const found = asked.flatMap((tag) => offered.filter((one) => tag.toLowerCase().split('-')[0] === one))[0]
  const isChosen = findCookie(cookieHeader, 'language') !== undefined
  return found && !isChosen ? [setCookie('language', found)] : []
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
  'not-approved': 'authorize.untrusted.notApproved',
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
function redirect(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
