import type { JWTPayload } from 'jose'
import { z } from 'zod'
import type { App } from '@/lib/apps/apps'
import { config } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import { hotQuery } from '@/lib/db/hot-query'
import { json } from '@/lib/http/json'
import { type CallerClaim, claimCaller, holderOf, judgeCaller } from '@/lib/journeys/backend-caller'
import { verifyAccessTokenOnce } from '@/lib/keys/verify-once'
import { authenticateClient } from '@/lib/smart/client-authentication'
import { oauthEndpoint } from '@/lib/smart/endpoint'
import { contextMembers, launchContextSchema } from '@/lib/smart/launch-context'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { findRefreshToken } from '@/lib/smart/refresh-store'
import { hasPatientContext } from '@/lib/smart/scopes'
import { isStanding, isVisitOver } from '@/lib/smart/standing'
import { tokenStatus, tokenStatusJoins } from '@/lib/status-list/token-status'
import { now as clock, epochSeconds } from '@/lib/time/clock'

/** What a backend client must have been given to ask about tokens of other clients. */
export const introspectionScope = '__introspect'

/** Who asks, and about whose tokens it may: its own; with the permission everybody's, or those of one EHR. */
type Asker = { readonly app: App; readonly reach: 'own' | 'all' | { readonly ehrId: string } }

/**
 * Token introspection (RFC 7662; SMART App Launch 2.2, token introspection). The caller proves itself by its client
 * credentials, or by a Bearer token of a backend client with the scope above. What stands behind a token is read now.
 * Unknown, foreign, expired and ended tokens get one and the same answer, with nothing else in it: no oracle.
 */
export const introspect = oauthEndpoint('introspect', async (form, request) => {
  const now = clock()
  const asking = await readAsking(request, form, now)
  if (asking.outcome === 'refused') return asking.response
  const presented = form.get('token')
  const claims = presented?.includes('.') ? await verifyAccessTokenOnce(presented, now) : undefined
  const claimed = asking.outcome === 'claimed' ? asking.jti : undefined
  const stored = await readTokens({ caller: claimed, asked: claims?.jti }, now)
  const caller =
    asking.outcome === 'claimed' ? judgeCaller(asking, stored?.holder, introspectionScope) : asking
  if (caller.outcome === 'refused') return caller.response
  const asker = askerOf(caller.app)
  if (presented === undefined) throw new OAuthError('invalid_request', 'token is required.')
  const found = presented.includes('.')
    ? claims && describeAccess(claims, stored?.access, asker)
    : await describeRefresh(presented, asker, now)
  return json(found ? { active: true, ...found } : { active: false })
})

type Description = Readonly<Record<string, unknown>>

type Asking =
  | { readonly outcome: 'known'; readonly app: App }
  | { readonly outcome: 'refused'; readonly response: Response }
  | CallerClaim

/** Who asks: known by its credentials, or named by a Bearer token whose holder is read with the token asked about. */
async function readAsking(request: Request, form: OAuthForm, now: Date): Promise<Asking> {
  if (/^bearer\b/i.test(request.headers.get('authorization') ?? '')) {
    if (['client_assertion', 'client_assertion_type', 'client_secret'].some((name) => form.has(name)))
      throw new OAuthError('invalid_request', 'Use one way of client authentication.')
    return claimCaller(request, now)
  }
  const client = await authenticateClient(request, form, now)
  const isProven =
    client.kind === 'backend' || (client.kind === 'app' && client.app.tokenEndpointAuthMethod !== 'none')
  if (!isProven)
    throw new OAuthError('invalid_client', 'Only a client that proves itself may ask about tokens.', {
      headers: { 'www-authenticate': 'Basic realm="vestibule", Bearer' },
    })
  return { outcome: 'known', app: client.app }
}

function askerOf(app: App): Asker {
  if (app.kind !== 'backend' || !app.scopes.includes(introspectionScope)) return { app, reach: 'own' }
  return { app, reach: app.ehr === undefined ? 'all' : { ehrId: app.ehr } }
}

const accessSchema = z.object({
  appId: z.string(),
  ehrId: z.string().nullable(),
  context: launchContextSchema,
  dpopJkt: z.string().nullable(),
  status: z.number(),
})

type StoredAccess = z.infer<typeof accessSchema>

const statement = {
  name: 'introspect',
  text: `
SELECT ${holderOf('$3', '$2')} AS "holder", asked.*
FROM (SELECT 1) AS one LEFT JOIN (
  SELECT t.app_id AS "appId", g.ehr_id AS "ehrId", t.context AS "context", t.dpop_jkt AS "dpopJkt",
    ${tokenStatus('$2')} AS "status"
  FROM access_token t ${tokenStatusJoins} WHERE t.jti = $1 AND t.expires_at > $2) AS asked ON true`,
}

type StoredTokens = { readonly holder: unknown; readonly access: StoredAccess | undefined }

/** Who asks and what stands behind the token asked about, in one query. Undefined when neither has to be read. */
async function readTokens(
  jtis: { readonly caller: string | undefined; readonly asked: string | undefined },
  now: Date,
): Promise<StoredTokens | undefined> {
  if (jtis.caller === undefined && jtis.asked === undefined) return undefined
  const { rows } = await hotQuery(statement, [jtis.asked ?? null, now, jtis.caller ?? null])
  const { holder, ...asked } = rows[0] ?? {}
  return { holder, access: asked['appId'] ? accessSchema.parse(asked) : undefined }
}

/** The claims it was signed with (N3, N4: equal to the token response's and ID token's), if it is good now. */
function describeAccess(
  claims: JWTPayload,
  stored: StoredAccess | undefined,
  asker: Asker,
): Description | undefined {
  if (!claims.jti) return undefined
  if (!stored) return describeDoor(claims, asker)
  const { appId, ehrId, context, dpopJkt, status } = stored
  if (status !== 0 || appId !== claims['client_id'] || !mayAsk(asker, { appId, ehrId })) return undefined
  return {
    ...claims,
    token_type: dpopJkt === null ? 'Bearer' : 'DPoP',
    ...(dpopJkt === null ? {} : { cnf: { jkt: dpopJkt } }),
    ...contextMembers(context),
  }
}

/**
 * A token that our own gateway opens an EHR's door with: no row, at most a minute of life, known by its audience and the
 * name our gateway has there. That EHR may ask, so that it need not verify signatures to trust us.
 */
function describeDoor(claims: JWTPayload, asker: Asker): Description | undefined {
  const ehr = config().ehrs.find(
    ({ audience, gatewayClientId }) => claims.aud === audience && claims['client_id'] === gatewayClientId,
  )
  if (!ehr || !mayAsk(asker, { appId: ehr.gatewayClientId, ehrId: ehr.id })) return undefined
  return { ...claims, token_type: 'Bearer' }
}

/** A refresh token is between its app and us: nobody else may ask (RFC 7662 §4). */
async function describeRefresh(presented: string, asker: Asker, now: Date): Promise<Description | undefined> {
  const stored = await findRefreshToken(sha256(presented))
  if (!stored || stored.appId !== asker.app.id || stored.spentAt || stored.familyEndedAt) return undefined
  const exp = Math.min(epochSeconds(stored.expiresAt), epochSeconds(stored.familyExpiresAt))
  if (exp <= epochSeconds(now) || isVisitOver(stored, now) || !isStanding(stored, now)) return undefined
  const { appId, scopes, patientId } = stored
  // what may be told of it is judged with each token that is made
  const { fhirContext: _, ...context } = stored.context
  return {
    scope: scopes.join(' '),
    client_id: appId,
    exp,
    iss: config().issuer,
    ...(hasPatientContext(scopes) ? { patient: patientId } : {}),
    ...contextMembers(context),
  }
}

function mayAsk(
  { app, reach }: Asker,
  token: { readonly appId: string; readonly ehrId: string | null },
): boolean {
  if (token.appId === app.id || reach === 'all') return true
  return reach !== 'own' && reach.ehrId === token.ehrId
}
