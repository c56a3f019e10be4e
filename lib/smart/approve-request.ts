import { randomUUID } from 'node:crypto'
import { config } from '@/lib/config/config'
import type { Language } from '@/lib/config/file'
import { randomToken, sha256 } from '@/lib/crypto/digest'
import { hotQuery } from '@/lib/db/hot-query'
import { grantInsert, grantParameters, type NewGrant, type ShownItem } from '@/lib/grants/grant-insert'
import type { Proof } from '@/lib/identity/assurance'
import { patientActor } from '@/lib/identity/session'
import type { LinkLook } from '@/lib/journeys/recheck-link'
import { translator } from '@/lib/language/translate'
import type { LinkView } from '@/lib/linking/links'
import { itemText, listItems } from '@/lib/smart/consent-items'
import { consentTextVersion } from '@/lib/smart/consent-shown'
import { type ConsentItemId, consentTree, scopesOfItem } from '@/lib/smart/consent-tree'
import { grantSeconds } from '@/lib/smart/grant-lifetime'
import type { OpenRequest } from '@/lib/smart/open-request'
import { holdRefused } from '@/lib/smart/refused-scopes'
import { sealAnswer } from '@/lib/smart/requests'
import { earliest } from '@/lib/smart/token-lifetimes'
import { codeSeconds } from '@/lib/smart/write-code'
import { addSeconds } from '@/lib/time/clock'

/** A yes: to which chart, on what proof of the person, for which scopes, with which ticks, read in which language. */
export type Yes = {
  readonly link: LinkView
  readonly look: Extract<LinkLook, { outcome: 'good' }>
  readonly proof: Proof
  readonly scopes: readonly string[]
  readonly ticked: ReadonlySet<ConsentItemId>
  readonly language: Language
  readonly now: Date
}

/**
 * The link is taken first, as whoever ends a link takes it: a link that ended meanwhile answers nothing. Whoever says yes
 * counts up, and a yes counts only if nobody did since it was read: of two at the same moment the second waits for the
 * first, finds another number, and is asked again. It could hold what is refused in the other.
 */
const statement = {
  name: 'approve-request',
  text: `
WITH looked AS (
  UPDATE link SET consent_count = $10::int + 1, checked_at = $2, candidate_version = $8, demographics_digest = COALESCE($9::bytea, demographics_digest)
  WHERE id = $6::uuid AND status = 'active' AND account_id = $5::uuid AND patient_id = $7
    AND consent_count = $10::int
    AND EXISTS (SELECT 1 FROM session v JOIN account a ON a.id = v.account_id AND a.ended_at IS NULL
      WHERE v.id = $4::uuid AND v.account_id = $5::uuid AND v.ended_at IS NULL AND v.expires_at > $2)
  RETURNING id),
answered AS (
  UPDATE authorization_request r SET status = 'approved', decided_at = $2, sealed_answer = $3
  FROM looked
  WHERE r.id = $1::uuid AND r.status = 'open' AND r.expires_at > $2 AND r.session_id = $4::uuid AND r.account_id = $5::uuid
  RETURNING r.app_id, r.redirect_uri, r.code_challenge, r.nonce, r.audience, r.context, r.dpop_jkt, r.session_id),
${grantInsert('answered', 16)},
code AS (
  INSERT INTO authorization_code (digest, grant_id, app_id, redirect_uri, code_challenge, scopes, nonce, audience,
    context, dpop_jkt, session_id, auth_time, acr, created_at, expires_at)
  SELECT $11::bytea, c.id, a.app_id, a.redirect_uri, a.code_challenge, $12::text[], a.nonce, a.audience, a.context,
    a.dpop_jkt, a.session_id, $13::timestamptz, $14::text, $2, $15::timestamptz FROM answered a, created c)
SELECT id FROM created`,
}

/**
 * Writes a yes in one statement: the request is answered by its conditions, the link read again and noted as looked at,
 * the grant and the code written, what the person takes back ended, each with its audit row.
 * @returns false when the request was answered meanwhile, is someone else's, or the link or the visit has ended
 */
export async function approveRequest(open: OpenRequest, yes: Yes): Promise<boolean> {
  const { request, session, earlier } = open
  const { link, look, proof, scopes, now } = yes
  const code = randomToken()
  const beside = earlier.filter((grant) => grant.linkId === link.id)
  const tree = consentTree(request.scopes)
  const takenBack = beside.filter((grant) => holdRefused(grant.scopes, tree, yes.ticked))
  const { rows } = await hotQuery(statement, [
    request.id,
    now,
    sealAnswer(request, { code }),
    session.id,
    session.accountId,
    link.id,
    link.patientId,
    look.candidateVersion,
    look.demographicsDigest ?? null,
    link.consentCount,
    sha256(code),
    [...scopes],
    proof.at ?? null,
    proof.acr,
    addSeconds(now, codeSeconds),
    ...grantParameters(randomUUID(), grantOf(open, yes), {
      actor: patientActor(session),
      now,
      takenBack: takenBack.map(({ id }) => id),
    }),
  ])
  return rows.length === 1
}

function grantOf({ request, session, app, ehr }: OpenRequest, yes: Yes): NewGrant {
  const { link, look, scopes, language, now } = yes
  return {
    accountId: session.accountId,
    linkId: link.id,
    appId: app.id,
    ehrId: ehr.id,
    patientId: link.patientId,
    scopes,
    textVersion: consentTextVersion(language),
    language,
    shown: shownItems(request.scopes, yes),
    expiresAt: earliest(addSeconds(now, grantSeconds(scopes, app.grantDays)), look.proxyEndsAt),
  }
}

function shownItems(asked: readonly string[], { ticked, language }: Yes): readonly ShownItem[] {
  const tree = consentTree(asked)
  const t = translator(config().languages.includes(language) ? language : 'en')
  return listItems(tree).map((id) => ({
    id,
    scopes: scopesOfItem(tree, id),
    text: itemText(id, t),
    allowed: ticked.has(id),
  }))
}
