import * as z from 'zod/mini'
import type { Settings } from './settings'

export type LaunchCheck =
  | { readonly outcome: 'go'; readonly launch: string | undefined }
  | { readonly outcome: 'refused'; readonly problem: 'unknown-server' }

/**
 * May this page start an authorization? The library lets `iss`, `fhirServiceUrl`, `clientId` and `patientId` of
 * the address override the configuration, which would send the person to any server a link names. Only the
 * configured server is accepted, and nothing else of the address is used but the launch handle.
 */
export function checkLaunch(query: URLSearchParams, { fhirBase }: Settings): LaunchCheck {
  const iss = query.get('iss') ?? query.get('fhirServiceUrl')
  if (iss !== null && withoutSlash(iss) !== withoutSlash(fhirBase)) {
    return { outcome: 'refused', problem: 'unknown-server' }
  }
  return { outcome: 'go', launch: iss === null ? undefined : (query.get('launch') ?? undefined) }
}

/** An EHR's launch brings its own patient; standalone asks the person to pick one. */
export function scopeFor(scope: string, launch: string | undefined): string {
  return launch === undefined ? scope : scope.replace('launch/patient', 'launch')
}

const discovery = z.object({
  issuer: z.url(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  revocation_endpoint: z.optional(z.url()),
})
export type Discovery = z.infer<typeof discovery>

/** The server's own description; an issuer is demanded, for without one a mix-up could not be noticed. */
export function parseDiscovery(body: unknown): Discovery {
  return discovery.parse(body)
}

/**
 * 256 random bits, base64url. The library's own state is 16 letters of `Math.random()`: 95 bits, and predictable;
 * SMART App Launch asks for at least 122 unpredictable ones.
 */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/**
 * The address to send the browser to: what the library built, if it leads where discovery said, with our nonce.
 * The library would fall back to a redirect without authorization for a server that describes none.
 */
export function checkAuthorizationUrl(
  built: unknown,
  { authorization_endpoint }: Discovery,
  nonce: string,
): URL | undefined {
  if (typeof built !== 'string' || !URL.canParse(built)) return undefined
  const url = new URL(built)
  const expected = new URL(authorization_endpoint)
  if (url.origin !== expected.origin || url.pathname !== expected.pathname) return undefined
  if (url.searchParams.get('code_challenge_method') !== 'S256') return undefined
  url.searchParams.set('nonce', nonce)
  return url
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}
