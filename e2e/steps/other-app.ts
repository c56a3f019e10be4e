import { createHash, randomBytes } from 'node:crypto'
import type { House } from '../house'

/** One authorization as the demo app would begin it, for browsers where the app's own script does not run. */
export type Authorization = {
  readonly address: string
  readonly state: string
  readonly redirectUri: string
  /** Exchanges the code of an answer. */
  exchange(code: string): Promise<Response>
}

/** Begins an authorization of the demo app, with PKCE. */
export function beginAuthorization(
  house: House,
  scope = 'openid fhirUser launch/patient patient/*.rs',
  more: Readonly<Record<string, string>> = {},
): Authorization {
  const secret = (): string => randomBytes(32).toString('base64url')
  const [state, verifier] = [secret(), secret()]
  const redirectUri = `${house.urls.app}/app`
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: 'lab-window',
    redirect_uri: redirectUri,
    scope,
    state,
    nonce: secret(),
    aud: `${house.urls.broker}/fhir/demo`,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  })
  return {
    address: `${house.urls.broker}/oauth/authorize?${query}`,
    state,
    redirectUri,
    exchange: (code) =>
      fetch(`${house.urls.broker}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          code,
          redirect_uri: redirectUri,
          client_id: 'lab-window',
          code_verifier: verifier,
        }),
      }),
  }
}
