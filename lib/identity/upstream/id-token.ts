import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import type { Provider } from '@/lib/config/config'
import { quirksOf } from '@/lib/identity/upstream/presets'
import { addSeconds, epochSeconds } from '@/lib/time/clock'

/** Clocks of providers may differ from ours by so much. */
export const skewSeconds = 60
/** An ID token is made for the moment: an older one was kept by somebody. */
const maxAgeOfTokenSeconds = 10 * 60

/** Who came back from a provider, as far as its ID token proves it. Nothing else of the token is kept. */
export type UpstreamIdentity = {
  readonly issuer: string
  readonly subject: string
  /** The provider's `auth_time`; undefined when it gave none. */
  readonly authTime: Date | undefined
  /** What the provider calls its visit (`sid`), by which it may end it later. */
  readonly visit?: string | undefined
  readonly acr: string | null
  readonly amr: readonly string[]
  /** The claims role rules may look at: those the configuration names, if they are text. */
  readonly roleClaims: Readonly<Record<string, string | readonly string[]>>
}

/** Why an ID token is not believed. For log and audit. */
export type IdTokenProblem =
  | 'malformed'
  | 'algorithm'
  | 'signature'
  | 'issuer'
  | 'audience'
  | 'azp'
  | 'nonce'
  | 'time'
  | 'type'

export type IdTokenReading =
  | { readonly outcome: 'verified'; readonly identity: UpstreamIdentity }
  | { readonly outcome: 'refused'; readonly problem: IdTokenProblem }

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string().min(1).max(255),
  aud: z.union([z.string(), z.array(z.string())]),
  iat: z.number(),
  exp: z.number(),
  nonce: z.string().optional(),
  azp: z.string().optional(),
  auth_time: z.number().optional(),
  sid: z.string().min(1).max(255).optional().catch(undefined),
  acr: z.string().optional().catch(undefined),
  amr: z.array(z.string()).default([]).catch([]),
})

/**
 * Verifies an ID token of this provider (OpenID Connect Core §3.1.3.7, stricter): signature by its own keys with an
 * algorithm the configuration allows, exact issuer, audience exactly us and nobody else, `azp` us if given, the nonce of
 * this sign-in, 60 seconds of skew, not older than ten minutes, not a token of another type.
 */
export async function verifyIdToken(
  idToken: string,
  provider: Provider,
  expected: { readonly keys: JWTVerifyGetKey; readonly nonce: string; readonly now: Date },
): Promise<IdTokenReading> {
  const { issuerAliases } = quirksOf(provider.issuer)
  let payload: JWTPayload
  try {
    const verified = await jwtVerify(idToken, expected.keys, {
      issuer: [provider.issuer, ...issuerAliases],
      algorithms: [...provider.algorithms],
      clockTolerance: skewSeconds,
      currentDate: expected.now,
    })
    if (!isIdTokenType(verified.protectedHeader.typ)) return refused('type')
    payload = verified.payload
  } catch (error) {
    return refused(problemOf(error))
  }
  return checkClaims(payload, provider, expected)
}

/** The rules beyond the signature. Pure. */
export function checkClaims(
  payload: unknown,
  provider: Provider,
  expected: { readonly nonce: string; readonly now: Date },
): IdTokenReading {
  const parsed = claimsSchema.safeParse(payload)
  if (!parsed.success) return refused('malformed')
  const claims = parsed.data
  if (![provider.issuer, ...quirksOf(provider.issuer).issuerAliases].includes(claims.iss))
    return refused('issuer')
  const audience = typeof claims.aud === 'string' ? [claims.aud] : claims.aud
  if (audience.length !== 1 || audience[0] !== provider.clientId) return refused('audience')
  if (claims.azp !== undefined && claims.azp !== provider.clientId) return refused('azp')
  if (claims.nonce !== expected.nonce) return refused('nonce')
  const at = epochSeconds(expected.now)
  if (claims.exp <= at - skewSeconds) return refused('time')
  if (claims.iat > at + skewSeconds || claims.iat < at - maxAgeOfTokenSeconds) return refused('time')
  if ((claims.auth_time ?? 0) > at + skewSeconds) return refused('time')
  return {
    outcome: 'verified',
    identity: {
      issuer: provider.issuer,
      subject: claims.sub,
      authTime: claims.auth_time === undefined ? undefined : addSeconds(new Date(0), claims.auth_time),
      visit: claims.sid,
      acr: claims.acr ?? null,
      amr: claims.amr,
      roleClaims: pickRoleClaims(payload, provider.roleClaims),
    },
  }
}

const roleClaimSchema = z.union([z.string(), z.array(z.string())])

function pickRoleClaims(payload: unknown, names: readonly string[]): UpstreamIdentity['roleClaims'] {
  const all = z.record(z.string(), z.unknown()).parse(payload)
  const picked: Record<string, string | readonly string[]> = {}
  for (const name of names) {
    const value = roleClaimSchema.safeParse(Object.hasOwn(all, name) ? all[name] : undefined)
    if (value.success) picked[name] = value.data
  }
  return picked
}

function isIdTokenType(typ: string | undefined): boolean {
  return typ === undefined || typ.toLowerCase() === 'jwt'
}

function problemOf(error: unknown): IdTokenProblem {
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return 'algorithm'
  if (error instanceof errors.JWTExpired) return 'time'
  if (error instanceof errors.JWTClaimValidationFailed)
    return error.claim === 'iss' ? 'issuer' : error.claim === 'aud' ? 'audience' : 'time'
  if (error instanceof errors.JWSInvalid || error instanceof errors.JWTInvalid) return 'malformed'
  if (error instanceof errors.JOSEError) return 'signature'
  throw error
}

function refused(problem: IdTokenProblem): IdTokenReading {
  return { outcome: 'refused', problem }
}
