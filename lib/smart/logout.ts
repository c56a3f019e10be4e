import { findApp, type PatientApp } from '@/lib/apps/apps'
import { db } from '@/lib/db/database'
import { findCookie } from '@/lib/http/cookies'
import { readForm, readParameters } from '@/lib/http/form'
import { isFormToken, issueFormToken } from '@/lib/http/form-token'
import { pageLanguage, problemPage } from '@/lib/http/problem-page'
import { findPatient, type PatientSession } from '@/lib/identity/session'
import { signOut } from '@/lib/identity/sign-out'
import { findUpstreamSignOut } from '@/lib/identity/upstream-sign-out'
import { chooseLanguage, translator } from '@/lib/language/translate'
import { readIdTokenHint } from '@/lib/smart/id-token-hint'
import { type Order, readOrder, sealOrder } from '@/lib/smart/logout-order'
import { askPage, leavingPage, signedOutPage } from '@/lib/smart/logout-pages'
import { readOwnForm } from '@/lib/smart/own-form'
import { answerUri } from '@/lib/smart/redirect-uri'
import { subjectFor, visitFor } from '@/lib/smart/subject'
import { addSeconds, now as clock } from '@/lib/time/clock'

const formPurpose = 'logout'

/** Characters of `state`: it travels on in our own addresses. */
const longestState = 2000

/** How long somebody may think about signing out. */
const orderSeconds = 15 * 60

/**
 * The end-session endpoint, by GET and POST (OpenID Connect RP-Initiated Logout §2). What the app says is proven here,
 * before any session is looked at: a POST from another site carries no cookies of ours. A return address counts only if it
 * is exactly one the app registered; one hint that is not ours and nothing is returned to.
 */
export async function logout(request: Request): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'POST') return malformed(request, 405)
  const reading =
    request.method === 'GET' ? readParameters(new URL(request.url).search.slice(1)) : await readForm(request)
  if (reading.outcome === 'refused' || (reading.form.get('state') ?? '').length > longestState)
    return malformed(request)
  return seeOther(continueAddress(await understand(reading.form, clock())))
}

async function understand(form: ReadonlyMap<string, string>, now: Date): Promise<Order> {
  const until = addSeconds(now, orderSeconds).getTime()
  const language = form.get('ui_locales')
  const plain = { until, ...(language === undefined ? {} : { language: language.slice(0, 50) }) }
  const sent = form.get('id_token_hint')
  const hint = sent === undefined ? undefined : await readIdTokenHint(sent)
  const clientId = form.get('client_id')
  if (sent !== undefined && !hint) return plain
  if (hint && clientId !== undefined && clientId !== hint.appId) return plain
  const app = await findKnownApp(hint?.appId ?? clientId)
  if (!app) return plain
  const to = form.get('post_logout_redirect_uri')
  const isOwn = to !== undefined && app.postLogoutRedirectUris.includes(to)
  return {
    ...plain,
    app: app.id,
    ...(isOwn ? { to: answerUri(to, { state: form.get('state') }) } : {}),
    ...(hint ? { hint: { subject: hint.subject, ...(hint.visit ? { visit: hint.visit } : {}) } } : {}),
  }
}

/**
 * `GET /oauth/logout/continue`: with a proven hint of this very visit it ends at once and the browser goes back to the
 * app. Everybody else is asked, for a link on any page could lead here.
 */
export async function continueLogout(request: Request): Promise<Response> {
  const now = clock()
  const order = readOrder(new URL(request.url).searchParams.get('r'), now)
  if (!order) return malformed(request)
  const cookieHeader = request.headers.get('cookie')
  const session = await findPatient(cookieHeader, now)
  if (!session) return order.hint && order.to ? seeOther(order.to) : signedOut(request, order)
  const app = await findKnownApp(order.app)
  if (app && order.hint && (await isThisVisit(app, order.hint, session))) {
    const cookie = await signOut('patient', cookieHeader, now)
    const ended = { ...order, provider: session.provider }
    return seeOther(order.to ?? doneAddress(ended), [cookie])
  }
  const upstream = await findUpstreamSignOut(session.provider, '')
  return askPage({
    language: languageOf(request, order),
    app: app?.name,
    upstream: upstream?.provider,
    formToken: issueFormToken(formPurpose, session.id, now),
    order: sealOrder(order),
  })
}

/** `POST /oauth/logout/continue`: the person said yes, on our own page. */
export async function confirmLogout(request: Request): Promise<Response> {
  const now = clock()
  const form = await readOwnForm(request)
  const order = readOrder(form?.get('r') ?? null, now)
  if (!form || !order) return malformed(request)
  const cookieHeader = request.headers.get('cookie')
  const session = await findPatient(cookieHeader, now)
  if (!session) return seeOther(doneAddress(order))
  if (!isFormToken(form.get('form_token'), formPurpose, session.id, now))
    return seeOther(continueAddress(order))
  const cookie = await signOut('patient', cookieHeader, now)
  const isUpstreamToo = form.get('upstream') === 'yes'
  const ended = { ...order, provider: session.provider }
  return seeOther(doneAddress(ended, isUpstreamToo), [cookie])
}

/**
 * `GET /oauth/logout/done`: a form may end on our own origin only, so this page takes the browser on: to the provider's
 * sign-out if that was wanted, else back to the app; or it says that the visit is over.
 */
export async function logoutDone(request: Request): Promise<Response> {
  const { searchParams } = new URL(request.url)
  const order = readOrder(searchParams.get('r'), clock())
  if (!order) return malformed(request)
  if (searchParams.get('upstream') !== 'yes' || order.provider === undefined) return signedOut(request, order)
  const upstream = await findUpstreamSignOut(order.provider, sealOrder(order))
  if (!upstream) return signedOut(request, order)
  const language = languageOf(request, order)
  return leavingPage({ language, to: upstream.address, name: upstream.provider })
}

/** `GET /oauth/logout/back`: from the provider's sign-out on to the app, if one is waiting. */
export async function backFromUpstream(request: Request): Promise<Response> {
  const order = readOrder(new URL(request.url).searchParams.get('state'), clock())
  if (!order) return malformed(request)
  return order.to === undefined ? signedOut(request, { ...order, provider: undefined }) : seeOther(order.to)
}

async function signedOut(request: Request, order: Order): Promise<Response> {
  const language = languageOf(request, order)
  const app = await findKnownApp(order.app)
  // who confirmed, or had nothing to end, is taken back only where the app proved itself or the person said so
  const isWanted = order.provider !== undefined && order.to !== undefined
  if (isWanted && order.to !== undefined)
    return leavingPage({ language, to: order.to, name: app?.name ?? translator(language)('logout.theApp') })
  const upstream =
    order.provider === undefined ? undefined : await findUpstreamSignOut(order.provider, sealOrder(order))
  const back = app && order.to !== undefined ? { name: app.name, to: order.to } : undefined
  return signedOutPage({ language, back, upstream })
}

async function isThisVisit(
  app: PatientApp,
  hint: NonNullable<Order['hint']>,
  session: PatientSession,
): Promise<boolean> {
  if (hint.subject !== (await subjectFor(app, session.accountId))) return false
  return hint.visit === undefined || hint.visit === (await visitFor(app, session.id))
}

async function findKnownApp(id: string | undefined): Promise<PatientApp | undefined> {
  const app = id === undefined ? undefined : await findApp(db(), id)
  return app?.kind === 'app' ? app : undefined
}

function continueAddress(order: Order): string {
  return `/oauth/logout/continue?r=${sealOrder(order)}`
}

function doneAddress(order: Order, isUpstreamToo = false): string {
  return `/oauth/logout/done?r=${sealOrder(order)}${isUpstreamToo ? '&upstream=yes' : ''}`
}

/** The person's own choice, then what the app asks for, then the browser's. */
function languageOf(request: Request, order: Order): 'en' | 'es' {
  const chosen = findCookie(request.headers.get('cookie'), 'language') ?? order.language?.split(' ')[0]
  return chooseLanguage(chosen, request.headers.get('accept-language'))
}

function malformed(request: Request, status: 400 | 405 = 400): Response {
  const language = pageLanguage(request)
  const t = translator(language)
  const said = { title: t('logout.malformedTitle'), text: t('logout.malformed') }
  const page = problemPage(language, status, said)
  if (status === 405) page.headers.set('allow', 'GET, POST')
  return page
}

function seeOther(location: string, cookies: readonly string[] = []): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store', 'referrer-policy': 'no-referrer' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
