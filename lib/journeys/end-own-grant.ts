import { db } from '@/lib/db/database'
import { endGrant, findGrant } from '@/lib/grants/grants'
import { patientActor } from '@/lib/identity/session'

/**
 * A person stops an app from reading. Dead at once: gateway and refresh read the grant at every use. An id of another
 * person's grant is not found.
 */
export async function endOwnGrant(
  accountId: string,
  grantId: string,
  now: Date,
): Promise<'ended' | 'not-found'> {
  if (!(await findGrant(accountId, grantId, now))) return 'not-found'
  const actor = patientActor({ accountId })
  await db().$transaction((tx) => endGrant(tx, grantId, { why: 'person', actor, now }))
  return 'ended'
}
