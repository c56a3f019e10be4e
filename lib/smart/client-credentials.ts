import { randomUUID } from 'node:crypto'
import type { BackendApp } from '@/lib/apps/apps'
import { record } from '@/lib/audit/record'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { json } from '@/lib/http/json'
import { signJwt } from '@/lib/keys/keys'
import type { OAuthForm } from '@/lib/smart/endpoint'
import { OAuthError } from '@/lib/smart/oauth-error'
import { splitScopes } from '@/lib/smart/scopes'
import { isStopped } from '@/lib/stops/stops'
import { epochSeconds } from '@/lib/time/clock'

/** Life of a backend client's token (SMART App Launch 2.2, Backend Services: not over 300 s). */
const backendTokenSeconds = 300

/**
 * A token for a program that acts for itself, at our own endpoints: `aud` is the issuer, so no FHIR base accepts it.
 * Scopes are what was asked for and registered in so many words; no refresh token (SMART Backend Services).
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
  const jti = randomUUID()
  await db().$transaction(async (tx) => {
    if (await isStopped(tx, [['token-issue'], ['app', app.id]]))
      throw new OAuthError('temporarily_unavailable', 'Access is paused at the moment.')
    await record(tx, 'backend-token.issued', {
      actor: { kind: 'backend', id: app.id },
      about: { appId: app.id },
      detail: { scopes, jti },
    })
  })
  const iat = epochSeconds(now)
  const claims = {
    iss: issuer,
    sub: app.id,
    aud: issuer,
    client_id: app.id,
    iat,
    exp: iat + backendTokenSeconds,
    jti,
    scope: scopes.join(' '),
  }
  return json({
    access_token: await signJwt(claims, { algorithm: 'ES256', typ: 'at+jwt' }),
    token_type: 'bearer',
    expires_in: backendTokenSeconds,
    scope: scopes.join(' '),
  })
}
