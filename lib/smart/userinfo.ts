import { z } from 'zod'
import { config } from '@/lib/config/config'
import { pool } from '@/lib/db/database'
import { currentNonce } from '@/lib/dpop/nonce'
import { checkProof } from '@/lib/dpop/proof'
import { findEhr } from '@/lib/ehrs/ehrs'
import { visitOver } from '@/lib/grants/visit'
import { json } from '@/lib/http/json'
import { verifyOwnJwt } from '@/lib/keys/keys'
import { log } from '@/lib/log/log'
import { allowOrigin, preflight } from '@/lib/smart/cors'
import { fhirUserClaim } from '@/lib/smart/issue-tokens'
import { readSentToken, type Sent } from '@/lib/smart/sent-token'
import { subjectFor } from '@/lib/smart/subject'
import { invalidToken, Refusal } from '@/lib/smart/userinfo-refusal'
import { now as clock } from '@/lib/time/clock'

/**
 * Userinfo (OpenID Connect Core §5.3), by GET and POST: who the person is to this app, and where they stand in the
 * chart if the app may know. No name and no e-mail: we keep none. Authority is read at every call: what ended, ended
 * here too. Browser apps call it from their registered origins, as they call the token endpoint.
 */
export async function userinfo(request: Request): Promise<Response> {
  if (request.method === 'OPTIONS') return preflight(request, ['GET', 'POST'])
  const { response, appId } = await answer(request).catch((fault: unknown) => {
    if (!(fault instanceof Refusal)) throw fault
    log.info('oauth.refused', { endpoint: 'userinfo', error: fault.error, detail: fault.more.detail })
    return { response: fault.toResponse(), appId: undefined }
  })
  await allowOrigin(request, response, appId)
  return response
}

type Answered = { readonly response: Response; readonly appId: string | undefined }

async function answer(request: Request): Promise<Answered> {
  if (!['GET', 'HEAD', 'POST'].includes(request.method)) {
    const said = { error: 'invalid_request', error_description: 'Use GET or POST.' }
    return { response: json(said, 405, { allow: 'GET, POST, OPTIONS' }), appId: undefined }
  }
  const sent = await readSentToken(request)
  const claims = claimsSchema.safeParse(await verifyOwnJwt(sent.token, { typ: 'at+jwt' }))
  if (!claims.success) throw invalidToken('not-ours')
  const { jti, client_id: appId, cnf } = claims.data
  const now = clock()
  const found = await findAuthority(jti, now)
  if (found?.appId !== appId || (found.dpopJkt ?? undefined) !== cnf?.jkt) throw invalidToken('ended')
  const nonce = await requirePossession(request, sent, found, now)
  if (found.isPaused) throw new Refusal(503, 'temporarily_unavailable', 'Access is paused at the moment.')
  if (!found.scopes.includes('openid'))
    throw new Refusal(403, 'insufficient_scope', 'The token does not hold openid.', { scope: 'openid' })
  const ehr = found.ehrId === null ? undefined : findEhr(found.ehrId)
  const { patientId, relatedPersonId, personId, scopes } = found
  const fhirUser =
    ehr && patientId ? fhirUserClaim({ scopes, ehr, standing: { patientId, relatedPersonId, personId } }) : {}
  const app = { id: appId, subjectType: found.subjectType }
  const headers = nonce === undefined ? {} : { 'dpop-nonce': nonce }
  return { response: json({ sub: await subjectFor(app, found.accountId), ...fhirUser }, 200, headers), appId }
}

const claimsSchema = z.object({
  jti: z.string(),
  client_id: z.string(),
  cnf: z.strictObject({ jkt: z.string() }).optional(),
})

const rowSchema = z.object({
  appId: z.string(),
  accountId: z.string(),
  scopes: z.array(z.string()),
  dpopJkt: z.string().nullable(),
  subjectType: z.enum(['public', 'pairwise']),
  isNonceRequired: z.boolean(),
  isPaused: z.boolean(),
  ehrId: z.string().nullable(),
  patientId: z.string().nullable(),
  relatedPersonId: z.string().nullable(),
  personId: z.string().nullable(),
})

type Authority = Readonly<z.infer<typeof rowSchema>>

// Everything behind a token, of one moment: a grant on a chart, or a sign-in that opens none.
const statement = `
SELECT t.app_id AS "appId", t.account_id AS "accountId", t.scopes AS "scopes", t.dpop_jkt AS "dpopJkt",
  COALESCE(p.metadata->>'subjectType', 'public') AS "subjectType",
  COALESCE((p.metadata->>'dpopNonceRequired')::boolean, false) AS "isNonceRequired",
  EXISTS (SELECT 1 FROM stop s WHERE s.lifted_at IS NULL AND ((s.target = 'app' AND s.target_id = t.app_id)
    OR (s.target = 'ehr' AND s.target_id = g.ehr_id))) AS "isPaused",
  g.ehr_id AS "ehrId", g.patient_id AS "patientId", l.related_person_id AS "relatedPersonId",
  l.person_id AS "personId"
FROM access_token t
JOIN account a ON a.id = t.account_id AND a.ended_at IS NULL
JOIN app p ON p.id = t.app_id AND p.removed_at IS NULL
LEFT JOIN "grant" g ON g.id = t.grant_id AND g.ended_at IS NULL AND g.expires_at > $2
LEFT JOIN link l ON l.id = g.link_id AND l.status = 'active' AND l.account_id = g.account_id
LEFT JOIN sign_in_grant n ON n.id = t.sign_in_grant_id AND n.ended_at IS NULL AND n.expires_at > $2
LEFT JOIN refresh_family f ON f.id = t.family_id AND f.ended_at IS NULL
WHERE t.jti = $1 AND t.revoked_at IS NULL AND t.expires_at > $2
  AND (t.family_id IS NULL OR f.id IS NOT NULL) AND NOT ${visitOver('$2')} AND (l.id IS NOT NULL OR n.id IS NOT NULL)`

async function findAuthority(jti: string, now: Date): Promise<Authority | undefined> {
  const { rows } = await pool().query(statement, [jti, now])
  return rows[0] ? rowSchema.parse(rows[0]) : undefined
}

/** A bound token needs its key, and a bearer token is no bound one (RFC 9449 §7). @returns the nonce to use next */
async function requirePossession(
  request: Request,
  { token, scheme }: Sent,
  authority: Authority,
  now: Date,
): Promise<string | undefined> {
  if ((authority.dpopJkt === null) !== (scheme === 'bearer')) throw invalidToken('scheme')
  if (authority.dpopJkt === null) return undefined
  const { issuer, dpop } = config()
  const result = await checkProof(request.headers.get('dpop') ?? '', {
    method: request.method,
    url: `${issuer}/oauth/userinfo`,
    needsNonce: dpop.requireNonce || authority.isNonceRequired,
    accessToken: token,
    now,
  })
  if (result.outcome === 'nonce-needed')
    throw new Refusal(401, 'use_dpop_nonce', 'The proof needs the nonce of this answer.', {
      headers: { 'dpop-nonce': currentNonce(now) },
    })
  if (result.outcome === 'refused' || result.jkt !== authority.dpopJkt)
    throw new Refusal(401, 'invalid_dpop_proof', 'The DPoP proof is not valid for this request.')
  return result.hadNonce ? currentNonce(now) : undefined
}
