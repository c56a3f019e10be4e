import { createHash } from 'node:crypto'
import type { PatientApp } from '@/lib/apps/apps'
import { isAcr } from '@/lib/config/acr-values'
import { config } from '@/lib/config/config'
import { amrOf } from '@/lib/identity/assurance'
import { signJwt } from '@/lib/keys/keys'
import { subjectFor, visitFor } from '@/lib/smart/subject'
import { epochSeconds } from '@/lib/time/clock'

/** Life of an ID token, in seconds: it is for the moment of signing in. */
const idTokenSeconds = 900

/** What an ID token says, and to whom. */
export type IdTokenClaims = {
  readonly app: Pick<PatientApp, 'id' | 'subjectType' | 'idTokenSignedResponseAlg'>
  readonly accountId: string
  /** The visit it comes from; null when that is not known any more. */
  readonly sessionId: string | null
  readonly authTime: Date | null
  readonly acr: string | null
  /** As the app sent it, at the first exchange only. */
  readonly nonce?: string | null | undefined
  readonly fhirUser?: string | undefined
  /** The access token given with it. */
  readonly accessToken: string
}

/**
 * An ID token (OpenID Connect Core §2), RS256 unless the app registered otherwise (X3; SMART requires RS256). After a
 * refresh: same sub, aud, sid and auth_time, new iat, no nonce (§12.2).
 */
export async function signIdToken(told: IdTokenClaims, now: Date): Promise<string> {
  const { app, accountId, sessionId, authTime, acr, nonce, fhirUser, accessToken } = told
  const claims = {
    iss: config().issuer,
    sub: await subjectFor(app, accountId),
    aud: app.id,
    iat: epochSeconds(now),
    exp: epochSeconds(now) + idTokenSeconds,
    at_hash: createHash('sha256').update(accessToken).digest().subarray(0, 16).toString('base64url'),
    ...(sessionId === null ? {} : { sid: await visitFor(app, sessionId) }),
    ...authenticationClaims({ authTime, acr }),
    ...(nonce ? { nonce } : {}),
    ...(fhirUser === undefined ? {} : { fhirUser }),
  }
  return signJwt(claims, { algorithm: app.idTokenSignedResponseAlg, typ: 'JWT' })
}

/** What is known of the authentication: when, how strong (RFC 9470 §6), by what means (RFC 8176). */
export function authenticationClaims({
  authTime,
  acr,
}: Pick<IdTokenClaims, 'authTime' | 'acr'>): Readonly<Record<string, unknown>> {
  const known = acr !== null && isAcr(acr) ? acr : undefined
  const amr = known ? amrOf(known) : []
  return {
    ...(authTime === null ? {} : { auth_time: epochSeconds(authTime) }),
    ...(known ? { acr: known } : {}),
    ...(amr.length > 0 ? { amr } : {}),
  }
}
