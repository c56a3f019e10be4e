import { randomUUID } from 'node:crypto'
import type { PatientApp } from '@/lib/apps/apps'
import { currentKey } from '@/lib/crypto/keys'
import { lookAgain } from '@/lib/journeys/recheck-link'
import { requireAudience } from '@/lib/smart/audience'
import type { ProvenKey } from '@/lib/smart/dpop'
import { tokenResponse } from '@/lib/smart/issue-tokens'
import { type ListTellable, tellableContext } from '@/lib/smart/launch-context'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { badRefresh } from '@/lib/smart/refresh-refusals'
import { answerRepeated } from '@/lib/smart/refresh-replay'
import { readRefreshRequest, requireKey } from '@/lib/smart/refresh-request'
import { findRefreshToken, type StoredRefresh } from '@/lib/smart/refresh-store'
import { type GoodLook, spendRefresh, successorOf } from '@/lib/smart/spend-refresh'
import { requireStanding } from '@/lib/smart/standing'
import { accessTokenExpiry, earliest } from '@/lib/smart/token-lifetimes'

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
  const asked = await readRefreshRequest(form, client, { now, key })
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
