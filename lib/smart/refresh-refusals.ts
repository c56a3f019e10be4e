import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { StoredRefresh } from '@/lib/smart/refresh-store'

/** The one answer to every refresh token that is not taken (RFC 6749 §5.2). `detail` goes to the log alone. */
export function badRefresh(detail: string): OAuthError {
  return new OAuthError('invalid_grant', 'The refresh token is not valid.', { detail: `refresh-${detail}` })
}

/**
 * Ends what a token that came back belongs to (RFC 9700 §4.14.2), once, with its audit row, and refuses. The person is
 * told by a job (lib/journeys/tell-replays). @throws OAuthError
 */
export async function endFamily(stored: StoredRefresh, now: Date): Promise<never> {
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
