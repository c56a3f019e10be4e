import * as z from 'zod/mini'

const idTokenClaims = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.union([z.string(), z.array(z.string())]),
  exp: z.number(),
  nonce: z.optional(z.string()),
  fhirUser: z.optional(z.string()),
})
export type IdTokenClaims = z.infer<typeof idTokenClaims>

export type ExpectedIdToken = {
  readonly issuer: string
  readonly clientId: string
  /** Undefined for a token that came with a refresh: OpenID Connect Core §12.2 wants none there. */
  readonly nonce: string | undefined
  readonly now: Date
}

/**
 * The claims of an id_token fetched from the token endpoint itself, or undefined if it is not meant for this
 * sign-in. The signature is left to the channel (OpenID Connect Core §3.1.3.7, point 6); the library only decodes.
 */
export function checkIdToken(
  decoded: unknown,
  { issuer, clientId, nonce, now }: ExpectedIdToken,
): IdTokenClaims | undefined {
  const parsed = idTokenClaims.safeParse(decoded)
  if (!parsed.success) return undefined
  const claims = parsed.data
  const audience = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  const isMeant =
    claims.iss === issuer && audience.includes(clientId) && claims.exp * 1000 > now.getTime() - 60_000
  if (!isMeant) return undefined
  return nonce === undefined || claims.nonce === nonce ? claims : undefined
}
