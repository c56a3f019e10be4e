import { createLocalJWKSet, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import type { BackendApp } from '@/lib/apps/apps'
import { findClientKeys } from '@/lib/apps/client-keys'
import { config } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import type { Tx } from '@/lib/db/database'
import { addSeconds } from '@/lib/time/clock'

/** `typ` of the JWT in which a portal vouches for a person: no client assertion passes for one, and none for it. */
export const personAssertionType = 'person-assertion+jwt'

/** An assertion lives at most five minutes; clocks differ. */
const assertionSeconds = 300
const skewSeconds = 60

const claimsSchema = z.object({
  iss: z.string(),
  aud: z.string(),
  exp: z.number(),
  jti: z.string().min(1).max(500),
  /** The person at the provider both use (RFC 9493 §3.2.3). */
  sub_id: z.object({
    format: z.literal('iss_sub'),
    iss: z.string().regex(/^[\x21-\x7e]{1,200}$/),
    sub: z.string().regex(/^[\x20-\x7e]{1,255}$/),
  }),
  app: z.string(),
  ehr: z.string(),
  patient: z.string(),
  auth_time: z.number().int().min(0).max(100_000_000_000).optional(),
})

/** Whom a portal vouches for. `spend` is done in the transaction of what the assertion is used for. */
export type VouchedPerson = {
  readonly issuer: string
  readonly subject: string
  readonly authTime?: Date
  readonly jti: string
  readonly expiresAt: Date
}

/**
 * Reads a portal's word for a person: a JWT by one of the portal's registered keys, for this server's `/launch` alone,
 * five minutes, for exactly the app, EHR and patient of the order, about a person of an issuer this portal may vouch
 * for. @returns undefined whatever is wrong
 */
export async function verifyPersonAssertion(
  assertion: string,
  portal: BackendApp,
  order: { readonly app: string; readonly ehr: string; readonly patient: string; readonly now: Date },
): Promise<VouchedPerson | undefined> {
  const claims = claimsSchema.safeParse(await verifySignature(assertion, portal, order.now))
  if (!claims.success) return undefined
  const { aud, exp, jti, sub_id: person, auth_time: authTime, ...said } = claims.data
  if (aud !== `${config().issuer}/launch`) return undefined
  if (exp > order.now.getTime() / 1000 + assertionSeconds + skewSeconds) return undefined
  if (said.app !== order.app || said.ehr !== order.ehr || said.patient !== order.patient) return undefined
  if (!portal.vouchesFor.includes(person.iss)) return undefined
  const since = authTime === undefined ? undefined : new Date(authTime * 1000)
  if (since && since > addSeconds(order.now, skewSeconds)) return undefined
  return {
    issuer: person.iss,
    subject: person.sub,
    ...(since ? { authTime: since } : {}),
    jti,
    expiresAt: addSeconds(new Date(exp * 1000), skewSeconds),
  }
}

/** Spends an assertion: inserted if absent, so that of N parallel uses one wins. @returns false when it was used before */
export async function spendPersonAssertion(
  tx: Tx,
  portal: BackendApp,
  person: VouchedPerson,
): Promise<boolean> {
  const digest = sha256(JSON.stringify([personAssertionType, portal.id, person.jti]))
  const { count } = await tx.assertionJti.createMany({
    data: [{ digest, expiresAt: person.expiresAt }],
    skipDuplicates: true,
  })
  return count === 1
}

async function verifySignature(
  assertion: string,
  portal: BackendApp,
  now: Date,
): Promise<JWTPayload | undefined> {
  try {
    const { kid } = decodeProtectedHeader(assertion)
    if (kid === undefined) return undefined
    const keys = createLocalJWKSet({ keys: [...(await findClientKeys(portal, kid, now))] })
    const { payload } = await jwtVerify(assertion, keys, {
      algorithms: ['ES384', 'RS384'],
      issuer: portal.id,
      typ: personAssertionType,
      currentDate: now,
      clockTolerance: skewSeconds,
      requiredClaims: ['exp', 'jti', 'aud'],
    })
    return payload
  } catch (fault) {
    if (fault instanceof errors.JOSEError || fault instanceof TypeError) return undefined
    throw fault
  }
}
