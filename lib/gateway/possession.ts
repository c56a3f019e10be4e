import type { StoredAuthority, TokenClaims } from '@/lib/access/facts'
import { config } from '@/lib/config/config'
import { currentNonce } from '@/lib/dpop/nonce'
import { checkProof } from '@/lib/dpop/proof'
import type { Ehr } from '@/lib/ehrs/ehrs'
import type { TokenScheme } from '@/lib/gateway/bearer'
import { refuse } from '@/lib/gateway/refusal'
import { keyNotProven, nonceNeeded } from '@/lib/gateway/refusal-shapes'
import { now as clock } from '@/lib/time/clock'

/**
 * Whoever sends a key-bound token has to prove the key, for this very request (RFC 9449 §7). A bound token sent as
 * Bearer and a bearer token sent as DPoP are refused alike: each would undo what the other scheme promises.
 * @returns the nonce to use next, where nonces are in use
 * @throws FhirRefusal 401
 */
export async function requirePossession(
  request: Request,
  ehr: Ehr,
  presented: {
    readonly token: TokenClaims
    readonly sent: string
    readonly scheme: TokenScheme
    readonly authority: StoredAuthority | undefined
  },
): Promise<string | undefined> {
  const { token, sent, scheme, authority } = presented
  const realm = ehr.gatewayBase
  if ((token.jkt === undefined) !== (scheme === 'bearer')) return refuse(keyNotProven(realm, 'invalid_token'))
  if (token.jkt === undefined) return undefined
  const header = request.headers.get('dpop')
  if (header === null) return refuse(keyNotProven(realm, 'invalid_dpop_proof'))
  const now = clock()
  const { issuer, dpop } = config()
  const result = await checkProof(header, {
    method: request.method,
    url: `${issuer}${new URL(request.url).pathname}`,
    needsNonce: dpop.requireNonce || authority?.isNonceRequired === true,
    accessToken: sent,
    now,
  })
  if (result.outcome === 'nonce-needed') return refuse(nonceNeeded(realm, currentNonce(now)))
  if (result.outcome === 'refused' || result.jkt !== token.jkt)
    return refuse(keyNotProven(realm, 'invalid_dpop_proof'))
  return result.hadNonce ? currentNonce(now) : undefined
}
