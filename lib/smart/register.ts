import { findApp, removeApp } from '@/lib/apps/apps'
import {
  findRegistration,
  keepRegistration,
  type Registration,
  replaceRegistration,
} from '@/lib/apps/registrations'
import { hasSecret, isSecretOf, rotateSecret } from '@/lib/apps/secrets'
import { config } from '@/lib/config/config'
import { isEqual, randomToken, sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { json } from '@/lib/http/json'
import { requestContext } from '@/lib/http/request-context'
import { type LimitState, networkOf, takeHitFreely } from '@/lib/rate-limit/rate-limit'
import { answerRefusal } from '@/lib/smart/endpoint'
import { OAuthError } from '@/lib/smart/oauth-error'
import { describeRegistration, newClientId, parseRegistration } from '@/lib/smart/registration-metadata'
import { now as clock, epochSeconds } from '@/lib/time/clock'

/**
 * The registration endpoint (RFC 7591), where the configuration opens it. Anyone may knock, so an app that registers is
 * no client yet: the policy or staff decide (lib/apps/registrations). Nothing it names is fetched. The secret and the
 * token that manages the registration stand in this answer and nowhere else.
 */
export async function register(request: Request): Promise<Response> {
  return guarded(request, ['POST'], async () => {
    const now = clock()
    const limited = await takeTry(now)
    if (!limited.allowed) return tooMany(limited.retryAfterSeconds)
    const given = parseRegistration(await readJson(request), newClientId())
    const token = randomToken()
    const made = await db().$transaction(async (tx) => {
      const state = await keepRegistration(tx, given, { tokenDigest: sha256(token), now })
      if (!state) return undefined
      const by = { actor: { kind: 'app', id: given.app.id }, origin: 'registration', now } as const
      return { state, secret: hasSecret(given.app) ? await rotateSecret(tx, given.app.id, by) : undefined }
    })
    if (!made) throw queueFull()
    const { state, secret } = made
    return json(
      {
        ...describeRegistration(given),
        client_id_issued_at: epochSeconds(now),
        ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
        registration_access_token: token,
        registration_client_uri: addressOf(given.app.id),
        vestibule_state: state,
      },
      201,
    )
  })
}

/**
 * An app reads, replaces or deletes its registration (RFC 7592) with the token it got. A foreign token, an unknown and a
 * deleted client get the same 401, so that nothing can be asked here.
 */
export async function manageRegistration(request: Request, id: string): Promise<Response> {
  return guarded(request, ['GET', 'PUT', 'DELETE'], async () => {
    const found = await findOwn(request, id)
    if (!found) return unauthorized()
    if (request.method === 'DELETE') return remove(found)
    return request.method === 'PUT' ? replace(found, await readJson(request)) : answer(found, found.state)
  })
}

/** A replacement is read by staff like a registration, and counts as one. */
function takeTry(now: Date): Promise<LimitState> {
  return takeHitFreely('registrationsPerNetwork', networkOf(requestContext().clientAddress), now)
}

async function findOwn(request: Request, id: string): Promise<Registration | undefined> {
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (token === undefined || !/^reg-[0-9a-f]{32}$/.test(id)) return undefined
  const found = await findRegistration(id)
  if (!found || !isEqual(found.tokenDigest, sha256(token))) return undefined
  // staff removed it: deleted, whatever it was told
  if (found.state === 'approved' && !(await findApp(db(), id))) return undefined
  return found
}

/** What the server decides, an app may not send back as if it were its own (RFC 7592 §2.2). */
const ours = [
  'registration_access_token',
  'registration_client_uri',
  'client_secret_expires_at',
  'client_id_issued_at',
]

async function replace(found: Registration, body: unknown): Promise<Response> {
  const now = clock()
  const limited = await takeTry(now)
  if (!limited.allowed) return tooMany(limited.retryAfterSeconds)
  const sent = new Map(Object.entries(typeof body === 'object' && body !== null ? body : {}))
  if (
    sent.get('client_id') !== found.app.id ||
    (sent.has('client_secret') &&
      !(await isSecretOf(db(), found.app.id, { presented: sent.get('client_secret'), now }))) ||
    ours.some((name) => sent.has(name))
  )
    throw new OAuthError(
      'invalid_request',
      'Send client_id and, if at all, client_secret as they were issued, and nothing else that the server issued.',
    )
  const given = parseRegistration(body, found.app.id)
  if (given.app.tokenEndpointAuthMethod !== found.app.tokenEndpointAuthMethod)
    throw new OAuthError(
      'invalid_client_metadata',
      'token_endpoint_auth_method cannot change: register anew.',
    )
  const state = await db().$transaction((tx) => replaceRegistration(tx, given, now))
  if (state === 'refused') return forbidden()
  if (state === 'full') throw queueFull()
  return state ? answer({ ...found, ...given }, state) : unauthorized()
}

async function remove(found: Registration): Promise<Response> {
  const { id } = found.app
  await db().$transaction(async (tx) => {
    // the registration first, as everybody who changes both: nobody waits for one while holding the other
    await tx.appRegistration.deleteMany({ where: { id } })
    await removeApp(tx, id, { kind: 'app', id })
    await tx.clientSecret.deleteMany({ where: { appId: id } })
  })
  return new Response(null, { status: 204, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } })
}

function answer(found: Registration, state: Registration['state']): Response {
  return json({
    ...describeRegistration(found),
    client_id_issued_at: epochSeconds(found.createdAt),
    registration_client_uri: addressOf(found.app.id),
    vestibule_state: state,
  })
}

async function guarded(
  request: Request,
  methods: readonly string[],
  work: () => Promise<Response>,
): Promise<Response> {
  if (config().registration === 'closed') return json({ error: 'not_found' }, 404)
  if (!methods.includes(request.method))
    return json({ error: 'invalid_request', error_description: `Use ${methods.join(', ')}.` }, 405, {
      allow: methods.join(', '),
    })
  return work().catch((fault: unknown) => answerRefusal('register', fault))
}

async function readJson(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  const text = await request.text()
  if (type !== 'application/json' || text.length > 32_768)
    throw new OAuthError('invalid_client_metadata', 'Send application/json of at most 32 KiB.')
  const body = parseJson(text)
  // JSON can spell what no database column takes: NUL and halves of characters
  if (body === undefined || /\\u(?:0000|d[89a-f])/i.test(JSON.stringify(body)))
    throw new OAuthError('invalid_client_metadata', 'The body is not JSON, or holds what is no text.')
  return body
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function addressOf(id: string): string {
  return `${config().issuer}/oauth/register/${id}`
}

function unauthorized(): Response {
  return json({ error: 'invalid_token', error_description: 'The token is not good here.' }, 401, {
    'www-authenticate': 'Bearer error="invalid_token"',
  })
}

function queueFull(): OAuthError {
  return new OAuthError('temporarily_unavailable', 'Too many apps wait for a decision. Try again later.')
}

/** Not allowed to update its record (RFC 7592 §2.2). */
function forbidden(): Response {
  const error_description = 'The clinic refused this registration. It stays as it was: register anew.'
  return json({ error: 'access_denied', error_description }, 403)
}

function tooMany(retryAfterSeconds: number): Response {
  return json(
    { error: 'temporarily_unavailable', error_description: 'Too many registrations: Retry-After says when.' },
    429,
    {
      'retry-after': String(retryAfterSeconds),
    },
  )
}
