import { randomUUID } from 'node:crypto'
import type { PatientApp } from '@/lib/apps/apps'
import { auditInsert, auditParameters, record } from '@/lib/audit/record'
import { hmac, isEqual, sha256 } from '@/lib/crypto/digest'
import { currentKey, keyOfVersion } from '@/lib/crypto/keys'
import { db } from '@/lib/db/database'
import { hotQuery } from '@/lib/db/hot-query'
import { type LinkLook, lookAgain } from '@/lib/journeys/recheck-link'
import { requireAudience } from '@/lib/smart/audience'
import { type ProvenKey, proofMissing } from '@/lib/smart/dpop'
import { tokenResponse } from '@/lib/smart/issue-tokens'
import { type LaunchContext, type ListTellable, tellableContext } from '@/lib/smart/launch-context'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { findRefreshToken, type StoredRefresh } from '@/lib/smart/refresh-store'
import { areCovered, splitScopes } from '@/lib/smart/scopes'
import { isVisitOver, requireStanding, standsCondition, visitCondition } from '@/lib/smart/standing'
import { accessTokenExpiry, earliest, refreshTokenExpiry, replaySeconds } from '@/lib/smart/token-lifetimes'

/** A refresh request that was understood. */
type Asked = {
  readonly presented: string
  readonly digest: Uint8Array<ArrayBuffer>
  readonly stored: StoredRefresh
  /** Scopes of the new access token. */
  readonly scopes: readonly string[]
  /** Of the key that was proven. */
  readonly jkt: string | undefined
  /** Digest of (client, key, scope, resource): what makes two requests the same. */
  readonly sameness: Uint8Array<ArrayBuffer>
  readonly now: Date
}

/**
 * Exchanges a refresh token (RFC 6749 §6, RFC 9700 §4.14). It rotates; its successor is derived from it, so the same
 * request repeated within 30 s, or 64 times at once, gets the same answer without a token ever being stored
 * (decision "Refresh with idempotent replay"). Link, account, grant and the EHR's view of the person are read again;
 * an EHR out of reach leaves the token unspent (503).
 */
export async function exchangeRefresh(
  form: OAuthForm,
  client: PatientApp | undefined,
  {
    now,
    key,
    listTellable,
  }: { readonly now: Date; readonly key: ProvenKey | undefined; readonly listTellable: ListTellable },
): Promise<Response> {
  const asked = await understand(form, client, { now, jkt: key?.jkt })
  const ehr = requireStanding(asked.stored, now)
  requireAudience(form, ehr)
  if (asked.stored.spentAt) return answerRepeated(asked)
  requireKey(asked)
  const look = await requireGoodLink(asked.stored, now)
  const jti = randomUUID()
  const successor = successorOf(asked.presented, currentKey('refresh-derivation').key)
  const until = earliest(asked.stored.grantExpiresAt, look.proxyEndsAt)
  const expiresAt = accessTokenExpiry(until, now)
  const { stored, scopes } = asked
  const { authTime, acr, sessionId } = stored
  const toBe = { standing: stored, scopes, authTime, acr, now }
  const context = await tellableContext(stored.context, toBe, listTellable)
  const statusNumber = await spendRefresh(asked, { jti, successor, expiresAt, until, look, context })
  if (statusNumber !== undefined) {
    const issue = {
      standing: stored,
      ehr,
      scopes,
      jti,
      issuedAt: now,
      expiresAt,
      statusNumber,
      authTime,
      acr,
      context,
      sessionId,
      refreshToken: successor,
      jkt: asked.jkt,
    }
    return tokenResponse(issue, now)
  }
  // another request spent it meanwhile, or what it stands on has ended
  const again = await findRefreshToken(asked.digest)
  if (!again) throw badRefresh('unknown')
  requireStanding(again, now)
  if (!again.spentAt) throw badRefresh('ended-meanwhile')
  return answerRepeated({ ...asked, stored: again })
}

async function understand(
  form: OAuthForm,
  client: PatientApp | undefined,
  { now, jkt }: { readonly now: Date; readonly jkt: string | undefined },
): Promise<Asked> {
  const presented = form.get('refresh_token')
  if (presented === undefined) throw new OAuthError('invalid_request', 'refresh_token is required.')
  const digest = sha256(presented)
  const stored = await findRefreshToken(digest)
  if (!stored) throw badRefresh('unknown')
  if (!client && !stored.isAppPublic) throw new OAuthError('invalid_client', 'The client must authenticate.')
  if (stored.familyEndedAt) throw badRefresh('family-ended')
  // a token that was never used is not its thief's to burn
  if (client && client.id !== stored.appId) {
    if (stored.spentAt) return endFamily(stored, now)
    throw badRefresh('client')
  }
  if (stored.expiresAt <= now || stored.familyExpiresAt <= now) throw badRefresh('expired')
  if (isVisitOver(stored, now)) throw badRefresh('visit-over')
  const wanted = form.get('scope')
  const scopes = wanted === undefined ? stored.scopes : splitScopes(wanted)
  if (!areCovered(scopes, stored.scopes))
    throw new OAuthError('invalid_scope', 'A scope was asked for that was not granted.')
  const same = [stored.appId, jkt ?? '', [...scopes].sort().join(' '), form.get('resource') ?? '']
  return { presented, digest, stored, scopes, sameness: sha256(JSON.stringify(same)), now, jkt }
}

/** A family bound to a key is refreshed by its holder alone (RFC 9449 §5). A stranger's try spends nothing. */
function requireKey({ stored, jkt }: Asked): void {
  if (stored.familyJkt !== null && stored.familyJkt !== jkt) throw badRefresh('key')
  if (stored.isProofRequired && jkt === undefined) throw proofMissing()
}

type GoodLook = Extract<LinkLook, { outcome: 'good' }>

/** The EHR's view of the person, asked now. What was read of the link is read again by the statement that spends. */
async function requireGoodLink(stored: StoredRefresh, now: Date): Promise<GoodLook> {
  const { linkId, relatedPersonId, ...facts } = stored
  const look = await lookAgain({ ...facts, id: linkId, relatedPersonId: relatedPersonId ?? undefined }, now)
  if (look.outcome === 'good') return look
  if (look.outcome === 'ehr-unreachable')
    throw new OAuthError('temporarily_unavailable', 'The clinic cannot be reached now. Try again.', {
      detail: 'ehr-unreachable',
    })
  throw badRefresh(`link-${look.outcome}`)
}

/** A spent token comes back: the same answer, a refusal that leaves the family alive, or the family's end. */
async function answerRepeated(asked: Asked): Promise<Response> {
  const { stored, now, presented, scopes } = asked
  const { spentAt, requestDigest, successorJti, successorIat, successorExp, successorDigest } = stored
  const { successorStatusNumber: statusNumber, successorContext: context } = stored
  const isSame = requestDigest !== null && isEqual(requestDigest, asked.sameness)
  const isSoon = spentAt !== null && now.getTime() - spentAt.getTime() <= replaySeconds * 1000
  if (!isSame || !isSoon) return endFamily(stored, now)
  if (stored.successorSpentAt) throw badRefresh('successor-spent')
  const key = keyOfVersion('refresh-derivation', stored.keyVersion)
  const successor = key && successorOf(presented, key.key)
  if (
    !successor ||
    !successorDigest ||
    !successorJti ||
    !successorIat ||
    !successorExp ||
    statusNumber === null ||
    context === null ||
    !isEqual(successorDigest, sha256(successor))
  )
    throw badRefresh('key-gone')
  const ehr = requireStanding(stored, now)
  const { authTime, acr, sessionId } = stored
  const issue = {
    standing: stored,
    ehr,
    scopes,
    authTime,
    acr,
    context,
    sessionId,
    jti: successorJti,
    issuedAt: successorIat,
    jkt: asked.jkt,
    expiresAt: successorExp,
    statusNumber,
  }
  return tokenResponse({ ...issue, refreshToken: successor }, now)
}

/** Ends what a token that came back belongs to. The person is told by a job (lib/journeys/tell-replays). */
async function endFamily(stored: StoredRefresh, now: Date): Promise<never> {
  const { familyId, accountId, ehrId, appId, grantId, linkId } = stored
  await db().$transaction(async (tx) => {
    const { count } = await tx.refreshFamily.updateMany({
      where: { id: familyId, endedAt: null },
      data: { endedAt: now, endedWhy: 'replayed' },
    })
    if (count === 0) return
    await record(tx, 'refresh.replayed', {
      actor: { kind: 'app', id: appId },
      outcome: 'refused',
      about: { accountId, ehrId, appId, grantId, linkId },
      detail: { familyId },
    })
  })
  throw badRefresh('replayed')
}

/** Link before grant, as whoever ends a link locks them. */
const spendStatement = {
  name: 'spend-refresh',
  text: `
WITH spent AS (
  UPDATE refresh_token t SET spent_at = $2, request_digest = $3, successor_digest = $4, key_version = $5,
    successor_jti = $6, successor_iat = $2, successor_exp = $7
  FROM refresh_family f
  WHERE t.digest = $1 AND t.spent_at IS NULL AND t.expires_at > $2
    AND f.id = t.family_id AND f.ended_at IS NULL AND ${visitCondition('$2')}
    AND ${standsCondition('f.grant_id', '$2')}
  RETURNING t.family_id, f.grant_id, f.app_id, f.session_id),
successor AS (
  INSERT INTO refresh_token (digest, family_id, parent_digest, key_version, created_at, expires_at)
  SELECT $4::bytea, family_id, $1::bytea, $5, $2, $8 FROM spent),
access AS (
  INSERT INTO access_token (jti, grant_id, family_id, app_id, scopes, context, dpop_jkt, session_id, account_id,
    issued_at, expires_at)
  SELECT $6, s.grant_id, s.family_id, s.app_id, $9::text[], $14::jsonb, $10::text, s.session_id, g.account_id, $2, $7
  FROM spent s JOIN "grant" g ON g.id = s.grant_id
  RETURNING status_number),
looked AS (UPDATE link SET checked_at = $2, candidate_version = $11, demographics_digest = COALESCE($12::bytea, demographics_digest)
  WHERE id = $13::uuid AND status = 'active' AND EXISTS (SELECT 1 FROM spent) RETURNING id),
used AS (UPDATE "grant" SET last_used_at = $2
  WHERE id = (SELECT grant_id FROM spent) AND (SELECT count(*) FROM looked) >= 0),
audited AS (${auditInsert('spent', 15)})
SELECT status_number AS "statusNumber" FROM access`,
}

type Successor = {
  readonly jti: string
  readonly successor: string
  readonly expiresAt: Date
  /** What nothing may outlive: the grant's end or the proxy's. */
  readonly until: Date
  readonly look: GoodLook
  /** What is told with the new access token of the launch. */
  readonly context: LaunchContext
}

/** @returns the number of the new access token, or undefined when nothing was spent */
async function spendRefresh(
  asked: Asked,
  { jti, successor, expiresAt, until, look, context }: Successor,
): Promise<number | undefined> {
  const { stored, digest, sameness, scopes, now, jkt } = asked
  const { accountId, ehrId, patientId, appId, grantId, linkId } = stored
  const { rows } = await hotQuery(spendStatement, [
    digest,
    now,
    sameness,
    sha256(successor),
    currentKey('refresh-derivation').version,
    jti,
    expiresAt,
    refreshTokenExpiry(until, now),
    [...scopes],
    jkt ?? null,
    look.candidateVersion,
    look.demographicsDigest ?? null,
    linkId,
    JSON.stringify(context),
    ...auditParameters('refresh.exchanged', {
      actor: { kind: 'app', id: appId },
      about: { accountId, ehrId, patientId, appId, grantId, linkId },
      detail: { scopes: [...scopes], jti },
    }),
  ])
  return rows[0] && Number(rows[0]['statusNumber'])
}

function successorOf(presented: string, key: Uint8Array): string {
  return Buffer.from(hmac(`refresh:${presented}`, key)).toString('base64url')
}

function badRefresh(detail: string): OAuthError {
  return new OAuthError('invalid_grant', 'The refresh token is not valid.', { detail: `refresh-${detail}` })
}
