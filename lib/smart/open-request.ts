import { findApp, type PatientApp } from '@/lib/apps/apps'
import { db } from '@/lib/db/database'
import { type Ehr, findEhr } from '@/lib/ehrs/ehrs'
import { findPatient, type PatientSession } from '@/lib/identity/session'
import { type FreshnessDemand, freshSeconds, isFresh } from '@/lib/smart/freshness'
import {
  answerRequest,
  findAnswerAddress,
  findBrowserRequest,
  type StoredRequest,
} from '@/lib/smart/requests'
import { isStopped } from '@/lib/stops/stops'

/** Why a page of an authorization shows nothing but a way on. Each has words. */
export type RequestRefusal =
  | 'unknown-request'
  | 'expired'
  | 'answered'
  | 'other-person'
  | 'paused'
  | 'app-gone'
  | 'form-expired'

/** A request in the hands of the person it now belongs to. */
export type OpenRequest = {
  readonly request: StoredRequest
  readonly app: PatientApp
  readonly ehr: Ehr
  readonly session: PatientSession
}

/** Where a request stands for this browser. `fresh`: seconds the sign-in may be old, as the app demands. */
export type RequestState =
  | ({ readonly outcome: 'open' } & OpenRequest)
  | { readonly outcome: 'sign-in'; readonly fresh?: number }
  | { readonly outcome: 'leave' }
  | { readonly outcome: 'refused'; readonly reason: RequestRefusal }

/**
 * Opens a request for the browser that began it and the person signed in there. The first person to arrive signed in
 * owns it; another account is refused from then on. Every page and post under a request begins here
 * (decision "Consent is bound to its request and browser").
 */
export async function openRequest(id: string, cookieHeader: string | null, now: Date): Promise<RequestState> {
  const request = await findBrowserRequest(id, cookieHeader)
  if (!request) return refused('unknown-request')
  if (request.status !== 'open')
    return findAnswerAddress(request, now) ? { outcome: 'leave' } : refused('answered')
  if (request.expiresAt <= now) return refused('expired')
  const app = await findApp(db(), request.appId)
  const ehr = findEhr(request.ehrId ?? '')
  if (app?.kind !== 'app' || !ehr) return refused('app-gone')
  if (await isStopped(db(), [['token-issue'], ['app', app.id], ['ehr', ehr.id]])) return refused('paused')
  const session = await findPatient(cookieHeader, now)
  if (!session) return signIn(request)
  return bind({ request, app, ehr, session }, now)
}

/** Gives a request back, so that another person may sign in for it: "this is not me". Only its holder can. */
export async function releaseRequest({ request, session }: OpenRequest): Promise<void> {
  await db().authorizationRequest.updateMany({
    where: { id: request.id, status: 'open', accountId: session.accountId },
    data: { sessionId: null, accountId: null, linkId: null },
  })
}

async function bind(open: OpenRequest, now: Date): Promise<RequestState> {
  const { request, session } = open
  if (request.accountId !== null && request.accountId !== session.accountId) return refused('other-person')
  if (request.sessionId === session.id) return { outcome: 'open', ...open }
  const suits = await suitsDemands(request, session, now)
  if (suits === 'no') return signIn(request)
  if (suits === 'never') return giveUp(open, now)
  const bound = { sessionId: session.id, accountId: session.accountId }
  const { count } = await db().authorizationRequest.updateMany({
    where: { id: request.id, status: 'open', OR: [{ accountId: null }, { accountId: session.accountId }] },
    data: bound,
  })
  return count === 1
    ? { outcome: 'open', ...open, request: { ...request, ...bound } }
    : refused('other-person')
}

/** `never`: the person has just signed in for this request, and the provider did not do what the app demands. */
async function suitsDemands(
  request: StoredRequest,
  session: PatientSession,
  now: Date,
): Promise<'yes' | 'no' | 'never'> {
  const { createdAt } = await db().session.findUniqueOrThrow({
    where: { id: session.id },
    select: { createdAt: true },
  })
  const isNew = createdAt > request.createdAt
  if (request.prompt.includes('select_account') && !isNew) return 'no'
  if (isFresh({ ...session, createdAt }, demandOf(request), now)) return 'yes'
  return isNew ? 'never' : 'no'
}

/** No loop of sign-ins that never satisfy: the app is told (OpenID Connect Core §3.1.2.6). */
async function giveUp({ request }: OpenRequest, now: Date): Promise<RequestState> {
  const answer = {
    error: 'login_required',
    description: 'The person could not sign in as recently as asked.',
  } as const
  const bound = { sessionId: request.sessionId, accountId: request.accountId }
  const done = await answerRequest(db(), request, { status: 'failed', answer, bound, now })
  return done ? { outcome: 'leave' } : refused('answered')
}

function demandOf(request: StoredRequest): FreshnessDemand {
  return { prompt: request.prompt, maxAgeSeconds: request.maxAge, requestedAt: request.createdAt }
}

function signIn(request: StoredRequest): RequestState {
  const demand = demandOf(request)
  const demands = demand.prompt.includes('login') || demand.maxAgeSeconds !== null
  return demands ? { outcome: 'sign-in', fresh: freshSeconds(demand) } : { outcome: 'sign-in' }
}

function refused(reason: RequestRefusal): RequestState {
  return { outcome: 'refused', reason }
}
