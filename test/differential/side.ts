import { createHash } from 'node:crypto'
import { randomToken } from '@/lib/crypto/digest'

/** The endpoints both servers have. */
export type EndpointName = 'authorize' | 'par' | 'token' | 'revoke' | 'introspect' | 'userinfo'

/** A code that was given to an app, and what has to be proven with it. */
export type GivenCode = { readonly code: string; readonly verifier: string; readonly redirectUri: string }

/** Tokens that were given to the public app. */
export type GivenTokens = { readonly access: string; readonly refresh: string; readonly id: string }

/** One of the two servers, as the corpus sees it. */
export type Side = {
  readonly url: string
  readonly audience: string
  readonly paths: Readonly<Record<EndpointName, string>>
  /** Secret of the app that has one. */
  readonly secret: string
  /** A fresh code, as after consent: of the public app, or of the one with a secret. `jkt` binds it to a key. */
  giveCode(options?: { readonly jkt?: string; readonly client?: 'app' | 'secret' }): Promise<GivenCode>
}

/** What both are told about: an app in the browser, another one, one on a device, one with a secret. */
export const clients = {
  app: { id: 'test-app', redirectUri: 'https://app.example/cb?keep=1' },
  other: { id: 'other-app', redirectUri: 'https://other.example/cb' },
  native: { id: 'native-app', redirectUri: 'http://127.0.0.1/cb' },
  secret: { id: 'secret-app', redirectUri: 'https://secret.example/cb' },
} as const

/** Scopes that both know and have registered for every app. */
export const scopes = 'openid offline_access patient/Patient.rs patient/Observation.rs'

/** The authorization request of the public app that both accept, with changes; `undefined` leaves a parameter out. */
export function authorizationRequest(
  side: Side,
  changes: Readonly<Record<string, string | undefined>> = {},
): [string, string][] {
  const usual: Record<string, string | undefined> = {
    response_type: 'code',
    client_id: clients.app.id,
    redirect_uri: clients.app.redirectUri,
    scope: scopes,
    state: 'a-state-of-the-app',
    // one of them a rule of SMART, the other of RFC 8707: each server takes the one it knows
    aud: side.audience,
    resource: side.audience,
    code_challenge: challengeOf('v'.repeat(43)),
    code_challenge_method: 'S256',
    nonce: 'a-nonce',
    // the peer gives refresh tokens only where consent was asked for in so many words
    prompt: 'consent',
  }
  return Object.entries({ ...usual, ...changes }).filter(
    (one): one is [string, string] => one[1] !== undefined,
  )
}

/** The S256 challenge of a verifier. */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}

/** A new verifier. */
export function newVerifier(): string {
  return randomToken()
}
