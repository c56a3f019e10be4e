/** In what a provider departs from OpenID Connect Core. */
export type Quirks = {
  /** Other spellings of its `iss`, read as the configured one. */
  readonly issuerAliases: readonly string[]
  /** The `prompt` that asks for a fresh authentication, as far as it knows one. */
  readonly freshPrompt: 'login' | 'select_account'
  /** Whether it says when a person authenticated, when asked (`auth_time`). */
  readonly provesWhen: boolean
}

const plain: Quirks = { issuerAliases: [], freshPrompt: 'login', provesWhen: true }

/** Known providers by issuer; all others are taken at the standard's word. */
const presets: Readonly<Record<string, Quirks>> = {
  // "Verify an ID token": iss is https://accounts.google.com or accounts.google.com; prompt knows no `login`
  // and its ID tokens carry no auth_time
  'https://accounts.google.com': {
    issuerAliases: ['accounts.google.com'],
    freshPrompt: 'select_account',
    provesWhen: false,
  },
}

/** The quirks of the provider with this issuer. */
export function quirksOf(issuer: string): Quirks {
  return Object.hasOwn(presets, issuer) ? (presets[issuer] ?? plain) : plain
}
