import type { JWTPayload } from 'jose'
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

/** The token a caller came with, its signature checked. Nothing that stands behind it was read. */
export type CallerClaim = { readonly outcome: 'claimed'; readonly jti: string; readonly claims: JWTPayload }

/**
 * Who calls with a Bearer token of ours (`aud` = issuer) that carries `scope`. Client and scope are read now: one that
 * was removed, paused or lost the scope is refused at once, whatever its token says (RFC 6750 §3).
 */
export async function findBackendCaller(request: Request, scope: string): Promise<BackendCaller> {
  const now = clock()
  const claim = await claimCaller(request, now)
  if (claim.outcome === 'refused') return claim
  const { rows } = await hotQuery(holderStatement, [claim.jti, now])
  return judgeCaller(claim, rows[0]?.['holder'], scope)
}

/** The first half of `findBackendCaller`, for an endpoint that reads the holder together with what it is asked for. */
export async function claimCaller(
  request: Request,
  now: Date,
): Promise<CallerClaim | Extract<BackendCaller, { readonly outcome: 'refused' }>> {
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (!token) return refuse(401, undefined, 'A Bearer token is needed.')
  const claims = await verifyAccessTokenOnce(token, now)
  if (!claims?.jti || claims.aud !== config().issuer) return refuse(401, 'invalid_token', notGood)
  return { outcome: 'claimed', jti: claims.jti, claims }
}

/** The second half: `holder` is what `holderOf` read for the claimed token. */
export function judgeCaller({ claims }: CallerClaim, holder: unknown, scope: string): BackendCaller {
  const app = holder === null || holder === undefined ? undefined : parseApp(holderSchema.parse(holder))
  if (app?.kind !== 'backend' || app.id !== claims['client_id']) return refuse(401, 'invalid_token', notGood)
  const scopes = typeof claims['scope'] === 'string' ? claims['scope'].split(' ') : []
  if (!scopes.includes(scope) || !app.scopes.includes(scope))
    return refuse(403, 'insufficient_scope', `The scope ${scope} is needed.`)
  return { outcome: 'known', app }
}

/**
 * The backend client that a token was issued to and still stands behind it, as one expression: null when there is none.
 * `jti` and `now`: parameters.
 */
export function holderOf(jti: string, now: string): string {
  return `(SELECT jsonb_build_object('id', p.id, 'kind', p.kind, 'name', p.name, 'metadata', p.metadata)
    FROM access_token t JOIN app p ON p.id = t.app_id AND p.removed_at IS NULL
    WHERE t.jti = ${jti} AND t.revoked_at IS NULL AND t.expires_at > ${now} AND t.grant_id IS NULL AND p.kind = 'backend'
      AND NOT EXISTS (SELECT 1 FROM stop s WHERE s.lifted_at IS NULL AND s.target = 'app' AND s.target_id = p.id))`
}

const holderStatement = { name: 'backend-caller', text: `SELECT ${holderOf('$1', '$2')} AS "holder"` }

const holderSchema = z.object({ id: z.string(), kind: z.string(), name: z.string(), metadata: z.json() })

const notGood = 'The token is not good here.'

/** RFC 6750 §3: without a token no error code is named. */
function refuse(
  status: 401 | 403,
  error: string | undefined,
  description: string,
): Extract<BackendCaller, { readonly outcome: 'refused' }> {
  const challenge = error ? `Bearer error="${error}", error_description="${description}"` : 'Bearer'
  const body = { error: error ?? 'invalid_request', error_description: description }
  return { outcome: 'refused', response: json(body, status, { 'www-authenticate': challenge }) }
}
