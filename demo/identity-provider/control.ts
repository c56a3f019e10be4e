import { createHash, timingSafeEqual } from 'node:crypto'
import { decodeJwt, importJWK, type JWK, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'
import { z } from 'zod'
import type { IssuerKey } from './issuers'
import { makeSigningKey } from './signing-keys'

const issuerKey = z.enum(['sunrise', 'northwind', 'harbor-staff'])

/** What can be made wrong about the next id_token of an issuer. */
const idTokenFault = z.enum([
  'wrong-iss',
  'wrong-aud',
  'wrong-nonce',
  'no-nonce',
  'expired',
  'alg-none',
  'alg-hs256',
  'wrong-signature',
  // no fault in itself: some providers never say when somebody signed in
  'no-auth-time',
])
export type IdTokenFault = z.infer<typeof idTokenFault>

const idTokenOrder = z.object({
  issuer: issuerKey,
  fault: idTokenFault,
  times: z.number().int().min(1).default(1),
})
const responseOrder = z.object({ issuer: issuerKey, fault: z.literal('wrong-iss') })
const downOrder = z.object({
  seconds: z.number().min(0).max(600),
  issuer: issuerKey.optional(),
  mode: z.enum(['refuse', 'hang']).default('refuse'),
})

/** What tests asked this process to do wrong. Nothing is ever wrong unless a control token is configured. */
export type Controls = {
  /** Answers a control request; the caller has looked at the path. */
  answer(path: string, authorization: string | undefined, body: string): { status: number; body: string }
  takeIdTokenFault(issuer: IssuerKey): IdTokenFault | undefined
  takeResponseFault(issuer: IssuerKey): boolean
  outage(issuer: IssuerKey): 'refuse' | 'hang' | undefined
}

type Outage = {
  readonly until: number
  readonly mode: 'refuse' | 'hang'
  readonly issuer: IssuerKey | undefined
}

export function openControls(token: string | undefined): Controls {
  const idTokenFaults: { issuer: IssuerKey; fault: IdTokenFault }[] = []
  const responseFaults = new Set<IssuerKey>()
  let down: Outage | undefined

  const orders: Record<string, (body: unknown) => void> = {
    '/control/id-token': (body) => {
      const { issuer, fault, times } = idTokenOrder.parse(body)
      for (let i = 0; i < times; i += 1) idTokenFaults.push({ issuer, fault })
    },
    '/control/authorization-response': (body) => {
      responseFaults.add(responseOrder.parse(body).issuer)
    },
    '/control/down': (body) => {
      const { seconds, mode, issuer } = downOrder.parse(body)
      down = { until: Date.now() + seconds * 1000, mode, issuer }
    },
    '/control/reset': () => {
      idTokenFaults.length = 0
      responseFaults.clear()
      down = undefined
    },
  }

  return {
    answer: (path, authorization, body) => {
      if (token === undefined) return { status: 404, body: '' }
      if (!isSame(authorization ?? '', `Bearer ${token}`)) return { status: 401, body: '' }
      const order = Object.hasOwn(orders, path) ? orders[path] : undefined
      if (!order) return { status: 404, body: '' }
      try {
        order(body === '' ? {} : JSON.parse(body))
        return { status: 204, body: '' }
      } catch (error) {
        return { status: 400, body: error instanceof Error ? error.message : 'bad request' }
      }
    },
    takeIdTokenFault: (issuer) => {
      const at = idTokenFaults.findIndex((entry) => entry.issuer === issuer)
      return at < 0 ? undefined : idTokenFaults.splice(at, 1)[0]?.fault
    },
    takeResponseFault: (issuer) => responseFaults.delete(issuer),
    outage: (issuer) => {
      if (!down || Date.now() >= down.until) return undefined
      return down.issuer === undefined || down.issuer === issuer ? down.mode : undefined
    },
  }
}

function isSame(given: string, expected: string): boolean {
  const digest = (value: string): Buffer => createHash('sha256').update(value).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** The same id_token with one thing wrong; everything else is as the certified provider made it. */
export async function spoilIdToken(
  idToken: string,
  fault: IdTokenFault,
  { key, clientSecret }: { readonly key: JWK; readonly clientSecret: string },
): Promise<string> {
  const claims = spoilClaims(decodeJwt(idToken), fault)
  if (fault === 'alg-none') return new UnsecuredJWT(claims).encode()
  if (fault === 'alg-hs256') {
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .sign(new TextEncoder().encode(clientSecret))
  }
  const signer = fault === 'wrong-signature' ? await makeSigningKey() : key
  const header = { alg: 'RS256', ...(key.kid === undefined ? {} : { kid: key.kid }) }
  return new SignJWT(claims).setProtectedHeader(header).sign(await importJWK(signer, 'RS256'))
}

function spoilClaims({ nonce, ...claims }: JWTPayload, fault: IdTokenFault): JWTPayload {
  const nonceClaim = nonce === undefined ? {} : { nonce }
  switch (fault) {
    case 'wrong-iss':
      return { ...claims, ...nonceClaim, iss: 'https://somebody-else.example.org' }
    case 'wrong-aud':
      return { ...claims, ...nonceClaim, aud: 'another-client' }
    case 'wrong-nonce':
      return { ...claims, nonce: 'a-nonce-of-another-sign-in' }
    case 'no-nonce':
      return claims
    case 'no-auth-time': {
      const { auth_time: _, ...others } = claims
      return { ...others, ...nonceClaim }
    }
    case 'expired': {
      const long = Math.floor(Date.now() / 1000) - 86_400
      return { ...claims, ...nonceClaim, iat: long - 300, exp: long }
    }
    default:
      return { ...claims, ...nonceClaim }
  }
}
