import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose'
import { z } from 'zod'
import { type Refusal, refuse } from './fhir-errors'
import { sayFault } from './say-fault'
import { makeStatusLists } from './status-list'

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() })

type Verified = { readonly outcome: 'verified'; readonly payload: JWTPayload }

/** The one issuer this EHR trusts. All that is known of it beforehand is its URL. */
export type TrustedIssuer = {
  /** Signature, issuer, audience as one exact string, type, algorithm, expiry; then the status list the token names. */
  verify(
    token: string,
    expected: {
      readonly typ: string | undefined
      readonly audience: string
      readonly algorithms: string[]
      readonly issuer: string
    },
  ): Promise<Verified | Refusal>
}

const invalidSignature = new Set([
  'ERR_JWS_INVALID',
  'ERR_JWT_INVALID',
  'ERR_JWT_EXPIRED',
  'ERR_JWT_CLAIM_VALIDATION_FAILED',
  'ERR_JOSE_ALG_NOT_ALLOWED',
  'ERR_JOSE_NOT_SUPPORTED',
  'ERR_JWKS_NO_MATCHING_KEY',
  'ERR_JWKS_MULTIPLE_MATCHING_KEYS',
  'ERR_JWS_SIGNATURE_VERIFICATION_FAILED',
])

export function trustIssuer(issuer: string): TrustedIssuer {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined

  async function findKeys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    if (keys) return keys
    const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      redirect: 'error',
      signal: AbortSignal.timeout(5_000),
    })
    if (!response.ok) throw new Error(`discovery answered ${response.status}`)
    const found = discovery.parse(await response.json())
    if (found.issuer !== issuer) throw new Error('discovery names another issuer')
    // A key that was rotated in is looked for again after a second, not after jose's half minute.
    keys = createRemoteJWKSet(new URL(found.jwks_uri), { cooldownDuration: 1_000, timeoutDuration: 5_000 })
    return keys
  }

  const lists = makeStatusLists(issuer, findKeys)
  return {
    async verify(token, expected) {
      const options: JWTVerifyOptions = {
        issuer: expected.issuer,
        audience: expected.audience,
        algorithms: expected.algorithms,
        clockTolerance: 5,
        requiredClaims: ['iss', 'aud', 'exp', 'jti'],
        ...(expected.typ === undefined ? {} : { typ: expected.typ }),
      }
      try {
        const { payload, protectedHeader } = await jwtVerify(token, await findKeys(), options)
        // A set of one key would match a token that names none.
        if (protectedHeader.kid === undefined) return refusedToken('no-kid')
        if (payload.aud !== expected.audience) return refusedToken('aud-list')
        return (await lists.check(payload['status'])) ?? { outcome: 'verified', payload }
      } catch (error) {
        if (error instanceof errors.JOSEError && invalidSignature.has(error.code))
          return refusedToken(error.code)
        sayFault('asking for the keys of the issuer', error)
        return refuse(503, 'transient', 'issuer-unreachable', 'The issuer of the token cannot be reached.')
      }
    },
  }
}

export function refusedToken(because: string): Refusal {
  return refuse(401, 'login', `token: ${because}`, 'The access token was refused.')
}
