/**
 * How an endpoint answers. `oauth`: JSON with an OAuth error; `authorize`: a page or a redirect to the app; `page`: a page
 * or a redirect of our own; `fhir`: an OperationOutcome; `json`: JSON of its own; `public`: a document.
 */
export type Shape = 'oauth' | 'authorize' | 'page' | 'fhir' | 'json' | 'public'

/** One endpoint as strangers meet it. */
export type Endpoint = {
  readonly name: string
  readonly path: string
  readonly shape: Shape
  /** How it is asked in the ordinary case. */
  readonly method: 'GET' | 'POST'
  /** What it is sent in the ordinary case: a form, a query, or JSON. */
  readonly encoding: 'form' | 'query' | 'json'
  /** Parameters it knows, each with a value that is at least of the right form. */
  readonly parameters: Readonly<Record<string, string>>
  /** Parameters it knows and refuses, or that change what it does: sent now and then. */
  readonly more?: Readonly<Record<string, string>>
  /** The Authorization header of the ordinary case. */
  readonly authorization?: string
  /** Parameters that come back in a good answer or a redirect, as they must. */
  readonly echoes?: readonly string[]
}

/**
 * Stands for a credential that is alive when the request is sent; as it stands it is a wrong one. A test that has live
 * ones puts them in its place.
 */
export const liveNames = ['code', 'verifier', 'refresh', 'access', 'backend', 'inspector', 'portal'] as const

export type Live = (typeof liveNames)[number]

/** How such a place is written. */
export function place(live: Live): string {
  return `LIVE-${live.toUpperCase()}-LIVE`
}

/** Ways of authentication, none of them good. */
export const proofs = {
  client_secret: 'not-a-secret',
  client_assertion: 'e30.e30.e30',
  client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
}
