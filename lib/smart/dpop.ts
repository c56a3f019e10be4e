import type { PatientApp } from '@/lib/apps/apps'
import { config } from '@/lib/config/config'
import { currentNonce } from '@/lib/dpop/nonce'
import { checkProof } from '@/lib/dpop/proof'
import { OAuthError } from '@/lib/smart/oauth-error'

/** The key a request proved to hold. */
export type ProvenKey = {
  /** Thumbprint (RFC 7638). */
  readonly jkt: string
  /** Whether the proof carried a nonce of ours. */
  readonly hadNonce: boolean
  /** The nonce to use next, where nonces are in use. */
  readonly nextNonce: string | undefined
}

/**
 * Reads the DPoP proof of a request to one of our endpoints, before anything is spent. Undefined when there is none and
 * none is needed. RFC 9449 §5, §8.
 * @throws OAuthError invalid_dpop_proof, or use_dpop_nonce with the nonce to use
 */
export async function proveKey(
  request: Request,
  endpoint: '/oauth/token' | '/oauth/par',
  options: { readonly app: PatientApp | undefined; readonly now: Date },
): Promise<ProvenKey | undefined> {
  const { app, now } = options
  const header = request.headers.get('dpop')
  if (header === null) {
    if (app?.dpopBoundAccessTokens && endpoint === '/oauth/token') throw proofMissing()
    return undefined
  }
  const { issuer, dpop } = config()
  const needsNonce = dpop.requireNonce || app?.dpopNonceRequired === true
  const result = await checkProof(header, { method: 'POST', url: `${issuer}${endpoint}`, needsNonce, now })
  if (result.outcome === 'nonce-needed') throw nonceMissing(now)
  if (result.outcome === 'refused')
    throw new OAuthError('invalid_dpop_proof', 'The DPoP proof is not valid for this request.', {
      detail: `dpop-${result.reason}`,
    })
  const nextNonce = needsNonce || result.hadNonce ? currentNonce(now) : undefined
  return { jkt: result.jkt, hadNonce: result.hadNonce, nextNonce }
}

/** The proof has to carry the nonce of this answer (RFC 9449 §8). */
export function nonceMissing(now: Date): OAuthError {
  return new OAuthError('use_dpop_nonce', 'The DPoP proof needs the nonce of this answer.', {
    headers: { 'dpop-nonce': currentNonce(now) },
  })
}

/** Only key-bound tokens are given to this app (RFC 9449 §5.2). */
export function proofMissing(): OAuthError {
  return new OAuthError('invalid_dpop_proof', 'A DPoP proof is required for this client.', {
    detail: 'dpop-missing',
  })
}

/** Tells the next nonce beside an answer, so that the client need not be refused to learn it (RFC 9449 §8.2). */
export function withNextNonce(response: Response, key: ProvenKey | undefined): Response {
  if (key?.nextNonce !== undefined) response.headers.set('dpop-nonce', key.nextNonce)
  return response
}
