import { config, type Provider } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { readForm, readParameters } from '@/lib/http/form'
import { isFormToken } from '@/lib/http/form-token'
import { requestContext } from '@/lib/http/request-context'
import { openSession, recordRefusal } from '@/lib/identity/new-session'
import { findProvider, kindOf } from '@/lib/identity/providers'
import { safeReturnPath } from '@/lib/identity/return-path'
import type { SessionKind } from '@/lib/identity/session-limits'
import { findMetadata } from '@/lib/identity/upstream/discovery'
import { callNextAuth, checkCookies } from '@/lib/identity/upstream/next-auth'
import { type Exchange, providerOptions, requestParameters } from '@/lib/identity/upstream/provider-options'
import {
  dropTransaction,
  findTransaction,
  keepTransaction,
  type Transaction,
  transactionName,
} from '@/lib/identity/upstream/transaction'
import { log } from '@/lib/log/log'
import { networkOf, takeHitFreely } from '@/lib/rate-limit/rate-limit'
import { isStopped } from '@/lib/stops/stops'
import { now as clock, epochSeconds } from '@/lib/time/clock'

/** Why a sign-in did not happen, as a person is told. Each has words and a way on. */
export type SignInProblem =
  | 'cancelled'
  | 'start-again'
  | 'form-expired'
  | 'unknown-provider'
  | 'provider-paused'
  | 'provider-unreachable'
  | 'not-believed'
  | 'account-ended'
  | 'too-many'

/** Purpose of the form token on a sign-in form. */
export const signInFormPurpose = 'sign-in'
/** Nobody is known yet: the token says that the form is ours; `Origin` says that the page was. */
export const signInFormHolder = 'anyone'

/** What a provider's error means to a person (RFC 6749 §4.1.2.1). */
const providerErrors: ReadonlyMap<string, SignInProblem> = new Map([
  ['access_denied', 'cancelled'],
  ['server_error', 'provider-unreachable'],
  ['temporarily_unavailable', 'provider-unreachable'],
])

/** Where each kind of session goes when nothing else was asked for. */
export const homePaths: Readonly<Record<SessionKind, string>> = { patient: '/account', staff: '/staff' }

/**
 * next-auth's mount, whole: `POST /api/auth/signin/{provider}` begins at a provider, `GET /api/auth/callback/{provider}`
 * takes its answer. Everything else next-auth would serve (`_log`, `session`, `csrf`, `signout`, pages) is 404. Each
 * provider has a callback of its own, so that one cannot answer for another (RFC 9700 §4.4).
 */
export async function signInEndpoint(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url)
  const [, action, id] = /^\/api\/auth\/(signin|callback)\/([a-z0-9-]{1,41})$/.exec(pathname) ?? []
  if (action === 'signin' && id && request.method === 'POST') return beginSignIn(request, id)
  if (action === 'callback' && id && request.method === 'GET') return completeSignIn(request, id)
  return new Response('Not found', { status: 404 })
}

/** Where our leaving page goes on to, for the browser that began this sign-in, and the provider's name. */
export function findDeparture(
  name: string,
  cookieHeader: string | null,
  now: Date,
): { readonly provider: string; readonly address: string } | undefined {
  const transaction = findTransaction(name, cookieHeader, now)
  const provider = transaction && findProvider(transaction.provider)
  return provider && { provider: provider.name, address: transaction.leaveTo }
}

/** Begins at a provider. The query of the POST is never read: next-auth would take parameters from it. */
async function beginSignIn(request: Request, providerId: string): Promise<Response> {
  const now = clock()
  const provider = findProvider(providerId)
  if (!provider) return problem('unknown-provider', 'patient')
  const kind = kindOf(provider)
  const reading = await readForm(request)
  const form = reading.outcome === 'read' ? reading.form : new Map<string, string>()
  const token = form.get('form_token')
  if (!isOwnPage(request) || !isFormToken(token, signInFormPurpose, signInFormHolder, now))
    return problem('form-expired', kind)
  const limit = await takeHitFreely('signInPerNetwork', networkOf(requestContext().clientAddress), now)
  if (!limit.allowed) return problem('too-many', kind)
  if (await isStopped(db(), [['provider', provider.id]])) return problem('provider-paused', kind)
  const to = safeReturnPath(form.get('to'), homePaths[kind])
  const intention = { ...parseDemand(form, to), provider: provider.id, to, begunAt: epochSeconds(now) }
  return sendToProvider(provider, intention, request)
}

type Intention = Omit<Transaction, 'leaveTo' | 'checks'>

async function sendToProvider(provider: Provider, intention: Intention, request: Request): Promise<Response> {
  const kind = kindOf(provider)
  const metadata = await findMetadata(provider)
  if (!metadata) return problem('provider-unreachable', kind)
  const parameters = requestParameters(provider, intention)
  const options = providerOptions(provider, metadata, { parameters, now: clock(), settle: () => undefined })
  const answer = await callNextAuth({ action: 'signin', providerId: provider.id }, options)
  const state = answer.redirect && new URL(answer.redirect).searchParams.get('state')
  if (!answer.redirect?.startsWith(metadata.authorization_endpoint) || !state)
    return problem('provider-unreachable', kind)
  const name = transactionName(state)
  const checks = Object.fromEntries(checkCookies.map((cookie) => [cookie, answer.cookies[cookie] ?? '']))
  const transaction = { ...intention, leaveTo: answer.redirect, checks }
  // a form may end on our own origin only (form-action 'self'): our page goes on to the provider
  return seeOther(`/sign-in/leave/${name}`, keepTransaction(name, transaction, request.headers.get('cookie')))
}

/** Takes a provider's answer. The transaction is spent whatever comes of it. */
async function completeSignIn(request: Request, providerId: string): Promise<Response> {
  const now = clock()
  const cookieHeader = request.headers.get('cookie')
  const reading = readParameters(new URL(request.url).search.slice(1))
  const answer = reading.outcome === 'read' ? reading.form : new Map<string, string>()
  const name = transactionName(answer.get('state') ?? '')
  const transaction = findTransaction(name, cookieHeader, now)
  const provider = findProvider(providerId)
  const kind = provider ? kindOf(provider) : 'patient'
  // anyone can call this address: without a sign-in of this browser nothing is written
  if (!provider || transaction?.provider !== provider.id) return problem('start-again', kind)
  const finish = (why: SignInProblem): Response => problem(why, kind, [dropTransaction(name)], transaction.to)
  const error = answer.get('error')
  if (error !== undefined) return finish(providerErrors.get(error) ?? 'not-believed')
  const exchange = await exchangeAnswer(provider, { transaction, answer, now })
  if (exchange.outcome === 'refused') {
    log.warn('sign-in.refused', { provider: provider.id, problem: exchange.problem })
    await recordRefusal(db(), provider.id, exchange.problem)
    return finish(exchange.problem === 'provider-unreachable' ? 'provider-unreachable' : 'not-believed')
  }
  const opened = await openSession(provider, { identity: exchange.identity, cookieHeader, now })
  if (opened.outcome === 'refused') return finish(opened.reason)
  return seeOther(transaction.to, [dropTransaction(name), opened.setCookie])
}

type AnswerOf = {
  readonly transaction: Transaction
  readonly answer: ReadonlyMap<string, string>
  readonly now: Date
}

async function exchangeAnswer(provider: Provider, { transaction, answer, now }: AnswerOf): Promise<Exchange> {
  const metadata = await findMetadata(provider)
  if (!metadata) return { outcome: 'refused', problem: 'provider-unreachable' }
  let exchange: Exchange = { outcome: 'refused', problem: 'checks-missing' }
  const settle = (result: Exchange): void => {
    exchange = result
  }
  const options = providerOptions(provider, metadata, { parameters: {}, now, settle })
  const query = Object.fromEntries(answer)
  await callNextAuth(
    { action: 'callback', providerId: provider.id, query, cookies: transaction.checks },
    options,
  )
  return exchange
}

/**
 * What the authentication has to be: `fresh`, in seconds, and `strong`, two factors. It is passed on and comes back as
 * the session's `authTime`, `acr` and `amr`; whoever needs it compares those, for this page can be reached without.
 */
function parseDemand(
  form: ReadonlyMap<string, string>,
  to: string,
): Pick<Transaction, 'maxAgeSeconds' | 'isStrong' | 'isExpected'> {
  const fresh = form.get('fresh')
  return {
    ...(fresh && /^\d{1,7}$/.test(fresh) ? { maxAgeSeconds: Number(fresh) } : {}),
    ...(form.get('strong') === '1' ? { isStrong: true } : {}),
    ...(form.get('expected') === '1' && to.startsWith('/authorize/') ? { isExpected: true } : {}),
  }
}

/** Whether the browser says that a page of ours posted this. Old browsers say nothing; the form token stands alone. */
function isOwnPage(request: Request): boolean {
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  return (origin === null || origin === config().issuer) && (site === null || site === 'same-origin')
}

function problem(
  why: SignInProblem,
  kind: SessionKind,
  cookies: readonly string[] = [],
  to: string = homePaths[kind],
): Response {
  const query = new URLSearchParams({ why, ...(kind === 'staff' ? { kind } : {}), to })
  return seeOther(`/sign-in/problem?${query}`, cookies)
}

function seeOther(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 303, headers })
}
