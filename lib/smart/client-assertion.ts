import { errors, importJWK, jwtVerify } from 'jose'
import type { App } from '@/lib/apps/apps'
import { findClientKeys } from '@/lib/apps/client-keys'
import { config } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import type { ReadAssertion } from '@/lib/smart/presented-credential'
import { addSeconds } from '@/lib/time/clock'

/** Algorithms of client assertions (SMART App Launch 2.2, asymmetric authentication): never none, HS* or RS256. */
export const assertionAlgorithms = ['ES384', 'RS384'] as const

/** An assertion lives at most five minutes; clients set exactly that, and clocks differ. */
const assertionSeconds = 300
const skewSeconds = 60

/** JWTs that are made for something else must not pass (RFC 8725 §3.11). */
const knownTypes = ['jwt', 'client-authentication+jwt']

/**
 * Proves an assertion and spends it (RFC 7523 §3; SMART App Launch 2.2, J2–J6). What can be told without its key is
 * looked at first, so that a stranger cannot make us fetch keys for nothing; its `jti` is spent last, when everything
 * is proven. @returns what is wrong, a word for our log; undefined when it is good
 */
export async function proveAssertion(app: App, read: ReadAssertion, now: Date): Promise<string | undefined> {
  const doubt = findDoubt(app, read, now)
  if (doubt) return doubt
  const wrong = await checkSignature(app, read, now)
  if (wrong) return wrong
  return (await spendJti(app, read)) ? undefined : 'jti'
}

function findDoubt(app: App, read: ReadAssertion, now: Date): string | undefined {
  const { header, claims } = read
  if (claims.sub !== app.id || claims.iss !== app.id) return 'iss-sub'
  const mistake = findMistake(read, now)
  if (mistake) return mistake
  if (header.jku !== undefined && header.jku !== app.jwksUri) return 'jku'
  return algorithmsOf(app).some((known) => known === header.alg) ? undefined : 'alg'
}

type Mistake = keyof typeof sentences

const sentences = {
  aud: 'aud of the assertion must be the address of the token endpoint or the issuer, as one string.',
  'exp-too-far': 'exp of the assertion is more than five minutes ahead.',
  expired: 'The assertion is expired: look at the clock.',
  'not-yet': 'nbf of the assertion lies ahead: look at the clock.',
  typ: 'typ of the assertion must be JWT, client-authentication+jwt, or left out.',
  alg: 'The assertion must be signed with ES384 or RS384.',
} as const

/** What is wrong whoever sent it. */
function findMistake({ header, claims }: ReadAssertion, now: Date): Mistake | undefined {
  const { issuer } = config()
  const seconds = now.getTime() / 1000
  // an array, another endpoint's address or a foreign server's would let the assertion be used elsewhere
  if (claims.aud !== issuer && claims.aud !== `${issuer}/oauth/token`) return 'aud'
  if (claims.exp > seconds + assertionSeconds + skewSeconds) return 'exp-too-far'
  if (claims.exp <= seconds - skewSeconds) return 'expired'
  if (claims.nbf !== undefined && claims.nbf > seconds + skewSeconds) return 'not-yet'
  if (header.typ !== undefined && !knownTypes.includes(header.typ.toLowerCase())) return 'typ'
  return assertionAlgorithms.some((known) => known === header.alg) ? undefined : 'alg'
}

/**
 * What its sender can mend in an assertion, in a sentence. It depends on the assertion and the clock alone, so that a
 * client which does not exist is told the same as one that does.
 */
export function sayMistake(read: ReadAssertion, now: Date): string | undefined {
  const mistake = findMistake(read, now)
  return mistake && sentences[mistake]
}

function algorithmsOf(app: App): readonly string[] {
  const pinned = app.kind === 'app' ? app.tokenEndpointAuthSigningAlg : undefined
  return pinned ? [pinned] : assertionAlgorithms
}

/** By the single key that fits `kid` and algorithm (SMART J6). Keys that stand in the header itself are not used. */
async function checkSignature(app: App, read: ReadAssertion, now: Date): Promise<string | undefined> {
  const { alg, kid } = read.header
  const family = alg === 'ES384' ? 'EC' : 'RSA'
  const [jwk, ...others] = (await findClientKeys(app, kid, now)).filter((key) => key.kty === family)
  if (!jwk || others.length > 0) return 'kid'
  try {
    await jwtVerify(read.token, await importJWK(jwk, alg), {
      algorithms: [alg],
      currentDate: now,
      clockTolerance: skewSeconds,
    })
    return undefined
  } catch (fault) {
    if (fault instanceof errors.JOSEError || fault instanceof TypeError || fault instanceof DOMException)
      return 'signature'
    throw fault
  }
}

/** Inserted if absent, and kept until it could not be used again anyway: of N parallel uses one wins. */
async function spendJti(app: App, { claims }: ReadAssertion): Promise<boolean> {
  const { count } = await db().assertionJti.createMany({
    data: [
      {
        digest: sha256(JSON.stringify([app.id, claims.jti])),
        expiresAt: addSeconds(new Date(claims.exp * 1000), skewSeconds),
      },
    ],
    skipDuplicates: true,
  })
  return count === 1
}
