import type { Tx } from '@/lib/db/database'
import { addSeconds } from '@/lib/time/clock'

/** How long a person has to look at the confirmation page. */
const proposalSeconds = 600

/** "Code and birth date were right": waits for the person's yes, in the session that proved it. */
export type Proposal = { readonly id: string; readonly activationCodeId: string; readonly expiresAt: Date }

/** Whose proposal it is: it means nothing in another session or account. */
export type Holder = { readonly sessionId: string; readonly accountId: string }

/** Writes a proposal; an older one of the session is of no use any more. */
export async function createProposal(
  tx: Tx,
  holder: Holder,
  activationCodeId: string,
  now: Date,
): Promise<string> {
  await tx.linkProposal.updateMany({
    where: { sessionId: holder.sessionId, spentAt: null },
    data: { spentAt: now },
  })
  const { id } = await tx.linkProposal.create({
    data: { ...holder, activationCodeId, createdAt: now, expiresAt: addSeconds(now, proposalSeconds) },
    select: { id: true },
  })
  return id
}

/** The open proposal of a session. */
export async function findProposal(tx: Tx, holder: Holder, now: Date): Promise<Proposal | undefined> {
  const row = await tx.linkProposal.findFirst({
    where: { ...holder, spentAt: null, expiresAt: { gt: now } },
    orderBy: { createdAt: 'desc' },
  })
  return row ? { id: row.id, activationCodeId: row.activationCodeId, expiresAt: row.expiresAt } : undefined
}

/**
 * The code of a proposal of this session, open or not: one page may still show what a later entry in another tab has
 * taken the place of. Undefined for another session's.
 */
export async function findProposedCode(tx: Tx, id: string, holder: Holder): Promise<string | undefined> {
  const row = await tx.linkProposal.findFirst({
    where: { id, ...holder },
    select: { activationCodeId: true },
  })
  return row?.activationCodeId
}

/** Spends a proposal: of N that try at once, one is told true. */
export async function spendProposal(tx: Tx, id: string, holder: Holder, now: Date): Promise<boolean> {
  const { count } = await tx.linkProposal.updateMany({
    where: { id, ...holder, spentAt: null, expiresAt: { gt: now } },
    data: { spentAt: now },
  })
  return count === 1
}
