import { randomUUID } from 'node:crypto'
import type { BackendApp } from '@/lib/apps/apps'
import { auditInsert, auditParameters } from '@/lib/audit/record'
import { config } from '@/lib/config/config'
import { pool } from '@/lib/db/database'
import { json } from '@/lib/http/json'
import { signJwt } from '@/lib/keys/keys'
import { statusMember } from '@/lib/smart/issue-tokens'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { splitScopes } from '@/lib/smart/scopes'
import { addSeconds, epochSeconds } from '@/lib/time/clock'

/** Life of a backend client's token (SMART App Launch 2.2, Backend Services: not over 300 s). */
const backendTokenSeconds = 300

/**
 * A token for a program that acts for itself, at our own endpoints: `aud` is the issuer, so no FHIR base accepts it.
 * Scopes are what was asked for and registered in so many words; no refresh token (SMART Backend Services). It is
 * written down as an app's is, so that it can be given back, ended and asked about.
 */
export async function issueBackendToken(form: OAuthForm, app: BackendApp, now: Date): Promise<Response> {
  const asked = form.get('scope')
  if (asked === undefined) throw new OAuthError('invalid_scope', 'scope is required.')
  const scopes = splitScopes(asked).filter((scope) => app.scopes.includes(scope))
  if (scopes.length === 0)
    throw new OAuthError('invalid_scope', 'None of the scopes is registered for this client.')
  const { issuer } = config()
  const resource = form.get('resource')
  if (resource !== undefined && resource !== issuer)
    throw new OAuthError('invalid_target', 'resource must be the issuer.')
  const issue = {
    app,
    scopes,
    jti: randomUUID(),
    issuedAt: now,
    expiresAt: addSeconds(now, backendTokenSeconds),
  }
  const statusNumber = await writeToken(issue)
  if (statusNumber === undefined)
    throw new OAuthError('temporarily_unavailable', 'Access is paused at the moment.')
  const claims = {
    iss: issuer,
    sub: app.id,
    aud: issuer,
    client_id: app.id,
    iat: epochSeconds(now),
    exp: epochSeconds(issue.expiresAt),
    jti: issue.jti,
    scope: scopes.join(' '),
    ...statusMember({ ...issue, statusNumber }),
  }
  return json({
    access_token: await signJwt(claims, { algorithm: 'ES256', typ: 'at+jwt' }),
    token_type: 'bearer',
    expires_in: backendTokenSeconds,
    scope: scopes.join(' '),
  })
}

type Issue = {
  readonly app: BackendApp
  readonly scopes: readonly string[]
  readonly jti: string
  readonly issuedAt: Date
  readonly expiresAt: Date
}

const writeStatement = `
WITH issued AS (
  INSERT INTO access_token (jti, app_id, scopes, issued_at, expires_at)
  SELECT $1, p.id, $3::text[], $4, $5 FROM app p
  WHERE p.id = $2 AND p.removed_at IS NULL AND NOT EXISTS (SELECT 1 FROM stop s WHERE s.lifted_at IS NULL
    AND (s.target = 'token-issue' OR (s.target = 'app' AND s.target_id = p.id)))
  RETURNING status_number),
audited AS (${auditInsert('issued', 6)})
SELECT status_number AS "statusNumber" FROM issued`

/** @returns the token's number, or undefined while the client is paused */
async function writeToken({ app, scopes, jti, issuedAt, expiresAt }: Issue): Promise<number | undefined> {
  const { rows } = await pool().query<{ statusNumber: string }>(writeStatement, [
    jti,
    app.id,
    [...scopes],
    issuedAt,
    expiresAt,
    ...auditParameters('backend-token.issued', {
      actor: { kind: 'backend', id: app.id },
      about: { appId: app.id },
      detail: { scopes: [...scopes], jti },
    }),
  ])
  return rows[0] && Number(rows[0].statusNumber)
}
