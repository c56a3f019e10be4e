import { z } from 'zod'
import type { BackendApp } from '@/lib/apps/apps'
import { parseApp } from '@/lib/apps/metadata'
import { config } from '@/lib/config/config'
import { hotQuery } from '@/lib/db/hot-query'
import { json } from '@/lib/http/json'
import { verifyAccessTokenOnce } from '@/lib/keys/verify-once'
import { now as clock } from '@/lib/time/clock'

/** A backend client that calls one of our own endpoints, or the refusal to answer it with. */
export type BackendCaller =
  | { readonly outcome: 'known'; readonly app: BackendApp }
  | { readonly outcome: 'refused'; readonly response: Response }

/**
 * Who calls with a Bearer token of ours (`aud` = issuer) that carries `scope`. Client and scope are read now: one that
 * was removed, paused or lost the scope is refused at once, whatever its token says (RFC 6750 §3).
 */
export async function findBackendCaller(request: Request, scope: string): Promise<BackendCaller> {
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (!token) return refuse(401, undefined, 'A Bearer token is needed.')
  const now = clock()
  const claims = await verifyAccessTokenOnce(token, now)
  const app = claims?.jti && claims.aud === config().issuer ? await findHolder(claims.jti, now) : undefined
  if (!claims || !app || app.id !== claims['client_id'])
    return refuse(401, 'invalid_token', 'The token is not good here.')
  const scopes = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : []
  if (!scopes.includes(scope) || !app.scopes.includes(scope))
    return refuse(403, 'insufficient_scope', `The scope ${scope} is needed.`)
  return { outcome: 'known', app }
}

const holderStatement = {
  name: 'backend-caller',
  text: `SELECT p.id, p.kind, p.name, p.metadata FROM access_token t JOIN app p ON p.id = t.app_id AND p.removed_at IS NULL
    WHERE t.jti = $1 AND t.revoked_at IS NULL AND t.expires_at > $2 AND t.grant_id IS NULL AND p.kind = 'backend'
      AND NOT EXISTS (SELECT 1 FROM stop s WHERE s.lifted_at IS NULL AND s.target = 'app' AND s.target_id = p.id)`,
}

/** The backend client that a token was issued to and still stands behind it, in one query. */
async function findHolder(jti: string, now: Date): Promise<BackendApp | undefined> {
  const { rows } = await hotQuery(holderStatement, [jti, now])
  const app = rows[0] && parseApp(appRow.parse(rows[0]))
  return app?.kind === 'backend' ? app : undefined
}

const appRow = z.object({ id: z.string(), kind: z.string(), name: z.string(), metadata: z.json() })

/** RFC 6750 §3: without a token no error code is named. */
function refuse(status: 401 | 403, error: string | undefined, description: string): BackendCaller {
  const challenge = error ? `Bearer error="${error}", error_description="${description}"` : 'Bearer'
  const body = { error: error ?? 'invalid_request', error_description: description }
  return { outcome: 'refused', response: json(body, status, { 'www-authenticate': challenge }) }
}
