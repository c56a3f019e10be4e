import type { PatientApp } from '@/lib/apps/apps'
import { db } from '@/lib/db/database'
import { type Ehr, findEhr } from '@/lib/ehrs/ehrs'
import { hasPasskey } from '@/lib/identity/account-passkeys'
import type { Proof } from '@/lib/identity/assurance'
import type { PatientSession } from '@/lib/identity/session'
import { findProviderOfLogin } from '@/lib/identity/vouched-session'
import {
  demandOf,
  demandsFreshness,
  findDemandedProof,
  freshSeconds,
  isFreshEnough,
  takesTwoFactors,
} from '@/lib/smart/authentication-demand'
import { findLaunchedPerson } from '@/lib/smart/launch-session'
import { type Holdings, readHoldings, readRequest } from '@/lib/smart/read-request'
import { isRegisteredRedirect } from '@/lib/smart/redirect-uri'
import { answerRequest, findAnswerAddress, type StoredRequest } from '@/lib/smart/requests'
import { subjectFor } from '@/lib/smart/subject'
import { isAmongStops } from '@/lib/stops/stops'

/** Why a page of an authorization shows nothing but a way on. Each has words. */
export type RequestRefusal =
  | 'unknown-request'
  | 'expired'
  | 'answered'
  | 'other-person'
  | 'paused'
  | 'app-gone'
  | 'form-expired'
  | 'launched-for-other'

/** A request in the hands of the person it now belongs to, which asks only who they are. */
export type HeldRequest = {
  readonly request: StoredRequest
  readonly app: PatientApp
  readonly session: PatientSession
  /** What the session proves that the app may be told. Undefined: it does not prove what the app demands. */
  readonly proof: Proof | undefined
}

/** A request in the hands of the person it now belongs to, for a chart at an EHR, with what they hold. */
export type OpenRequest = HeldRequest & { readonly ehr: Ehr } & Holdings

/**
 * Where a request stands for this browser. `fresh`: seconds the sign-in may be old; `isStrong`: two factors, as the app
 * demands.
 */
export type RequestState =
  | ({ readonly outcome: 'open' } & OpenRequest)
  | ({ readonly outcome: 'open-sign-in' } & HeldRequest)
  | {
      readonly outcome: 'sign-in'
      readonly fresh?: number
      readonly provider?: string
      readonly isStrong?: true
    }
  | { readonly outcome: 'leave' }
  | { readonly outcome: 'refused'; readonly reason: RequestRefusal }

/**
 * Opens a request for the browser that began it and the person signed in there. The first person to arrive signed in
 * owns it; another account is refused from then on. Every page and post under a request begins here
 * (decision "Consent is bound to its request and browser").
 */
export async function openRequest(id: string, cookieHeader: string | null, now: Date): Promise<RequestState> {
  const read = await readRequest(id, cookieHeader, now)
  if (!read) return refused('unknown-request')
  const { request, app, launch, stops } = read
  if (request.status !== 'open')
    return findAnswerAddress(request, now) ? { outcome: 'leave' } : refused('answered')
  if (request.expiresAt <= now) return refused('expired')
  const ehr = request.ehrId === null ? undefined : findEhr(request.ehrId)
  if (app?.kind !== 'app' || (request.ehrId !== null && !ehr)) return refused('app-gone')
  // an address the app gave up meanwhile may be somebody else's by now
  if (!isRegisteredRedirect(request.redirectUri, app.redirectUris)) return refused('app-gone')
  if (isAmongStops(stops, [['token-issue'], ['app', app.id], ...(ehr ? [['ehr', ehr.id] as const] : [])]))
    return refused('paused')
  const session =
    read.session ?? (launch && (await findLaunchedPerson(launch, request, { cookieHeader, now })))
  if (!session) return signIn(request, launch && (await findProviderOfLogin(launch.loginId)))
  if (launch && launch.accountId !== session.accountId) return refused('launched-for-other')
  const proof = findDemandedProof(session, demandOf(request))
  const bound = await bind({ request, app, session, proof }, now)
  if ('outcome' in bound) return bound
  if (!ehr) return { outcome: 'open-sign-in', ...bound }
  const holdings = read.session ? read.holdings : await readHoldings(session.accountId, app.id)
  return { outcome: 'open', ...bound, ehr, ...holdings }
}

/** Gives a request back, so that another person may sign in for it: "this is not me". Only its holder can. */
export async function releaseRequest({ request, session }: HeldRequest): Promise<void> {
  await db().authorizationRequest.updateMany({
    where: { id: request.id, status: 'open', accountId: session.accountId },
    data: {
      sessionId: null,
      untickedItems: [],
      ...(request.launchId === null ? { accountId: null, linkId: null } : {}),
    },
  })
}

/**
 * Tells the app that the person cannot prove what it demands (RFC 9470 §5), so that nobody goes round in circles.
 * @returns false when the request was answered meanwhile, or is someone else's
 */
export async function giveUp({ request, session }: HeldRequest, now: Date): Promise<boolean> {
  const answer = {
    error: 'unmet_authentication_requirements',
    description: 'The person could not sign in as recently or as strongly as asked.',
  } as const
  const bound = { sessionId: session.id, accountId: session.accountId }
  return answerRequest(db(), request, { status: 'failed', answer, bound, now })
}

async function bind(held: HeldRequest, now: Date): Promise<HeldRequest | RequestState> {
  const { request, session } = held
  if (request.accountId !== null && request.accountId !== session.accountId) return refused('other-person')
  if (request.sessionId === session.id) return held
  const isNew = session.createdAt > request.createdAt
  if (!(await isWhoWasMeant(held))) return isNew ? refuseOther(held, now) : signIn(request)
  if (await needsSignIn(held)) return signIn(request)
  const bound = { sessionId: session.id, accountId: session.accountId }
  const { count } = await db().authorizationRequest.updateMany({
    where: { id: request.id, status: 'open', OR: [{ accountId: null }, { accountId: session.accountId }] },
    data: bound,
  })
  return count === 1 ? { ...held, request: { ...request, ...bound } } : refused('other-person')
}

/**
 * Whether the person has to sign in before anything else. Once they have for this request, no more: what a provider does
 * not prove even then is proven another way (a step-up), never by going round in circles.
 */
async function needsSignIn({ request, session }: HeldRequest): Promise<boolean> {
  if (session.createdAt > request.createdAt) return false
  if (request.prompt.includes('select_account')) return true
  const demand = demandOf(request)
  if (!demandsFreshness(demand) || isFreshEnough(session, demand)) return false
  // a provider that did not say when is not asked again in vain by somebody who has a passkey
  return session.authTimeProven || !(await hasPasskey(session.accountId))
}

/** The person an id_token_hint names, if the app sent one: nobody else may answer (OpenID Connect Core §3.1.2.1). */
async function isWhoWasMeant({ request, app, session }: HeldRequest): Promise<boolean> {
  if (request.hintedSubject === null) return true
  return request.hintedSubject === (await subjectFor(app, session.accountId))
}

/** Somebody else signed in for this request: the app is told, and nobody is sent round in circles. */
async function refuseOther({ request }: HeldRequest, now: Date): Promise<RequestState> {
  const answer = { error: 'login_required', description: 'Somebody else signed in.' } as const
  const bound = { sessionId: request.sessionId, accountId: request.accountId }
  const done = await answerRequest(db(), request, { status: 'failed', answer, bound, now })
  return done ? { outcome: 'leave' } : refused('answered')
}

/** `provider`: the one the person came with last, where a launch says who it has to be. */
function signIn(request: StoredRequest, provider?: string): RequestState {
  const demand = demandOf(request)
  return {
    outcome: 'sign-in',
    ...(demandsFreshness(demand) ? { fresh: freshSeconds(demand) } : {}),
    ...(provider === undefined || demand.prompt.includes('select_account') ? {} : { provider }),
    ...(takesTwoFactors(demand) ? { isStrong: true } : {}),
  }
}

function refused(reason: RequestRefusal): RequestState {
  return { outcome: 'refused', reason }
}
