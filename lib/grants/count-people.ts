import { db } from '@/lib/db/database'

/** How many people an app may read a chart of, or may know, at the moment: whom its removal would stop it for. */
export async function countPeopleOfApp(appId: string, now: Date): Promise<number> {
  const live = { appId, endedAt: null, expiresAt: { gt: now } }
  const [grants, signIns] = await Promise.all([
    db().grant.groupBy({ by: ['accountId'], where: live }),
    db().signInGrant.groupBy({ by: ['accountId'], where: live }),
  ])
  return new Set([...grants, ...signIns].map(({ accountId }) => accountId)).size
}
