import { type KeyObject, sign } from 'node:crypto'
import { promisify } from 'node:util'
import { errors, type JWK, type JWTPayload, jwtVerify } from 'jose'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { lastingKey } from '@/lib/keys/lasting-key'
import { algorithms, type SigningAlgorithm } from '@/lib/keys/lifecycle'
import {
  forgetPublishedKeys,
  generatePair,
  getSigner,
  getVerifier,
  insertKey,
  listPublishedKeys,
} from '@/lib/keys/store'
import { now as clock } from '@/lib/time/clock'

export { rotateKeys } from '@/lib/keys/rotate'

/**
 * Signs with the active key of an algorithm. Nothing is added to the claims: callers give iss, iat and exp themselves,
 * so that a repeated answer can carry the same ones.
 */
export async function signJwt(
  claims: JWTPayload,
  options: { readonly algorithm: SigningAlgorithm; readonly typ: string },
): Promise<string> {
  const { algorithm, typ } = options
  const key = (await listPublishedKeys()).find((k) => k.algorithm === algorithm && k.status === 'active')
  if (!key) throw new Error(`no active ${algorithm} key: ensureKeys was not called`)
  const header = { alg: algorithm, typ, kid: key.kid }
  const input = `${encode(header)}.${encode(claims)}`
  return `${input}.${await signBytes(input, algorithm, await getSigner(key))}`
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url')
}

const signInPool = promisify(sign)

/** The signature of a JWS (RFC 7518 §3). ES256 takes less than handing it to another thread would; RS256 does not. */
async function signBytes(input: string, algorithm: SigningAlgorithm, key: KeyObject): Promise<string> {
  const bytes = Buffer.from(input)
  const signature =
    algorithm === 'ES256'
      ? sign('sha256', bytes, { key, dsaEncoding: 'ieee-p1363' })
      : await signInPool('sha256', bytes, key)
  return signature.toString('base64url')
}

/** Every published key, bare and public (RFC 7517): what is active, what comes next, what still has live tokens. */
export async function publicJwks(): Promise<{ keys: JWK[] }> {
  return { keys: (await listPublishedKeys()).map((key) => key.publicJwk) }
}

/**
 * Verifies a JWT of our own: signature by kid, `typ` exactly as asked (an ID token never passes for an access token,
 * RFC 9068 §4), our issuer, the audience if one is given, and `exp` without tolerance. Revocation is not looked at.
 * `mayHaveExpired` is for hints, which open nothing: they count for a year, while their key is published.
 * @returns its claims, or undefined whatever is wrong
 */
export async function verifyOwnJwt(
  token: string,
  options: { readonly typ: string; readonly audience?: string; readonly mayHaveExpired?: boolean },
): Promise<JWTPayload | undefined> {
  const keys = await listPublishedKeys()
  const faults: unknown[] = []
  try {
    const { payload } = await jwtVerify(
      token,
      async (header) => {
        const key = keys.find((k) => k.kid === header.kid && k.algorithm === header.alg)
        if (!key) throw new errors.JWKSNoMatchingKey()
        return getVerifier(key).catch((fault: unknown) => {
          faults.push(fault)
          throw fault
        })
      },
      {
        algorithms: [...algorithms],
        issuer: config().issuer,
        typ: options.typ,
        currentDate: clock(),
        requiredClaims: ['exp'],
        ...(options.mayHaveExpired ? { clockTolerance: hintSeconds } : {}),
        ...(options.audience === undefined ? {} : { audience: options.audience }),
      },
    )
    return payload
  } catch (fault) {
    if (faults.includes(fault)) throw fault
    return undefined
  }
}

/** How long after its end a token still tells whom it was made for. */
const hintSeconds = 365 * 86_400

/** Makes sure that each algorithm has an active and a next key. Any number of processes may start at once. */
export async function ensureKeys(): Promise<void> {
  const at = clock()
  for (const algorithm of algorithms) {
    for (const status of ['active', 'next'] as const) {
      if (await db().signingKey.findFirst({ where: { algorithm, status }, select: { id: true } })) continue
      await insertKey(db(), algorithm, { status, pair: await generatePair(algorithm), now: at })
    }
  }
  forgetPublishedKeys()
  await lastingKey('subject')
}
