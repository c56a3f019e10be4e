import { z } from 'zod'
import type { TokenClaims } from '@/lib/access/facts'
import { sha256 } from '@/lib/crypto/digest'
import { verifyOwnJwt } from '@/lib/keys/keys'
import { once } from '@/lib/process/once'

/** How a token was sent: by itself, or with a proof that its holder has the key (RFC 9449 §7.1). */
export type TokenScheme = 'bearer' | 'dpop'

/** What the Authorization header holds. */
export type SentToken =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'malformed' }
  | { readonly outcome: 'sent'; readonly token: string; readonly scheme: TokenScheme }

/** Reads the token as RFC 6750 §2.1 and RFC 9449 §7.1 send it: one header, scheme in any case. */
export function readToken(header: string | null): SentToken {
  if (header === null) return { outcome: 'none' }
  const [, scheme, token] = /^(bearer|dpop) +([A-Za-z0-9\-._~+/]+=*)$/i.exec(header.trim()) ?? []
  if (scheme && token)
    return { outcome: 'sent', token, scheme: scheme.toLowerCase() === 'dpop' ? 'dpop' : 'bearer' }
  return /^(bearer|dpop)\b/i.test(header.trim()) ? { outcome: 'malformed' } : { outcome: 'none' }
}

const claims = z.object({
  jti: z.string().min(1),
  sub: z.string().min(1),
  client_id: z.string().min(1),
  exp: z.number(),
  patient: z.string().optional(),
  // bound to anything else than a key we can see proven: not usable here
  cnf: z.strictObject({ jkt: z.string() }).optional(),
  acr: z.string().optional(),
  auth_time: z.number().optional(),
})

type Kept = { readonly claims: TokenClaims; readonly audience: string }

const keepAtMost = 10_000

/**
 * Verifies that a token is an access token of ours for this audience (RFC 9068 §4): signature, `typ`, issuer, exact
 * audience, expiry. A good signature is remembered by the token's digest until it expires; what the token may do never is.
 */
export async function verifyAccessToken(
  token: string,
  audience: string,
  now: Date,
): Promise<TokenClaims | undefined> {
  const seen = once('gateway-verified', () => new Map<string, Kept>())
  const digest = Buffer.from(sha256(token)).toString('base64url')
  const kept = seen.get(digest)
  if (kept) return kept.audience === audience && kept.claims.expiresAt > now ? kept.claims : undefined
  const payload = await verifyOwnJwt(token, { typ: 'at+jwt', audience })
  const parsed = claims.safeParse(payload)
  if (!parsed.success || Array.isArray(payload?.aud)) return undefined
  const { jti, sub, client_id: clientId, exp, patient, cnf, acr, auth_time } = parsed.data
  const verified: TokenClaims = {
    jti,
    sub,
    clientId,
    patient,
    expiresAt: new Date(exp * 1000),
    jkt: cnf?.jkt,
    acr,
    authTime: auth_time === undefined ? undefined : new Date(auth_time * 1000),
  }
  if (verified.expiresAt <= now) return undefined
  if (seen.size >= keepAtMost) seen.clear()
  seen.set(digest, { claims: verified, audience })
  return verified
}
