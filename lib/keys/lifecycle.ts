import type { JWK } from 'jose'

/** Algorithms we sign with: ES256 for access tokens and tokens for EHRs, RS256 for ID tokens (SMART requires it). */
export const algorithms = ['ES256', 'RS256'] as const

export type SigningAlgorithm = (typeof algorithms)[number]

/**
 * A key's life: next (published, signs nothing) → active (signs) → retiring (still published) → gone.
 */
export type KeyStatus = 'next' | 'active' | 'retiring' | 'gone'

/** A key as others may know it. */
export type PublishedKey = {
  readonly kid: string
  readonly algorithm: SigningAlgorithm
  readonly status: KeyStatus
  readonly publicJwk: JWK
  readonly createdAt: Date
  readonly activatedAt: Date | null
  readonly retiredAt: Date | null
}

/** How long others may keep our JWKS: its Cache-Control max-age. */
export const jwksMaxAgeSeconds = 300

/** How long a process may go without reading the keys again. */
export const rereadSeconds = 5

/** The longest life of any token we sign (the configuration allows no longer one), with the clocks of those who verify (60 s). */
export const longestTokenSeconds = 3_600 + 60

/** A key that signed for so long is replaced by the job. */
export const rotationDays = 90

/**
 * When a `next` key may begin to sign: everyone who read the JWKS before it was in there has read it again, through
 * every process's own copy.
 */
export function activatableAt(key: { readonly createdAt: Date }): Date {
  return new Date(key.createdAt.getTime() + (jwksMaxAgeSeconds + rereadSeconds) * 1000)
}

/** When a retiring key's last token has expired: a process may have signed with it for `rereadSeconds` more. */
export function forgettableAt(key: { readonly retiredAt: Date }): Date {
  return new Date(key.retiredAt.getTime() + (longestTokenSeconds + rereadSeconds) * 1000)
}
