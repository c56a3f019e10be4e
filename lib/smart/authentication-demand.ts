import { type Acr, acrValues, isAcr, satisfiesAcr } from '@/lib/config/acr-values'
import { listProofs, type Proof } from '@/lib/identity/assurance'
import type { PatientSession } from '@/lib/identity/session'

/** What a request asks of the sign-in behind it (OpenID Connect Core §3.1.2.1, RFC 9470 §4). */
export type AuthenticationDemand = {
  readonly prompt: readonly string[]
  readonly maxAgeSeconds: number | null
  /** Any of these; null when none was named. */
  readonly acr: readonly Acr[] | null
  /** When the request began. */
  readonly requestedAt: Date
}

/** How far a provider's clock may be from ours. */
const skewMilliseconds = 60_000

/** The demand of a request as it is stored. */
export function demandOf(request: {
  readonly prompt: readonly string[]
  readonly maxAge: number | null
  readonly acrValues: readonly string[]
  readonly createdAt: Date
}): AuthenticationDemand {
  const acr = request.acrValues.filter(isAcr)
  return {
    prompt: request.prompt,
    maxAgeSeconds: request.maxAge,
    acr: acr.length > 0 ? acr : null,
    requestedAt: request.createdAt,
  }
}

/**
 * The strongest thing a session proves that meets the demand, if anything does. `prompt=login` and `max_age=0` mean an
 * authentication of this very request, even within the same second: it began after the request did. An age counts from
 * the request on, so that nobody is sent round again for having read a page slowly.
 */
export function findDemandedProof(session: PatientSession, demand: AuthenticationDemand): Proof | undefined {
  return listProofs(session).find(
    (proof) =>
      (demand.acr === null || satisfiesAcr(proof.acr, demand.acr)) && isFreshProof(proof, session, demand),
  )
}

/** Whether anything the session proves is as recent as demanded, however strong. */
export function isFreshEnough(session: PatientSession, demand: AuthenticationDemand): boolean {
  return findDemandedProof(session, { ...demand, acr: null }) !== undefined
}

/** Whether a recent authentication is demanded at all. */
export function demandsFreshness(demand: AuthenticationDemand): boolean {
  return demandsLogin(demand) || demand.maxAgeSeconds !== null
}

/** The `fresh` of the sign-in page: seconds the authentication may be old. */
export function freshSeconds(demand: AuthenticationDemand): number {
  return demandsLogin(demand) ? 0 : (demand.maxAgeSeconds ?? 0)
}

/** Whether two factors of the provider would do: then it is asked for them. */
export function takesTwoFactors(demand: Pick<AuthenticationDemand, 'acr'>): boolean {
  return demand.acr?.includes('urn:vestibule:acr:two-factor') ?? false
}

/** The values of ours that `acr_values` names; undefined when it names others only. Others beside ours are passed over. */
export function parseAcrValues(given: string): readonly Acr[] | undefined {
  const named = given.split(' ')
  const known = acrValues.filter((value) => named.includes(value))
  return known.length > 0 ? known : undefined
}

function isFreshProof({ acr, at }: Proof, session: PatientSession, demand: AuthenticationDemand): boolean {
  if (!demandsFreshness(demand)) return true
  if (at === undefined) return false
  const { requestedAt, maxAgeSeconds } = demand
  if (!demandsLogin(demand))
    return requestedAt.getTime() - at.getTime() <= (maxAgeSeconds ?? 0) * 1000 + skewMilliseconds
  // our own clock says when a session was raised; a provider's clock says when it saw the person
  if (session.steppedUp && acr === `urn:vestibule:acr:${session.steppedUp.by}`) return at > requestedAt
  return session.createdAt > requestedAt && at.getTime() >= requestedAt.getTime() - skewMilliseconds
}

function demandsLogin(demand: AuthenticationDemand): boolean {
  return demand.prompt.includes('login') || demand.maxAgeSeconds === 0
}
