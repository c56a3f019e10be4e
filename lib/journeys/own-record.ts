import { db } from '@/lib/db/database'

/** Whether a staff member signs in to an account that this record is linked to: nobody decides about their own. */
export async function isOwnRecord(
  login: { readonly issuer: string; readonly subject: string },
  target: { readonly ehrId: string; readonly patientId: string },
): Promise<boolean> {
  const own = await db().link.findFirst({
    where: {
      ehrId: target.ehrId,
      patientId: target.patientId,
      status: { in: ['active', 'suspended'] },
      account: { logins: { some: { issuer: login.issuer, subject: login.subject, removedAt: null } } },
    },
    select: { id: true },
  })
  return own !== null
}
