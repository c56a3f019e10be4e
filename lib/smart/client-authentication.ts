import { decodeProtectedHeader, errors, importJWK, type JWK, jwtVerify } from 'jose'
import { z } from 'zod'
import { type App, type BackendApp, findApp, type PatientApp } from '@/lib/apps/apps'
import { config } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { requestContext } from '@/lib/http/request-context'
import { checkLimit, countHit, networkOf } from '@/lib/rate-limit/rate-limit'
import type { OAuthForm } from '@/lib/smart/endpoint'
import { OAuthError } from '@/lib/smart/oauth-error'
import { addSeconds } from '@/lib/time/clock'

/**
 * Who is asking. `unnamed`: SMART lets a public app refresh without client_id; its token then says whose it is.
 */
export type Client =
  | { readonly kind: 'app'; readonly app: PatientApp }
  | { readonly kind: 'backend'; readonly app: BackendApp }
  | { readonly kind: 'unnamed' }

/** Algorithms of client assertions (SMART App Launch 2.2, asymmetric authentication): never none, HS* or RS256. */
const assertionAlgorithms = ['ES384', 'RS384']

/** An assertion lives at most five minutes; clients set exactly that, and clocks differ. */
const assertionSeconds = 300
const skewSeconds = 60

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * Finds out who is asking, before anything else is looked at: one method only, pinned by the kind of client
 * (RFC 6749 §2.3). A backend client cannot pass as a public one by leaving its assertion out.
 * @throws OAuthError invalid_client
 */
export async function authenticateClient(request: Request, form: OAuthForm, now: Date): Promise<Client> {
  const hasHeader = request.headers.has('authorization')
  const hasAssertion = form.has('client_assertion') || form.has('client_assertion_type')
  if (hasHeader && (hasAssertion || form.has('client_secret')))
    throw new OAuthError('invalid_request', 'Use one way of client authentication.')
  if (hasHeader) throw unsupportedHeader()
  if (form.has('client_secret'))
    throw new OAuthError('invalid_client', 'Client secrets are not supported: use private_key_jwt.')
  if (hasAssertion) return { kind: 'backend', app: await verifyAssertion(form, now) }
  const id = form.get('client_id')
  if (id === undefined) return { kind: 'unnamed' }
  const app = await findApp(db(), id)
  if (app?.kind !== 'app')
    throw new OAuthError('invalid_client', 'The client is unknown or must authenticate.')
  return { kind: 'app', app }
}

/** What a client_id may hold (RFC 6749, appendix A.1). Anything else is not looked for: JSON can spell what no text column takes. */
const clientId = /^[\x20-\x7e]{1,200}$/

const claimsSchema = z.object({
  iss: z.string(),
  sub: z.string(),
  aud: z.string(),
  exp: z.number(),
  jti: z.string().min(1).max(500),
})

async function verifyAssertion(form: OAuthForm, now: Date): Promise<BackendApp> {
  const network = networkOf(requestContext().clientAddress)
  const limited = await checkLimit(db(), 'clientFailures', network, now)
  if (!limited.allowed)
    throw new OAuthError('invalid_client', 'Too many failed attempts. Try again later.', {
      headers: { 'retry-after': String(limited.retryAfterSeconds) },
    })
  try {
    return await proveAssertion(form, now)
  } catch (fault) {
    if (!(fault instanceof OAuthError)) throw fault
    await countHit(db(), 'clientFailures', network, now)
    throw fault
  }
}

async function proveAssertion(form: OAuthForm, now: Date): Promise<BackendApp> {
  const assertion = form.get('client_assertion')
  if (form.get('client_assertion_type') !== assertionType || assertion === undefined)
    throw new OAuthError('invalid_client', `client_assertion_type must be ${assertionType}.`)
  const app = await findApp(db(), claimedIssuer(assertion))
  if (app?.kind !== 'backend') throw wrongAssertion('unknown-client')
  const named = form.get('client_id')
  if (named !== undefined && named !== app.id) throw wrongAssertion('client-mismatch')
  const claims = await verifySignature(assertion, app, now)
  const { issuer } = config()
  // an array, another endpoint's address or a foreign server's would let the assertion be used elsewhere
  if (claims.aud !== issuer && claims.aud !== `${issuer}/oauth/token`) throw wrongAssertion('aud')
  if (claims.sub !== app.id || claims.iss !== app.id) throw wrongAssertion('iss-sub')
  if (claims.exp > now.getTime() / 1000 + assertionSeconds + skewSeconds) throw wrongAssertion('exp-too-far')
  await spendJti(app, claims)
  return app
}

async function verifySignature(
  assertion: string,
  app: BackendApp,
  now: Date,
): Promise<z.infer<typeof claimsSchema>> {
  try {
    const { payload } = await jwtVerify(assertion, (header) => findKey(app, header), {
      algorithms: assertionAlgorithms,
      currentDate: now,
      clockTolerance: skewSeconds,
      requiredClaims: ['exp', 'jti', 'iss', 'sub', 'aud'],
    })
    const claims = claimsSchema.safeParse(payload)
    if (!claims.success) throw wrongAssertion('claims')
    return claims.data
  } catch (fault) {
    if (fault instanceof errors.JOSEError || fault instanceof TypeError) throw wrongAssertion('signature')
    throw fault
  }
}

/** The single registered key that fits `kid` and algorithm (SMART J6). Keys named by the header itself are not used. */
async function findKey(
  app: BackendApp,
  header: { kid?: string; alg?: string; typ?: string; jku?: unknown },
): Promise<CryptoKey> {
  const { kid, alg = '', typ } = header
  if (header.jku !== undefined) throw wrongAssertion('jku')
  if (typ !== undefined && !['jwt', 'client-authentication+jwt'].includes(typ.toLowerCase()))
    throw wrongAssertion('typ')
  const family = alg.startsWith('ES') ? 'EC' : 'RSA'
  const fitting: JWK[] = app.jwks.keys.filter((key) => key.kid === kid && key.kty === family)
  const [key, ...others] = fitting
  if (!key || others.length > 0) throw wrongAssertion('kid')
  const imported = await importJWK(key, alg)
  if (imported instanceof Uint8Array) throw wrongAssertion('kid')
  return imported
}

/** Inserted if absent, and kept until it could not be used again anyway: of N parallel uses one wins. */
async function spendJti(
  app: BackendApp,
  claims: { readonly jti: string; readonly exp: number },
): Promise<void> {
  const { count } = await db().assertionJti.createMany({
    data: [
      {
        digest: sha256(JSON.stringify([app.id, claims.jti])),
        expiresAt: addSeconds(new Date(claims.exp * 1000), skewSeconds),
      },
    ],
    skipDuplicates: true,
  })
  if (count === 0) throw wrongAssertion('jti')
}

function claimedIssuer(assertion: string): App['id'] {
  try {
    decodeProtectedHeader(assertion)
    const body = JSON.parse(Buffer.from(assertion.split('.')[1] ?? '', 'base64url').toString())
    return z.object({ iss: z.string().regex(clientId) }).parse(body).iss
  } catch {
    throw wrongAssertion('malformed')
  }
}

function wrongAssertion(detail: string): OAuthError {
  return new OAuthError('invalid_client', 'The client assertion is not valid.', { detail })
}

function unsupportedHeader(): OAuthError {
  return new OAuthError('invalid_client', 'The Authorization header is not supported here.', {
    headers: { 'www-authenticate': 'Basic realm="vestibule"' },
  })
}
