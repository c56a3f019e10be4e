import type { JWTPayload } from 'jose'
import { sha256 } from '@/lib/crypto/digest'
import { verifyOwnJwt } from '@/lib/keys/keys'
import { once } from '@/lib/process/once'

type Kept = { readonly claims: JWTPayload; readonly until: number }

const keepAtMost = 10_000

/**
 * An access token of ours, verified as `verifyOwnJwt` does (any audience). A good signature is remembered by the token's
 * digest until the token expires; what stands behind a token never is, so whoever calls this reads that.
 * @returns its claims, or undefined whatever is wrong
 */
export async function verifyAccessTokenOnce(token: string, now: Date): Promise<JWTPayload | undefined> {
  const seen = once('verified-access-tokens', () => new Map<string, Kept>())
  const digest = Buffer.from(sha256(token)).toString('base64url')
  const known = seen.get(digest)
  if (known) return known.until > now.getTime() ? known.claims : undefined
  const claims = await verifyOwnJwt(token, { typ: 'at+jwt' })
  if (!claims?.exp) return undefined
  const [oldest] = seen.size >= keepAtMost ? seen.keys() : []
  if (oldest !== undefined) seen.delete(oldest)
  seen.set(digest, { claims, until: claims.exp * 1000 })
  return claims
}
