import { db } from '@/lib/db/database'
import { sweepProofs } from '@/lib/dpop/proof'
import type { Job } from '@/lib/jobs/run'
import { sweepLaunches } from '@/lib/smart/launches'
import { sweepRequests } from '@/lib/smart/requests'
import { sweepStatusLists } from '@/lib/status-list/revisions'
import { addSeconds, now as clock } from '@/lib/time/clock'

/** Deletes what only mattered while it lived: requests, codes and access tokens a day after their end, spent jtis. */
export const sweepSmartJob: Job = { name: 'sweep-smart', everySeconds: 300, run: () => sweepSmart(clock()) }

/** Refresh tokens stay as long as their family, so that a replay is known for what it is. */
export async function sweepSmart(now: Date): Promise<void> {
  const yesterday = { lt: addSeconds(now, -86_400) }
  await sweepRequests(db(), now)
  await sweepLaunches(db(), now)
  await db().authorizationCode.deleteMany({ where: { expiresAt: yesterday } })
  await db().accessToken.deleteMany({ where: { expiresAt: yesterday } })
  await db().pushedRequest.deleteMany({ where: { expiresAt: { lt: now } } })
  await sweepProofs(now)
  await sweepStatusLists(db(), now)
  await db().assertionJti.deleteMany({ where: { expiresAt: { lt: now } } })
}
