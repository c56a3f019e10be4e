import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { findCookie } from '@/lib/http/cookies'
import { isFormToken } from '@/lib/http/form-token'
import { escapeHtml, plainPagePolicy, problemPage } from '@/lib/http/problem-page'
import { endSession } from '@/lib/identity/change-session'
import { chooseLanguage, translator } from '@/lib/language/translate'
import { consentFormPurpose, formHolder } from '@/lib/smart/consent-form'
import { chooseChart, decideConsent } from '@/lib/smart/decide-consent'
import { openRequest, releaseRequest } from '@/lib/smart/open-request'
import { readOwnForm } from '@/lib/smart/own-form'
import { readRequest } from '@/lib/smart/read-request'
import { takeAnswer } from '@/lib/smart/requests'
import { now as clock } from '@/lib/time/clock'

/**
 * `POST /oauth/authorize/{id}/decision`: the consent form ends here, a plain form post with and without client script,
 * and goes on by 303 to our own leaving page.
 */
export async function decisionEndpoint(request: Request, id: string): Promise<Response> {
  const form = await readOwnForm(request)
  if (!form) return seeOther(`/authorize/${encodeURIComponent(id)}?again=form-expired`)
  const result = await decideConsent(id, request.headers.get('cookie'), { form, now: clock() })
  if (result.outcome === 'leave') return seeOther(`/oauth/authorize/${encodeURIComponent(id)}/leave`)
  if (result.outcome === 'step-up')
    return seeOther(`/step-up?${new URLSearchParams({ to: `/authorize/${id}`, for: 'more' })}`)
  const query = result.why === 'form-expired' ? '?again=form-expired' : ''
  return seeOther(`/authorize/${encodeURIComponent(id)}${query}`)
}

/** `POST /oauth/authorize/{id}/chart`: which of several charts. Back to the page, which shows what came of it. */
export async function chartEndpoint(request: Request, id: string): Promise<Response> {
  const form = await readOwnForm(request)
  if (form) await chooseChart(id, request.headers.get('cookie'), { form, now: clock() })
  return seeOther(`/authorize/${encodeURIComponent(id)}`)
}

/** `POST /oauth/authorize/{id}/not-me`: signs the person out of this browser and lets another sign in for the request. */
export async function notMeEndpoint(request: Request, id: string): Promise<Response> {
  const now = clock()
  const form = await readOwnForm(request)
  const state = await openRequest(id, request.headers.get('cookie'), now)
  const isOurs =
    (state.outcome === 'open' || state.outcome === 'open-sign-in') &&
    isFormToken(form?.get('form_token'), consentFormPurpose, formHolder(state), now)
  if (isOurs) {
    await releaseRequest(state)
    await db().$transaction((tx) => endSession(tx, state.session.id, 'sign-out', now))
  }
  return seeOther(`/authorize/${encodeURIComponent(id)}`)
}

/**
 * `GET /oauth/authorize/{id}/leave`: the page that takes the browser back to the app. A redirect that follows a form
 * would be blocked by `form-action 'self'`; this navigates by meta refresh and shows a link, which custom schemes need.
 * Nothing else is on it, nothing keeps it, no referrer leaves it, and it is shown once.
 */
export async function leaveEndpoint(request: Request, id: string): Promise<Response> {
  const now = clock()
  const cookieHeader = request.headers.get('cookie')
  const language = chooseLanguage(
    findCookie(cookieHeader, 'language'),
    request.headers.get('accept-language'),
  )
  const t = translator(language)
  const taken = request.method === 'GET' ? await takeAnswer(id, cookieHeader, now) : undefined
  if (!taken) {
    const reason = (await readRequest(id, cookieHeader, now)) ? 'answered' : 'unknown-request'
    const text = t(`authorize.refused.${reason}`)
    return problemPage(language, 400, { title: t('authorize.refused.title'), text })
  }
  const app = taken.appName ?? t('authorize.leave.theApp')
  const { brand } = config()
  const [title, text] = [t('authorize.leave.title', { app }), t('authorize.leave.text')].map(escapeHtml)
  const button = escapeHtml(t('authorize.leave.button', { app }))
  const target = escapeHtml(taken.address)
  const page = `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0;url=${target}"><title>${title} · ${escapeHtml(brand.shortName)}</title>
<link rel="stylesheet" href="/plain.css"></head>
<body><main><p class="brand">${escapeHtml(brand.name)}</p><h1>${title}</h1><p>${text}</p>
<p><a class="button" href="${target}" rel="noreferrer">${button}</a></p></main></body></html>`
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-language': language,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    ...plainPagePolicy,
  }
  return new Response(page, { headers })
}

function seeOther(location: string): Response {
  return new Response(null, { status: 303, headers: { location, 'cache-control': 'no-store' } })
}
