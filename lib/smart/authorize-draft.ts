import type { PatientApp } from '@/lib/apps/apps'
import type { Acr } from '@/lib/config/acr-values'
import type { Ehr } from '@/lib/ehrs/ehrs'
import type { StoredLaunch } from '@/lib/smart/launches'
import type { LiveStops } from '@/lib/stops/stops'

/** The values of `prompt` we know (OpenID Connect Core §3.1.2.1). */
export const prompts = ['none', 'login', 'consent', 'select_account'] as const

export type Prompt = (typeof prompts)[number]

/** Parameters as sent: repeated ones are kept apart, so that an error can still be reported where it is safe. */
export type AuthorizeParameters = {
  readonly values: ReadonlyMap<string, string>
  readonly repeated: ReadonlySet<string>
}

/** What is known of an authorization request so far. Each check adds to it; nothing is mutated. */
export type Draft = {
  readonly parameters: AuthorizeParameters
  readonly now: Date
  /** Whether the app pushed it (RFC 9126): then nothing the browser brings beside the reference counts. */
  readonly isPushed?: boolean
  readonly app?: PatientApp
  /** What was paused when the app was looked up; read anew for a request that is pushed. */
  readonly stops?: LiveStops
  readonly redirectUri?: string
  readonly state?: string
  readonly codeChallenge?: string
  readonly ehr?: Ehr
  /** The launch it came with, alive when looked at; spent with the writing of the request. */
  readonly launch?: StoredLaunch
  readonly scopes?: readonly string[]
  readonly nonce?: string
  readonly prompt?: readonly Prompt[]
  readonly maxAgeSeconds?: number
  /** Values of ours that the app would take, if it named any. */
  readonly acr?: readonly Acr[]
  /** Thumbprint of the key the code will be bound to (RFC 9449 §10). */
  readonly dpopJkt?: string
  /** `sub` of a proven id_token_hint. */
  readonly hintedSubject?: string
}

/** Before the redirect URI is proven: where an error may not go by redirect (RFC 6749 §4.1.2.1). */
export type TrustedDraft = Draft & { readonly app: PatientApp; readonly redirectUri: string }

/** A request that passed every check. Without an EHR it asks who the person is and for no chart. */
export type CheckedRequest = TrustedDraft & {
  readonly scopes: readonly string[]
  readonly prompt: readonly Prompt[]
}

/** Why a request is shown to the person as a problem. Each has words. */
export type UntrustedReason =
  | 'malformed'
  | 'unknown-app'
  | 'not-approved'
  | 'bad-redirect'
  | 'pushed-unknown'
  | 'too-many'

/** A problem before trust. Never a redirect. */
export class UntrustedRequest extends Error {
  readonly code = 'untrusted-request'
  readonly reason: UntrustedReason

  constructor(reason: UntrustedReason) {
    super(reason)
    this.reason = reason
  }
}

/** Reads query string or form body. Empty values count as omitted (RFC 6749 §3.1). @throws UntrustedRequest */
export function parseAuthorizeParameters(encoded: string): AuthorizeParameters {
  if (/%(?![0-9a-f]{2})/i.test(encoded)) throw new UntrustedRequest('malformed')
  const values = new Map<string, string>()
  const seen = new Set<string>()
  const repeated = new Set<string>()
  for (const [name, value] of new URLSearchParams(encoded)) {
    if (seen.has(name)) repeated.add(name)
    seen.add(name)
    if (value.includes('\u0000') || value.includes('\uFFFD')) throw new UntrustedRequest('malformed')
    if (value !== '') values.set(name, value)
  }
  return { values, repeated }
}
