import { auditInsert, auditParameters } from '@/lib/audit/record'
import { hmac, sha256 } from '@/lib/crypto/digest'
import { currentKey } from '@/lib/crypto/keys'
import { hotQuery } from '@/lib/db/hot-query'
import type { LinkLook } from '@/lib/journeys/recheck-link'
import type { LaunchContext } from '@/lib/smart/launch-context'
import type { RefreshRequest } from '@/lib/smart/refresh-request'
import { standsCondition, visitCondition } from '@/lib/smart/standing'
import { refreshTokenExpiry } from '@/lib/smart/token-lifetimes'

/** A link that the EHR was asked about and that holds. */
export type GoodLook = Extract<LinkLook, { outcome: 'good' }>

/** Link before grant, as whoever ends a link locks them. */
const spendStatement = {
  name: 'spend-refresh',
  text: `
WITH spent AS (
  UPDATE refresh_token t SET spent_at = $2, request_digest = $3, successor_digest = $4, key_version = $5,
    successor_jti = $6, successor_iat = $2, successor_exp = $7
  FROM refresh_family f
  WHERE t.digest = $1 AND t.spent_at IS NULL AND t.expires_at > $2
    AND f.id = t.family_id AND f.ended_at IS NULL AND ${visitCondition('$2')}
    AND ${standsCondition('f.grant_id', '$2')}
  RETURNING t.family_id, f.grant_id, f.app_id, f.session_id),
successor AS (
  INSERT INTO refresh_token (digest, family_id, parent_digest, key_version, created_at, expires_at)
  SELECT $4::bytea, family_id, $1::bytea, $5, $2, $8 FROM spent),
access AS (
  INSERT INTO access_token (jti, grant_id, family_id, app_id, scopes, context, dpop_jkt, session_id, account_id,
    issued_at, expires_at)
  SELECT $6, s.grant_id, s.family_id, s.app_id, $9::text[], $14::jsonb, $10::text, s.session_id, g.account_id, $2, $7
  FROM spent s JOIN "grant" g ON g.id = s.grant_id
  RETURNING status_number),
looked AS (UPDATE link SET checked_at = $2, candidate_version = $11, demographics_digest = COALESCE($12::bytea, demographics_digest)
  WHERE id = $13::uuid AND status = 'active' AND EXISTS (SELECT 1 FROM spent) RETURNING id),
used AS (UPDATE "grant" SET last_used_at = $2
  WHERE id = (SELECT grant_id FROM spent) AND (SELECT count(*) FROM looked) >= 0),
audited AS (${auditInsert('spent', 15)})
SELECT status_number AS "statusNumber" FROM access`,
}

/** What a refresh token is to be replaced by, and what is to be noted with it. */
export type Successor = {
  readonly jti: string
  readonly successor: string
  readonly expiresAt: Date
  /** What nothing may outlive: the grant's end or the proxy's. */
  readonly until: Date
  readonly look: GoodLook
  /** What is told with the new access token of the launch. */
  readonly context: LaunchContext
}

/**
 * Spends a refresh token and writes its successor, the access token, what was seen of the link and the audit row, in one
 * statement that looks again whether everything behind it is alive.
 * @returns the number of the new access token, or undefined when nothing was spent
 */
export async function spendRefresh(
  asked: RefreshRequest,
  { jti, successor, expiresAt, until, look, context }: Successor,
): Promise<number | undefined> {
  const { stored, digest, sameness, scopes, now, jkt } = asked
  const { accountId, ehrId, patientId, appId, grantId, linkId } = stored
  const { rows } = await hotQuery(spendStatement, [
    digest,
    now,
    sameness,
    sha256(successor),
    currentKey('refresh-derivation').version,
    jti,
    expiresAt,
    refreshTokenExpiry(until, now),
    [...scopes],
    jkt ?? null,
    look.candidateVersion,
    look.demographicsDigest ?? null,
    linkId,
    JSON.stringify(context),
    ...auditParameters('refresh.exchanged', {
      actor: { kind: 'app', id: appId },
      about: { accountId, ehrId, patientId, appId, grantId, linkId },
      detail: { scopes: [...scopes], jti },
    }),
  ])
  return rows[0] && Number(rows[0]['statusNumber'])
}

/** The token that follows one: always the same, known to nobody without our key. */
export function successorOf(presented: string, key: Uint8Array): string {
  return Buffer.from(hmac(`refresh:${presented}`, key)).toString('base64url')
}
