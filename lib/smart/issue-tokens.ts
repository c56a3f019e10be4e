import { isAcr } from '@/lib/config/acr-values'
import { config } from '@/lib/config/config'
import type { Ehr } from '@/lib/ehrs/ehrs'
import { json } from '@/lib/http/json'
import { amrOf } from '@/lib/identity/assurance'
import { signJwt } from '@/lib/keys/keys'
import { fhirUserOf } from '@/lib/linking/fhir-user'
import { contextMembers, type LaunchContext } from '@/lib/smart/launch-context'
import { hasPatientContext } from '@/lib/smart/scopes'
import type { Standing } from '@/lib/smart/standing'
import { type StatusClaim, statusClaim } from '@/lib/status-list/list-address'
import { epochSeconds } from '@/lib/time/clock'

/** Life of an ID token: long enough to be verified, which an app does once. */
const idTokenSeconds = 900

/** A token of so short a life has ended before a status list could tell. */
const withoutStatusSeconds = 60

/** What tokens are made from. The same values always give the same claims: a repeated refresh is answered again. */
export type Issue = {
  readonly standing: Standing
  readonly ehr: Ehr
  /** Of the access token: all of the grant, or fewer if the app asked for fewer. */
  readonly scopes: readonly string[]
  readonly jti: string
  readonly issuedAt: Date
  /** Of the access token. */
  readonly expiresAt: Date
  /** Where the access token stands in a status list. */
  readonly statusNumber: number
  /** Null: nobody knows when the person authenticated. */
  readonly authTime: Date | null
  readonly acr: string | null
  readonly context: LaunchContext
  readonly nonce?: string | null
  readonly refreshToken?: string | undefined
  /** Thumbprint of the key the access token is bound to (RFC 9449 §6). */
  readonly jkt: string | undefined
}

/**
 * The token response (RFC 6749 §5.1; SMART App Launch 2.2: launch context beside the token, `scope` always, no cache).
 * Everything was written before this signs.
 */
export async function tokenResponse(issue: Issue, now: Date): Promise<Response> {
  const { scopes, standing, expiresAt, refreshToken, context, jkt } = issue
  return json({
    access_token: await signAccessToken(issue),
    token_type: jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: Math.max(0, epochSeconds(expiresAt) - epochSeconds(now)),
    scope: scopes.join(' '),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(scopes.includes('openid') ? { id_token: await signIdToken(issue, now) } : {}),
    ...(hasPatientContext(scopes) ? { patient: standing.patientId } : {}),
    ...contextMembers(context),
  })
}

/** A JWT access token (RFC 9068) for one FHIR base. */
function signAccessToken(issue: Issue): Promise<string> {
  const { standing, ehr, scopes, jti, issuedAt, expiresAt, jkt } = issue
  const claims = {
    iss: config().issuer,
    sub: standing.accountId,
    aud: ehr.gatewayBase,
    client_id: standing.appId,
    iat: epochSeconds(issuedAt),
    exp: epochSeconds(expiresAt),
    jti,
    scope: scopes.join(' '),
    ...(hasPatientContext(scopes) ? { patient: standing.patientId } : {}),
    ...fhirUserClaim(issue),
    ...authenticationClaims(issue),
    ...(jkt === undefined ? {} : { cnf: { jkt } }),
    ...statusMember(issue),
  }
  return signJwt(claims, { algorithm: 'ES256', typ: 'at+jwt' })
}

/** Where an EHR that enforces by itself learns that a token has ended before its time (Token Status List §6.1). */
export function statusMember(token: {
  readonly issuedAt: Date
  readonly expiresAt: Date
  readonly statusNumber: number
}): { readonly status?: StatusClaim } {
  const { issuedAt, expiresAt, statusNumber } = token
  const life = epochSeconds(expiresAt) - epochSeconds(issuedAt)
  return life > withoutStatusSeconds ? { status: statusClaim(statusNumber, issuedAt) } : {}
}

/**
 * An ID token (OpenID Connect Core §2), RS256 because SMART requires it. `sub` is the account's own random id: it says
 * nothing of the record. After a refresh: same sub, aud and auth_time, new iat, no nonce (§12.2).
 */
function signIdToken(issue: Issue, now: Date): Promise<string> {
  const { standing, nonce } = issue
  const claims = {
    iss: config().issuer,
    sub: standing.accountId,
    aud: standing.appId,
    iat: epochSeconds(now),
    exp: epochSeconds(now) + idTokenSeconds,
    ...authenticationClaims(issue),
    ...(nonce ? { nonce } : {}),
    ...fhirUserClaim(issue),
  }
  return signJwt(claims, { algorithm: 'RS256', typ: 'JWT' })
}

/** What is known of the authentication: when, how strong (RFC 9470 §6), by what means (RFC 8176). */
function authenticationClaims({ authTime, acr }: Issue): Readonly<Record<string, unknown>> {
  const known = acr !== null && isAcr(acr) ? acr : undefined
  const amr = known ? amrOf(known) : []
  return {
    ...(authTime === null ? {} : { auth_time: epochSeconds(authTime) }),
    ...(known ? { acr: known } : {}),
    ...(amr.length > 0 ? { amr } : {}),
  }
}

/** Who acts, as an absolute URL at the gateway, where this very token reads it. */
function fhirUserClaim({ scopes, ehr, standing }: Issue): { readonly fhirUser?: string } {
  return scopes.includes('fhirUser') ? { fhirUser: `${ehr.gatewayBase}/${fhirUserOf(standing)}` } : {}
}
