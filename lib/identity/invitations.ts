import { type Actor, record } from '@/lib/audit/record'
import { type StaffRoleName, staffRoles } from '@/lib/config/file'
import { randomToken, sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { type StaffSession, staffActor } from '@/lib/identity/session'
import { addSeconds } from '@/lib/time/clock'

const lifetimeSeconds = 24 * 3600

/** A role's name as typed in a command, or undefined. */
export function parseRole(given: string): StaffRoleName | undefined {
  return staffRoles.find((role) => role === given)
}

/**
 * Makes a one-time invitation to a staff role: how the first administrator comes to be, and anyone the configuration
 * does not name. @returns the number to hand over; only its digest is kept. Valid for 24 hours
 */
export async function issueStaffInvitation(role: StaffRoleName, actor: Actor, now: Date): Promise<string> {
  const token = randomToken()
  await db().$transaction(async (tx) => {
    await tx.staffInvitation.create({
      data: { digest: sha256(token), role, createdAt: now, expiresAt: addSeconds(now, lifetimeSeconds) },
    })
    await record(tx, 'staff.invited', { actor, detail: { role } })
  })
  return token
}

/**
 * Gives the invitation's role to a staff member who proved two factors. Spent by one conditional statement: of N
 * redeemers one wins. Wrong, used and expired are answered alike.
 */
export async function redeemStaffInvitation(
  token: string,
  session: StaffSession,
  now: Date,
): Promise<{ readonly outcome: 'given'; readonly role: string } | { readonly outcome: 'refused' }> {
  if (session.mfa === null) return { outcome: 'refused' }
  return db().$transaction(async (tx) => {
    const [spent] = await tx.staffInvitation.updateManyAndReturn({
      where: { digest: sha256(token.trim()), spentAt: null, expiresAt: { gt: now } },
      data: { spentAt: now },
    })
    if (!spent) return { outcome: 'refused' }
    const { issuer, subject } = session
    await tx.staffRole.create({ data: { issuer, subject, role: spent.role, createdAt: now } })
    await record(tx, 'staff.role-given', { actor: staffActor(session), detail: { role: spent.role } })
    return { outcome: 'given', role: spent.role }
  })
}
