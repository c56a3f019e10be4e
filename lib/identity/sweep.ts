import type { Tx } from '@/lib/db/database'
import { addSeconds } from '@/lib/time/clock'

const keepSessionsSeconds = 30 * 86_400
const keepChallengesSeconds = 86_400

/** Deletes sessions 30 days after their end and spent or old passkey challenges and invitations. A job. */
export async function sweepIdentity(tx: Tx, now: Date): Promise<void> {
  const before = addSeconds(now, -keepSessionsSeconds)
  await tx.session.deleteMany({ where: { OR: [{ endedAt: { lt: before } }, { expiresAt: { lt: before } }] } })
  const expired = { where: { expiresAt: { lt: addSeconds(now, -keepChallengesSeconds) } } }
  await tx.passkeyChallenge.deleteMany(expired)
  await tx.upstreamLogout.deleteMany({ where: { expiresAt: { lt: now } } })
  await tx.staffInvitation.deleteMany(expired)
}
