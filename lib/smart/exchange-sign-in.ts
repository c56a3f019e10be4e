import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { PatientApp } from '@/lib/apps/apps'
import { auditInsert, auditParameters, record } from '@/lib/audit/record'
import { config } from '@/lib/config/config'
import { db, pool } from '@/lib/db/database'
import { endSignInGrant } from '@/lib/grants/sign-in-grants'
import { json } from '@/lib/http/json'
import { signJwt } from '@/lib/keys/keys'
import { authenticationClaims, signIdToken } from '@/lib/smart/id-token'
import { OAuthError } from '@/lib/smart/oauth-error'
import { badCode, type PresentedCode, proveCode } from '@/lib/smart/prove-code'
import { subjectFor } from '@/lib/smart/subject'
import { isStopped } from '@/lib/stops/stops'
import { addSeconds, epochSeconds } from '@/lib/time/clock'

const codeSchema = z.object({
  codeAppId: z.string(),
  redirectUri: z.string(),
  codeChallenge: z.string().nullable(),
  dpopJkt: z.string().nullable(),
  failures: z.number(),
  nonce: z.string().nullable(),
  sessionId: z.string(),
  authTime: z.date().nullable(),
  acr: z.string().nullable(),
  expiresAt: z.date(),
  spentAt: z.date().nullable(),
  signInGrantId: z.string(),
  accountId: z.string(),
  isAlive: z.boolean(),
})

type SignInCode = Readonly<z.infer<typeof codeSchema>>

/** Audience of a token that opens userinfo and nothing else: no FHIR base and no other endpoint of ours accepts it. */
function userinfoAudience(): string {
  return `${config().issuer}/oauth/userinfo`
}

/**
 * Exchanges a code that only tells who signed in: an ID token, and an access token for userinfo. By the rules of every
 * code: proven before spent, spent by one statement, a second use ends what the first gave. No refresh token, for there
 * is nothing to read later.
 */
export async function exchangeSignIn(presented: PresentedCode): Promise<Response> {
  const { digest, form, app, now, jkt } = presented
  const code = await findSignInCode(digest, now)
  if (!code) throw badCode('unknown')
  if (!code.spentAt && code.expiresAt <= now) throw badCode('expired')
  await proveCode(code, presented)
  if (code.spentAt) return refuseSecondUse(code, now)
  if (await isStopped(db(), [['token-issue'], ['app', app.id]]))
    throw new OAuthError('temporarily_unavailable', 'Access is paused at the moment.')
  if (!code.isAlive) throw badCode('ended-meanwhile')
  const resource = form.get('resource')
  if (resource !== undefined && resource !== userinfoAudience())
    throw new OAuthError('invalid_target', 'resource is not what was authorized.')
  const jti = randomUUID()
  if (!(await spend(code, { digest, jti, now, jkt }))) {
    const again = await findSignInCode(digest, now)
    if (again?.spentAt) return refuseSecondUse(again, now)
    throw badCode('ended-meanwhile')
  }
  return answer(code, app, { jti, now, jkt })
}

/** With `$2` the moment. */
const aliveCondition = `g.ended_at IS NULL AND g.expires_at > $2 AND a.ended_at IS NULL AND p.removed_at IS NULL`

async function findSignInCode(digest: Uint8Array, now: Date): Promise<SignInCode | undefined> {
  const { rows } = await pool().query(
    `SELECT c.app_id AS "codeAppId", c.redirect_uri AS "redirectUri", c.code_challenge AS "codeChallenge",
       c.dpop_jkt AS "dpopJkt", c.failures AS "failures", c.nonce AS "nonce", c.session_id AS "sessionId",
       c.auth_time AS "authTime", c.acr AS "acr", c.expires_at AS "expiresAt", c.spent_at AS "spentAt",
       g.id AS "signInGrantId", g.account_id AS "accountId", (${aliveCondition}) AS "isAlive"
     FROM authorization_code c JOIN sign_in_grant g ON g.id = c.sign_in_grant_id
     JOIN account a ON a.id = g.account_id JOIN app p ON p.id = g.app_id WHERE c.digest = $1`,
    [digest, now],
  )
  return rows[0] ? codeSchema.parse(rows[0]) : undefined
}

const spendStatement = `
WITH spent AS (
  UPDATE authorization_code c SET spent_at = $2, first_jti = $3
  WHERE c.digest = $1 AND c.spent_at IS NULL AND c.expires_at > $2 AND EXISTS (
    SELECT 1 FROM sign_in_grant g JOIN account a ON a.id = g.account_id JOIN app p ON p.id = g.app_id
    WHERE g.id = c.sign_in_grant_id AND ${aliveCondition})
  RETURNING c.sign_in_grant_id, c.app_id, c.scopes, c.session_id),
access AS (
  INSERT INTO access_token (jti, sign_in_grant_id, app_id, scopes, dpop_jkt, session_id, account_id, issued_at, expires_at)
  SELECT $3, s.sign_in_grant_id, s.app_id, s.scopes, $4::text, s.session_id, $5::uuid, $2, $6 FROM spent s),
used AS (UPDATE sign_in_grant SET last_used_at = $2 WHERE id = (SELECT sign_in_grant_id FROM spent)),
audited AS (${auditInsert('spent', 7)})
SELECT count(*)::int AS spent FROM spent`

async function spend(
  code: SignInCode,
  made: Pick<PresentedCode, 'digest' | 'now' | 'jkt'> & { readonly jti: string },
): Promise<boolean> {
  const { digest, now, jkt, jti } = made
  const { rows } = await pool().query<{ spent: number }>(spendStatement, [
    digest,
    now,
    jti,
    jkt ?? null,
    code.accountId,
    addSeconds(now, config().tokens.accessTokenSeconds),
    ...auditParameters('sign-in-code.exchanged', {
      actor: { kind: 'app', id: code.codeAppId },
      about: { accountId: code.accountId, appId: code.codeAppId },
      detail: { jti },
    }),
  ])
  return rows[0]?.spent === 1
}

async function answer(
  code: SignInCode,
  app: PatientApp,
  made: { readonly jti: string; readonly now: Date; readonly jkt: string | undefined },
): Promise<Response> {
  const { accountId, authTime, acr, nonce, sessionId } = code
  const { jti, now, jkt } = made
  const accessToken = await signJwt(
    {
      iss: config().issuer,
      sub: await subjectFor(app, accountId),
      aud: userinfoAudience(),
      client_id: app.id,
      iat: epochSeconds(now),
      exp: epochSeconds(now) + config().tokens.accessTokenSeconds,
      jti,
      scope: 'openid',
      ...authenticationClaims({ authTime, acr }),
      ...(jkt === undefined ? {} : { cnf: { jkt } }),
    },
    { algorithm: 'ES256', typ: 'at+jwt' },
  )
  return json({
    access_token: accessToken,
    token_type: jkt === undefined ? 'Bearer' : 'DPoP',
    expires_in: config().tokens.accessTokenSeconds,
    scope: 'openid',
    id_token: await signIdToken({ app, accountId, sessionId, authTime, acr, nonce, accessToken }, now),
  })
}

async function refuseSecondUse(code: SignInCode, now: Date): Promise<never> {
  const { accountId, codeAppId: appId, signInGrantId } = code
  const actor = { kind: 'app', id: appId } as const
  await db().$transaction(async (tx) => {
    const ended = await endSignInGrant(tx, signInGrantId, { why: 'code-replayed', accountId, actor, now })
    if (!ended) return
    const about = { accountId, appId }
    await record(tx, 'sign-in-code.replayed', { actor, outcome: 'refused', about, detail: {} })
  })
  throw badCode('replayed')
}
