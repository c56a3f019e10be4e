import { type BackendApp, findApp } from '@/lib/apps/apps'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { json } from '@/lib/http/json'
import { verifyOwnJwt } from '@/lib/keys/keys'
import { isStopped } from '@/lib/stops/stops'

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
  const claims = await verifyOwnJwt(token, { typ: 'at+jwt', audience: config().issuer })
  const id = typeof claims?.['client_id'] === 'string' ? claims['client_id'] : undefined
  if (!claims || !id) return refuse(401, 'invalid_token', 'The token is not good here.')
  const app = await findApp(db(), id)
  if (app?.kind !== 'backend' || (await isStopped(db(), [['app', id]])))
    return refuse(401, 'invalid_token', 'The token is not good here.')
  if (!(await isAlive(claims.jti, id))) return refuse(401, 'invalid_token', 'The token is not good here.')
  const scopes = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : []
  if (!scopes.includes(scope) || !app.scopes.includes(scope))
    return refuse(403, 'insufficient_scope', `The scope ${scope} is needed.`)
  return { outcome: 'known', app }
}

/** Whether a token was issued to this client and was not given back or ended since. */
async function isAlive(jti: string | undefined, appId: string): Promise<boolean> {
  if (jti === undefined) return false
  const found = await db().accessToken.findFirst({
    where: { jti, appId, revokedAt: null },
    select: { jti: true },
  })
  return found !== null
}

/** RFC 6750 §3: without a token no error code is named. */
function refuse(status: 401 | 403, error: string | undefined, description: string): BackendCaller {
  const challenge = error ? `Bearer error="${error}", error_description="${description}"` : 'Bearer'
  const body = { error: error ?? 'invalid_request', error_description: description }
  return { outcome: 'refused', response: json(body, status, { 'www-authenticate': challenge }) }
}
