import { type App, type BackendApp, findApp, type PatientApp } from '@/lib/apps/apps'
import { type AppWithSecrets, findAppWithSecrets, isSecret } from '@/lib/apps/secrets'
import { db } from '@/lib/db/database'
import { requestContext } from '@/lib/http/request-context'
import { checkLimit, countHit, type LimitState, networkOf, takeHitFreely } from '@/lib/rate-limit/rate-limit'
import { proveAssertion, sayMistake } from '@/lib/smart/client-assertion'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { type Presented, readPresented, type Unreadable } from '@/lib/smart/presented-credential'

/**
 * Who is asking. `unnamed`: SMART lets a public app refresh without client_id; its token then says whose it is.
 */
export type Client =
  | { readonly kind: 'app'; readonly app: PatientApp }
  | { readonly kind: 'backend'; readonly app: BackendApp }
  | { readonly kind: 'unnamed' }

/** A credential that can be proven. */
type Credential = Exclude<Presented, { readonly method: 'none' }>

/**
 * Finds out who is asking, before anything else is looked at: one method only, and the one the client is registered
 * with (RFC 6749 §2.3). A confidential client cannot pass as a public one by leaving its proof out, nor one that holds
 * keys by sending a secret. Failures are counted for each client and network. @throws OAuthError
 */
export async function authenticateClient(request: Request, form: OAuthForm, now: Date): Promise<Client> {
  const presented = readPresented(request.headers.get('authorization'), form)
  if (presented.method === 'none') return identifyPublic(presented.clientId)
  const mistake =
    presented.method === 'private_key_jwt' ? sayMistake(presented.assertion, now) : sayUnreadable(presented)
  const refuse = (detail: string): OAuthError => refusal(detail, request, { description: mistake })
  const network = networkOf(requestContext().clientAddress)
  if (presented.method === 'unreadable') throw await refuseStranger(presented, { network, now, refuse })
  const caller = `${network}|${presented.clientId}`
  const [found, state] = await Promise.all([
    findAppWithSecrets(presented.clientId, now),
    checkLimit(db(), 'clientFailures', caller, now),
  ])
  if (!found) throw await refuseStranger({ detail: 'unknown-client' }, { network, now, refuse })
  if (!state.allowed) throw tooMany(state, request)
  const wrong = await findFlaw(found, presented, now)
  if (wrong === undefined) return clientOf(found.app)
  await countHit(db(), 'clientFailures', caller, now)
  throw refuse(wrong)
}

async function identifyPublic(id: string | undefined): Promise<Client> {
  if (id === undefined) return { kind: 'unnamed' }
  const app = await findApp(db(), id)
  if (app === undefined || methodOf(app) !== 'none')
    throw new OAuthError('invalid_client', 'The client is unknown or must authenticate.')
  return clientOf(app)
}

async function findFlaw(found: AppWithSecrets, given: Credential, now: Date): Promise<string | undefined> {
  const { app, digests } = found
  if (given.method !== methodOf(app)) return 'method'
  if (given.method === 'private_key_jwt') return proveAssertion(app, given.assertion, now)
  return isSecret(given.secret, digests) ? undefined : 'secret'
}

function methodOf(app: App): PatientApp['tokenEndpointAuthMethod'] {
  return app.kind === 'backend' ? 'private_key_jwt' : app.tokenEndpointAuthMethod
}

function clientOf(app: App): Client {
  return app.kind === 'backend' ? { kind: 'backend', app } : { kind: 'app', app }
}

/** Clients that do not exist have one budget for each network together: made-up names must not fill a table. */
async function refuseStranger(
  { detail }: Pick<Unreadable, 'detail'>,
  at: { readonly network: string; readonly now: Date; refuse(detail: string): OAuthError },
): Promise<OAuthError> {
  await takeHitFreely('clientFailures', at.network, at.now)
  return at.refuse(detail)
}

function sayUnreadable(presented: Presented | Unreadable): string | undefined {
  return presented.method === 'unreadable' && presented.detail === 'malformed'
    ? 'The assertion must be a JWT with kid, iss, sub, aud (one string), exp and jti.'
    : undefined
}

/** An Authorization header is answered with 401 and the scheme we take (RFC 6749 §5.2). */
function refusal(
  detail: string,
  request: Request,
  more: {
    readonly description?: string | undefined
    readonly headers?: Readonly<Record<string, string>>
  } = {},
): OAuthError {
  const challenge = request.headers.has('authorization')
    ? { 'www-authenticate': 'Basic realm="vestibule", charset="UTF-8"' }
    : {}
  return new OAuthError('invalid_client', more.description ?? 'The client could not be authenticated.', {
    detail,
    headers: { ...challenge, ...more.headers },
  })
}

function tooMany(state: Exclude<LimitState, { allowed: true }>, request: Request): OAuthError {
  return refusal('too-many', request, { headers: { 'retry-after': String(state.retryAfterSeconds) } })
}
