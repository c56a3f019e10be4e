import { importJWK, type JWK, SignJWT } from 'jose'
import { z } from 'zod'
import { refuse } from './fhir-errors'
import type { EhrSettings } from './settings'
import { refusedToken, type TrustedIssuer } from './trusted-issuer'

const answer = z.looseObject({ active: z.boolean(), exp: z.number().optional() })

/**
 * Trust without keys of the issuer: every access token is sent to its introspection endpoint (RFC 7662), and only what
 * that says is believed. This EHR proves itself there by an assertion of its own (RFC 7523). What is no access token is
 * still checked by its signature.
 */
export function askIssuer(settings: EhrSettings, bySignature: TrustedIssuer): TrustedIssuer {
  const { issuer, introspection } = settings
  if (!introspection) throw new Error('TRUST=introspection needs EHR_INTROSPECTION_KEY')
  const { clientId, key } = introspection

  async function ask(token: string): Promise<unknown> {
    const response = await fetch(`${issuer}/oauth/introspect`, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(5_000),
      body: new URLSearchParams({
        token,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await signAssertion(key, clientId, issuer),
      }),
    })
    if (!response.ok) throw new Error(`introspection answered ${response.status}`)
    return response.json()
  }

  return {
    async verify(token, expected) {
      if (expected.typ !== 'at+jwt') return bySignature.verify(token, expected)
      const told = await ask(token).then(
        (body) => answer.safeParse(body),
        () => undefined,
      )
      if (!told?.success)
        return refuse(503, 'transient', 'issuer-unreachable', 'The issuer of the token cannot be reached.')
      const { active, exp, ...payload } = told.data
      if (!active) return refusedToken('not-active')
      if (payload['iss'] !== expected.issuer) return refusedToken('another-issuer')
      if (payload['aud'] !== expected.audience) return refusedToken('another-audience')
      if (exp === undefined || exp * 1000 <= Date.now()) return refusedToken('over')
      return { outcome: 'verified', payload: { ...payload, exp } }
    },
  }
}

async function signAssertion(key: JWK, clientId: string, issuer: string): Promise<string> {
  return new SignJWT({})
    .setProtectedHeader({ alg: 'ES384', typ: 'JWT', ...(key.kid ? { kid: key.kid } : {}) })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(`${issuer}/oauth/token`)
    .setJti(crypto.randomUUID())
    .setIssuedAt()
    .setExpirationTime('2m')
    .sign(await importJWK(key, 'ES384'))
}
