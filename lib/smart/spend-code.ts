import { randomUUID } from 'node:crypto'
import { auditInsert, auditParameters } from '@/lib/audit/record'
import { sha256 } from '@/lib/crypto/digest'
import { currentKey } from '@/lib/crypto/keys'
import { hotQuery } from '@/lib/db/hot-query'
import type { Code } from '@/lib/smart/code-store'
import type { LaunchContext } from '@/lib/smart/launch-context'
import { standsCondition } from '@/lib/smart/standing'
import { refreshTokenExpiry } from '@/lib/smart/token-lifetimes'

type Spend = {
  readonly digest: Uint8Array
  readonly jti: string
  readonly refreshToken: string | undefined
  readonly expiresAt: Date
  readonly now: Date
  /** Of the key the access token is bound to. */
  readonly jkt: string | undefined
  /** The same, for an app without a credential of its own: the key is all that holds its refresh tokens (RFC 9449 §5). */
  readonly familyJkt: string | undefined
  /** What is told with the access token; the refresh family keeps all, for it is judged anew with each token. */
  readonly context: LaunchContext
}

const spendStatement = {
  name: 'spend-code',
  text: `
WITH spent AS (
  UPDATE authorization_code c SET spent_at = $2, family_id = $3, first_jti = $4
  WHERE c.digest = $1 AND c.spent_at IS NULL AND c.expires_at > $2 AND ${standsCondition('c.grant_id', '$2')}
  RETURNING c.grant_id, c.app_id, c.scopes, c.audience, c.auth_time, c.acr, c.context, c.session_id),
family AS (
  INSERT INTO refresh_family (id, grant_id, app_id, scopes, audience, auth_time, acr, context, dpop_jkt, session_id,
    created_at, expires_at)
  SELECT $3::uuid, grant_id, app_id, scopes, audience, auth_time, acr, context, $11::text, session_id, $2, $6
  FROM spent WHERE $3::uuid IS NOT NULL
  RETURNING id),
refresh AS (
  INSERT INTO refresh_token (digest, family_id, key_version, created_at, expires_at)
  SELECT $7::bytea, id, $8, $2, $9 FROM family),
access AS (
  INSERT INTO access_token (jti, grant_id, family_id, app_id, scopes, context, dpop_jkt, session_id, account_id,
    issued_at, expires_at)
  SELECT $4, s.grant_id, $3::uuid, s.app_id, s.scopes, $12::jsonb, $10::text, s.session_id, g.account_id, $2, $5
  FROM spent s JOIN "grant" g ON g.id = s.grant_id
  RETURNING status_number),
used AS (UPDATE "grant" SET last_used_at = $2 WHERE id = (SELECT grant_id FROM spent)),
audited AS (${auditInsert('spent', 13)})
SELECT status_number AS "statusNumber" FROM access`,
}

/** @returns the number of the first access token, or undefined when nothing was spent */
export async function spendCode(code: Code, spend: Spend): Promise<number | undefined> {
  const { digest, jti, refreshToken, expiresAt, now, jkt, familyJkt, context } = spend
  const { accountId, ehrId, patientId, appId, grantId, linkId, scopes } = code
  const { rows } = await hotQuery(spendStatement, [
    digest,
    now,
    refreshToken === undefined ? null : randomUUID(),
    jti,
    expiresAt,
    code.grantExpiresAt,
    refreshToken === undefined ? null : sha256(refreshToken),
    currentKey('refresh-derivation').version,
    refreshTokenExpiry(code.grantExpiresAt, now),
    jkt ?? null,
    familyJkt ?? null,
    JSON.stringify(context),
    ...auditParameters('authorization-code.exchanged', {
      actor: { kind: 'app', id: appId },
      about: { accountId, ehrId, patientId, appId, grantId, linkId },
      detail: { scopes, jti, offline: refreshToken !== undefined },
    }),
  ])
  return rows[0] && Number(rows[0]['statusNumber'])
}
