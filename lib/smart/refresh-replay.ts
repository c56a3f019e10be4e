import { isEqual, sha256 } from '@/lib/crypto/digest'
import { keyOfVersion } from '@/lib/crypto/keys'
import { tokenResponse } from '@/lib/smart/issue-tokens'
import { badRefresh, endFamily } from '@/lib/smart/refresh-refusals'
import type { RefreshRequest } from '@/lib/smart/refresh-request'
import { successorOf } from '@/lib/smart/spend-refresh'
import { requireStanding } from '@/lib/smart/standing'
import { replaySeconds } from '@/lib/smart/token-lifetimes'

/**
 * A spent token comes back: the same answer, a refusal that leaves the family alive, or the family's end.
 * @throws OAuthError
 */
export async function answerRepeated(asked: RefreshRequest): Promise<Response> {
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
