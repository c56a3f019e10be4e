import type { PatientSession } from '@/lib/identity/session'

/** What a request asks of the sign-in behind it. */
export type FreshnessDemand = {
  readonly prompt: readonly string[]
  readonly maxAgeSeconds: number | null
  /** When the request began. */
  readonly requestedAt: Date
}

/** How far a provider's clock may be from ours. */
const skewMilliseconds = 60_000

/** Whether the app demands any freshness at all. */
export function demandsFreshness(demand: FreshnessDemand): boolean {
  return demandsLogin(demand) || demand.maxAgeSeconds !== null
}

/**
 * Whether a sign-in is as recent as the app demands (OpenID Connect Core §3.1.2.1). What counts is when the person
 * authenticated at the provider, as the provider said. `prompt=login` and `max_age=0` mean a sign-in of this very
 * request: its session, too, began after the request did, even within the same second.
 */
export function isFresh(
  session: Pick<PatientSession, 'authTime' | 'authTimeProven'> & { readonly createdAt: Date },
  demand: FreshnessDemand,
  now: Date,
): boolean {
  if (!demandsFreshness(demand)) return true
  if (!session.authTimeProven) return false
  if (demandsLogin(demand))
    return (
      session.createdAt > demand.requestedAt &&
      session.authTime.getTime() >= demand.requestedAt.getTime() - skewMilliseconds
    )
  return now.getTime() - session.authTime.getTime() <= (demand.maxAgeSeconds ?? 0) * 1000 + skewMilliseconds
}

/** The `fresh` of the sign-in page: seconds the authentication may be old. */
export function freshSeconds(demand: FreshnessDemand): number {
  return demandsLogin(demand) ? 0 : (demand.maxAgeSeconds ?? 0)
}

function demandsLogin(demand: FreshnessDemand): boolean {
  return demand.prompt.includes('login') || demand.maxAgeSeconds === 0
}
