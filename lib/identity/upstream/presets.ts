/** In what a provider departs from OpenID Connect Core. */
export type Quirks = {
  /** Other spellings of its `iss`, read as the configured one. */
  readonly issuerAliases: readonly string[]
  /** Whether it can prove a fresh authentication (`max_age`, `auth_time`). */
  readonly provesFreshness: boolean
}

const plain: Quirks = { issuerAliases: [], provesFreshness: true }

/** Known providers by issuer; all others are taken at the standard's word. */
const presets: Readonly<Record<string, Quirks>> = {
  // "Verify an ID token": iss is https://accounts.google.com or accounts.google.com; auth_time only on special request
  'https://accounts.google.com': { issuerAliases: ['accounts.google.com'], provesFreshness: false },
}

/** The quirks of the provider with this issuer. */
export function quirksOf(issuer: string): Quirks {
  return Object.hasOwn(presets, issuer) ? (presets[issuer] ?? plain) : plain
}
