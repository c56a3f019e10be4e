import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { providerName } from '@/lib/identity/providers'
import { patientActor } from '@/lib/identity/session'
import { sessionLimits } from '@/lib/identity/session-limits'
import { addSeconds } from '@/lib/time/clock'

/** A way to sign in, as its owner sees it. */
export type OwnLogin = {
  readonly id: string
  /** The provider's name; its id when the configuration names it no more. */
  readonly provider: string
  readonly since: Date
  readonly lastUsedAt: Date
}

/** The ways to sign in to an account, oldest first. */
export async function listLogins(accountId: string): Promise<readonly OwnLogin[]> {
  const rows = await db().login.findMany({
    where: { accountId, removedAt: null },
    orderBy: { createdAt: 'asc' },
  })
  return rows.map(({ id, provider, createdAt, lastUsedAt }) => ({
    id,
    provider: providerName(provider),
    since: createdAt,
    lastUsedAt,
  }))
}

/** How many other browsers are signed in to this account. */
export async function countOtherSessions(
  session: { readonly id: string; readonly accountId: string },
  now: Date,
): Promise<number> {
  return db().session.count({ where: otherSessions(session, now) })
}

/** Ends every session of the account but this one: a lost phone is signed out with its next request. */
export async function endOtherSessions(
  session: { readonly id: string; readonly accountId: string },
  now: Date,
): Promise<number> {
  return db().$transaction(async (tx) => {
    const ended = await tx.session.updateManyAndReturn({
      where: otherSessions(session, now),
      data: { endedAt: now, endedWhy: 'ended-by-person' },
      select: { id: true },
    })
    for (const _ of ended)
      await record(tx, 'session.ended', {
        actor: patientActor(session),
        about: { accountId: session.accountId },
        detail: { why: 'ended-by-person' },
      })
    return ended.length
  })
}

function otherSessions(session: { readonly id: string; readonly accountId: string }, now: Date) {
  return {
    accountId: session.accountId,
    kind: 'patient',
    endedAt: null,
    expiresAt: { gt: now },
    lastSeenAt: { gt: addSeconds(now, -sessionLimits.patient.idleSeconds) },
    id: { not: session.id },
  }
}
