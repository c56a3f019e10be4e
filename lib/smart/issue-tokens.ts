import { config } from '@/lib/config/config'
import { algorithmFor, claimsFor } from '@/lib/ehrs/claim-profiles'
import type { Ehr } from '@/lib/ehrs/ehrs'
import { json } from '@/lib/http/json'
import { signJwt } from '@/lib/keys/keys'
import { fhirUserOf, personAtRecord } from '@/lib/linking/fhir-user'
import { authenticationClaims, signIdToken } from '@/lib/smart/id-token'
import { contextMembers, type LaunchContext } from '@/lib/smart/launch-context'
import { hasPatientContext } from '@/lib/smart/scopes'
import { appOf, type Standing } from '@/lib/smart/standing'
import { subjectFor } from '@/lib/smart/subject'
import { type StatusClaim, statusClaim } from '@/lib/status-list/list-address'
import { epochSeconds } from '@/lib/time/clock'

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
  /** The visit that consented. */
  readonly sessionId: string | null
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
  const accessToken = await signAccessToken(issue)
  return json({
    access_token: accessToken,
    token_type: jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: Math.max(0, epochSeconds(expiresAt) - epochSeconds(now)),
    scope: scopes.join(' '),
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    ...(scopes.includes('openid') ? { id_token: await idTokenOf(issue, accessToken, now) } : {}),
    ...(hasPatientContext(scopes) ? { patient: standing.patientId } : {}),
    ...contextMembers(context),
  })
}

/** A JWT access token (RFC 9068) for one FHIR base. */
async function signAccessToken(issue: Issue): Promise<string> {
  const { standing, ehr, scopes, jti, issuedAt, expiresAt, jkt } = issue
  const claims = {
    iss: config().issuer,
    sub: await subjectFor(appOf(standing), standing.accountId),
    aud: ehr.appAudience,
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
  if (ehr.enforcement === 'gateway') return signJwt(claims, { algorithm: 'ES256', typ: 'at+jwt' })
  const told = claimsFor(ehr, { ...claims, ...enforcerClaims(issue) })
  return signJwt(told, { algorithm: algorithmFor(ehr), typ: 'at+jwt' })
}

/**
 * What an EHR that enforces by itself has to know at every call, whether the app asked to know it or not: whose chart,
 * as whom the person acts there, how they were proven to be who they are, and what for. Our gateway tells the same of
 * every call it makes.
 */
function enforcerClaims({ standing, ehr }: Issue): Readonly<Record<string, unknown>> {
  return {
    patient: standing.patientId,
    fhirUser: `${ehr.fhirBase}/${personAtRecord(standing)}`,
    link_level: standing.linkLevel,
    link_method: standing.linkMethod,
    purpose_of_use: 'PATRQT',
  }
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

function idTokenOf(issue: Issue, accessToken: string, now: Date): Promise<string> {
  const { standing, sessionId, authTime, acr, nonce } = issue
  const { accountId } = standing
  const told = { app: appOf(standing), accountId, sessionId, authTime, acr, nonce, accessToken }
  return signIdToken({ ...told, ...fhirUserClaim(issue) }, now)
}

/** Who acts, as an absolute URL, where this very token reads it. */
export function fhirUserClaim({
  scopes,
  ehr,
  standing,
}: Pick<Issue, 'scopes' | 'ehr'> & { readonly standing: Parameters<typeof fhirUserOf>[0] }): {
  readonly fhirUser?: string
} {
  return scopes.includes('fhirUser') ? { fhirUser: `${ehr.appBase}/${fhirUserOf(standing)}` } : {}
}
