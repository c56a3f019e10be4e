import { type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Provider } from '@/lib/config/config'
import { skewSeconds } from '@/lib/identity/upstream/id-token'
import { quirksOf } from '@/lib/identity/upstream/presets'
import { epochSeconds } from '@/lib/time/clock'

const event = 'http://schemas.openid.net/event/backchannel-logout'

/** A logout token is sent at once: an older one was kept by somebody. */
export const logoutTokenSeconds = 5 * 60

const claimsSchema = z
  .object({
    aud: z.union([z.string(), z.array(z.string())]),
    iat: z.number(),
    jti: z.string().min(1).max(500),
    events: z.object({ [event]: z.object({}) }),
    sub: z.string().min(1).max(255).optional(),
    sid: z.string().min(1).max(255).optional(),
    nonce: z.never().optional(),
  })
  .refine(({ sub, sid }) => sub !== undefined || sid !== undefined)

/** Whose visits a provider ends. `visit`: one of them; without it all of the person's. */
export type UpstreamLogoutOrder = {
  readonly jti: string
  readonly subject: string | undefined
  readonly visit: string | undefined
}

/**
 * Verifies a logout token of this provider (OpenID Connect Back-Channel Logout §2.6): signature by its own keys with an
 * allowed algorithm, exact issuer, audience exactly us, made just now, the logout event, and no nonce: an ID token never
 * passes for one. Undefined whatever is wrong.
 */
export async function verifyLogoutToken(
  token: string,
  provider: Provider,
  expected: { readonly keys: JWTVerifyGetKey; readonly now: Date },
): Promise<UpstreamLogoutOrder | undefined> {
  const payload = await verifySignature(token, provider, expected)
  const claims = claimsSchema.safeParse(payload)
  if (!claims.success) return undefined
  const { aud, iat, jti, sub, sid } = claims.data
  const audience = typeof aud === 'string' ? [aud] : aud
  if (audience.length !== 1 || audience[0] !== provider.clientId) return undefined
  if (Math.abs(epochSeconds(expected.now) - iat) > logoutTokenSeconds) return undefined
  return { jti, subject: sub, visit: sid }
}

async function verifySignature(
  token: string,
  provider: Provider,
  { keys, now }: { readonly keys: JWTVerifyGetKey; readonly now: Date },
): Promise<JWTPayload | undefined> {
  try {
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: [provider.issuer, ...quirksOf(provider.issuer).issuerAliases],
      algorithms: [...provider.algorithms],
      clockTolerance: skewSeconds,
      currentDate: now,
    })
    const typ = protectedHeader.typ?.toLowerCase()
    return typ === undefined || typ === 'jwt' || typ === 'logout+jwt' ? payload : undefined
  } catch {
    return undefined
  }
}
