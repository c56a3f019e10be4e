import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { PatientApp } from '@/lib/apps/apps'
import { auditInsert, auditParameters, record } from '@/lib/audit/record'
import { randomToken, sha256 } from '@/lib/crypto/digest'
import { currentKey } from '@/lib/crypto/keys'
import { db } from '@/lib/db/database'
import { hotQuery } from '@/lib/db/hot-query'
import { endGrant } from '@/lib/grants/grants'
import { requireAudience } from '@/lib/smart/audience'
import type { ProvenKey } from '@/lib/smart/dpop'
import { exchangeSignIn } from '@/lib/smart/exchange-sign-in'
import { tokenResponse } from '@/lib/smart/issue-tokens'
import {
  type LaunchContext,
  type ListTellable,
  launchContextSchema,
  tellableContext,
} from '@/lib/smart/launch-context'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { badCode, proveCode } from '@/lib/smart/prove-code'
import { isRenewable } from '@/lib/smart/scopes'
import {
  requireStanding,
  standingColumns,
  standingJoins,
  standingSchema,
  standsCondition,
} from '@/lib/smart/standing'
import { accessTokenExpiry, refreshTokenExpiry } from '@/lib/smart/token-lifetimes'

const codeSchema = standingSchema.extend({
  codeAppId: z.string(),
  redirectUri: z.string(),
  codeChallenge: z.string().nullable(),
  scopes: z.array(z.string()),
  nonce: z.string().nullable(),
  audience: z.string().nullable(),
  authTime: z.date().nullable(),
  acr: z.string().nullable(),
  context: launchContextSchema,
  dpopJkt: z.string().nullable(),
  sessionId: z.string(),
  failures: z.number(),
  expiresAt: z.date(),
  spentAt: z.date().nullable(),
})

type Code = Readonly<z.infer<typeof codeSchema>>

/**
 * Exchanges an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6). Client, redirect URI, verifier and key are proven first
 * and a failure spends nothing: a stranger who saw the code can neither use nor burn it. Then one statement spends it
 * and writes everything it produces. A second use that is fully proven ends what the first produced.
 */
export async function exchangeCode(
  form: OAuthForm,
  app: PatientApp,
  asked: {
    readonly now: Date
    readonly key: ProvenKey | undefined
    readonly listTellable: ListTellable
  },
): Promise<Response> {
  const { now } = asked
  const jkt = asked.key?.jkt
  const presented = form.get('code')
  if (presented === undefined) throw new OAuthError('invalid_request', 'code is required.')
  const digest = sha256(presented)
  const code = await findCode(digest)
  // a code that stands on no grant tells who signed in, or is none of ours
  if (!code) return exchangeSignIn({ digest, form, app, now, jkt })
  if (!code.spentAt && code.expiresAt <= now) throw badCode('expired')
  await proveCode(code, { digest, form, app, now, jkt })
  if (code.spentAt) return refuseSecondUse(code, now)
  const ehr = requireStanding(code, now)
  requireAudience(form, ehr)
  const refreshToken = isRenewable(code.scopes) ? randomToken() : undefined
  const jti = randomUUID()
  const familyJkt = app.tokenEndpointAuthMethod === 'none' ? jkt : undefined
  const expiresAt = accessTokenExpiry(code.grantExpiresAt, now)
  const { scopes, authTime, acr, nonce, sessionId } = code
  const toBe = { standing: code, scopes, authTime, acr, now }
  const context = await tellableContext(code.context, toBe, asked.listTellable)
  const spend = { digest, jti, refreshToken, expiresAt, now, jkt, familyJkt, context }
  const statusNumber = await spendCode(code, spend)
  if (statusNumber === undefined) {
    const again = await findCode(digest)
    if (again?.spentAt) return refuseSecondUse(again, now)
    throw badCode('ended-meanwhile')
  }
  const issue = {
    standing: code,
    ehr,
    scopes,
    jti,
    issuedAt: now,
    expiresAt,
    statusNumber,
    authTime,
    acr,
    context,
    nonce,
    sessionId,
    refreshToken,
    jkt,
  }
  return tokenResponse(issue, now)
}

const findStatement = {
  name: 'code',
  text: `SELECT c.app_id AS "codeAppId", c.redirect_uri AS "redirectUri", c.code_challenge AS "codeChallenge",
  c.scopes AS "scopes", c.nonce AS "nonce", c.audience AS "audience", c.auth_time AS "authTime", c.acr AS "acr", c.context AS "context", c.dpop_jkt AS "dpopJkt", c.session_id AS "sessionId",
  c.failures AS "failures", c.expires_at AS "expiresAt", c.spent_at AS "spentAt", ${standingColumns}
FROM authorization_code c JOIN "grant" g ON g.id = c.grant_id ${standingJoins} WHERE c.digest = $1`,
}

async function findCode(digest: Uint8Array): Promise<Code | undefined> {
  const { rows } = await hotQuery(findStatement, [digest])
  return rows[0] ? codeSchema.parse(rows[0]) : undefined
}

async function refuseSecondUse(code: Code, now: Date): Promise<never> {
  const actor = { kind: 'app', id: code.appId } as const
  await db().$transaction(async (tx) => {
    if (!(await endGrant(tx, code.grantId, { why: 'code-replayed', actor, now }))) return
    const { accountId, ehrId, appId, grantId, linkId } = code
    await record(tx, 'authorization-code.replayed', {
      actor,
      outcome: 'refused',
      about: { accountId, ehrId, appId, grantId, linkId },
      detail: {},
    })
  })
  throw badCode('replayed')
}

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
async function spendCode(code: Code, spend: Spend): Promise<number | undefined> {
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
