import { db } from '@/lib/db/database'
import { endGrant, findGrant } from '@/lib/grants/grants'
import { endSignInGrant } from '@/lib/grants/sign-in-grants'
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

/** A person no longer lets an app know them. Dead at once, as above; another person's is not found. */
export async function endOwnSignIn(
  accountId: string,
  signInGrantId: string,
  now: Date,
): Promise<'ended' | 'not-found'> {
  const actor = patientActor({ accountId })
  const ended = await db().$transaction((tx) =>
    endSignInGrant(tx, signInGrantId, { why: 'person', accountId, actor, now }),
  )
  return ended ? 'ended' : 'not-found'
}
