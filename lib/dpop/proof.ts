import { calculateJwkThumbprint, decodeProtectedHeader, errors, importJWK, jwtVerify } from 'jose'
import { z } from 'zod'
import { isEqual, sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { isNonce } from '@/lib/dpop/nonce'
import { addSeconds } from '@/lib/time/clock'

/** Algorithms a proof may be signed with. Asymmetric only: a proof is for who holds a key, not who shares one. */
export const proofAlgorithms = ['ES256', 'ES384', 'PS256', 'RS256'] as const

/** What a proof has to fit. */
export type ProofDemand = {
  /** Method of the request. */
  readonly method: string
  /** Address of the request, from the configured base: behind a proxy the request itself does not know it. */
  readonly url: string
  /** Whether it has to carry a nonce of ours. */
  readonly needsNonce: boolean
  /** The access token it comes with, at a resource. */
  readonly accessToken?: string
  readonly now: Date
}

/** What a proof proves: who holds the key of this thumbprint (RFC 7638). `reason` is a word for our own log. */
export type ProofResult =
  | { readonly outcome: 'proven'; readonly jkt: string; readonly hadNonce: boolean }
  | { readonly outcome: 'nonce-needed' }
  | { readonly outcome: 'refused'; readonly reason: string }

/** Seconds a client's clock may be off. With a nonce of ours the nonce tells the time, and an hour is enough. */
const skewSeconds = 60
const skewWithNonceSeconds = 3600

/** A proof is remembered longer than it could be used. */
const rememberedSeconds = 600

/**
 * Checks a DPoP proof as RFC 9449 §4.3 says: one header, `typ`, a listed algorithm, a public key and nothing private, the
 * signature, method, address (query and fragment aside), time, nonce and, at a resource, the token's hash. At last its
 * `jti` is inserted if absent: of N parallel uses one wins, on any replica.
 */
export async function checkProof(header: string, demand: ProofDemand): Promise<ProofResult> {
  const verified = await verifySignature(header, demand.now)
  if (!verified) return refused('malformed')
  const { claims, jkt } = verified
  if (claims.htm !== demand.method) return refused('htm')
  if (!isSameAddress(claims.htu, demand.url)) return refused('htu')
  if (demand.accessToken !== undefined && !isHashOf(claims.ath, demand.accessToken)) return refused('ath')
  if (claims.nonce !== undefined && !isNonce(claims.nonce, demand.now)) return { outcome: 'nonce-needed' }
  if (claims.nonce === undefined && demand.needsNonce) return { outcome: 'nonce-needed' }
  const offSeconds = Math.abs(demand.now.getTime() / 1000 - claims.iat)
  if (offSeconds > skewWithNonceSeconds) return refused('iat')
  // a device whose clock is wrong is helped on: with our nonce it needs no clock
  if (claims.nonce === undefined && offSeconds > skewSeconds) return { outcome: 'nonce-needed' }
  if (!(await isFirstUse(jkt, claims.jti, demand.now))) return refused('jti')
  return { outcome: 'proven', jkt, hadNonce: claims.nonce !== undefined }
}

/** Deletes proofs that could not be used again anyway. */
export async function sweepProofs(now: Date): Promise<void> {
  await db().dpopProof.deleteMany({ where: { expiresAt: { lt: now } } })
}

const base64url = (most: number): z.ZodString =>
  z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/)
    .max(most)

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']

/** The sizes bound what verifying a stranger's key may cost: RSA up to 4096 bits, with an ordinary exponent. */
const publicKey = z
  .looseObject({})
  .refine((jwk) => !privateMembers.some((name) => name in jwk))
  .pipe(
    z.discriminatedUnion('kty', [
      z.object({
        kty: z.literal('EC'),
        crv: z.enum(['P-256', 'P-384']),
        x: base64url(64),
        y: base64url(64),
      }),
      z.object({ kty: z.literal('RSA'), n: base64url(683), e: base64url(6) }),
    ]),
  )

const headerSchema = z.object({ typ: z.literal('dpop+jwt'), alg: z.enum(proofAlgorithms), jwk: publicKey })

const claimsSchema = z.object({
  jti: z.string().min(1).max(500),
  htm: z.string(),
  htu: z.string().max(8_000),
  iat: z.number(),
  nonce: z.string().max(500).optional(),
  ath: z.string().max(100).optional(),
})

type Verified = { readonly claims: z.infer<typeof claimsSchema>; readonly jkt: string }

/** Two headers arrive joined by a comma, which no compact JWS holds (RFC 9449 §4.3, check 1). */
const oneProof = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/

async function verifySignature(header: string, now: Date): Promise<Verified | undefined> {
  if (!oneProof.test(header)) return undefined
  try {
    const { alg, jwk } = headerSchema.parse(decodeProtectedHeader(header))
    const key = await importJWK(jwk, alg)
    const { payload } = await jwtVerify(header, key, { algorithms: [alg], currentDate: now })
    return { claims: claimsSchema.parse(payload), jkt: await calculateJwkThumbprint(jwk, 'sha256') }
  } catch (fault) {
    if (isBadProof(fault)) return undefined
    throw fault
  }
}

/** What a proof of a stranger's making can raise: unreadable, not what it should hold, or a key that is none. */
function isBadProof(fault: unknown): boolean {
  return (
    fault instanceof errors.JOSEError ||
    fault instanceof z.ZodError ||
    fault instanceof TypeError ||
    fault instanceof DOMException
  )
}

function isSameAddress(htu: string, url: string): boolean {
  if (!URL.canParse(htu)) return false
  const [asked, ours] = [new URL(htu), new URL(url)]
  if (asked.username !== '' || asked.password !== '') return false
  return asked.origin === ours.origin && asked.pathname === ours.pathname
}

function isHashOf(ath: string | undefined, token: string): boolean {
  return ath !== undefined && isEqual(ath, Buffer.from(sha256(token)).toString('base64url'))
}

async function isFirstUse(jkt: string, jti: string, now: Date): Promise<boolean> {
  const { count } = await db().dpopProof.createMany({
    data: [{ digest: sha256(JSON.stringify([jkt, jti])), expiresAt: addSeconds(now, rememberedSeconds) }],
    skipDuplicates: true,
  })
  return count === 1
}

function refused(reason: string): ProofResult {
  return { outcome: 'refused', reason }
}
