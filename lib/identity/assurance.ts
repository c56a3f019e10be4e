import { type Acr, satisfiesAcr } from '@/lib/config/acr-values'
import { isMultiFactor } from '@/lib/identity/new-session'
import { findProvider } from '@/lib/identity/providers'
import type { PatientSession } from '@/lib/identity/session'
import { portalOfProvider, vouchedAcr } from '@/lib/identity/vouched-session'

/** One thing a session proves. `at` undefined: the provider did not say when. */
export type Proof = { readonly acr: Acr; readonly at: Date | undefined }

/** What something needs: any of these values, and a proof not older than so many seconds; null means whatever there is. */
export type ProofNeed = {
  readonly acr: readonly Acr[] | null
  readonly maxAgeSeconds: number | null
}

type Proving = Pick<PatientSession, 'provider' | 'authTime' | 'authTimeProven' | 'acr' | 'amr' | 'steppedUp'>

/**
 * What a session proves, strongest first. The provider's own words are mapped by the configuration, never copied; when
 * the person authenticated is the provider's `auth_time` and nothing else (OpenID Connect Core §2).
 */
export function listProofs(session: Proving): readonly Proof[] {
  const { steppedUp, authTime, authTimeProven } = session
  const at = authTimeProven ? authTime : undefined
  const provider = findProvider(session.provider)
  if (portalOfProvider(session.provider) !== undefined) return [{ acr: vouchedAcr, at: undefined }]
  return [
    ...(steppedUp ? [{ acr: `urn:vestibule:acr:${steppedUp.by}` as const, at: steppedUp.at }] : []),
    ...(provider && isMultiFactor(provider, session)
      ? [{ acr: 'urn:vestibule:acr:two-factor' as const, at }]
      : []),
    { acr: 'urn:vestibule:acr:signed-in', at },
  ]
}

/** The strongest proof of a session that meets a need now, if one does. Seconds of skew are the caller's to add. */
export function findProof(session: Proving, need: ProofNeed, now: Date): Proof | undefined {
  return listProofs(session).find(
    ({ acr, at }) =>
      (need.acr === null || satisfiesAcr(acr, need.acr)) &&
      (need.maxAgeSeconds === null || isWithin(at, need.maxAgeSeconds, now)),
  )
}

/** How recent a proof has to be before somebody ends a link, removes a passkey or gives an app more. Seconds (spec A11) */
export const freshSeconds = 300

/** Whether somebody has just been proven to be there: by the provider, a passkey or the desk. */
export function isFresh(session: Proving, now: Date): boolean {
  return findProof(session, { acr: null, maxAgeSeconds: freshSeconds }, now) !== undefined
}

/** How it was proven, in the words of RFC 8176: what is ours to say, not what a provider said. */
export function amrOf(acr: Acr): readonly string[] {
  return means[acr]
}

const means = {
  'urn:vestibule:acr:portal': [],
  'urn:vestibule:acr:signed-in': [],
  'urn:vestibule:acr:two-factor': ['mfa'],
  'urn:vestibule:acr:passkey': ['pop', 'user'],
  'urn:vestibule:acr:desk': ['otp'],
} as const satisfies Record<Acr, readonly string[]>

function isWithin(at: Date | undefined, seconds: number, now: Date): boolean {
  return at !== undefined && now.getTime() - at.getTime() <= seconds * 1000
}
