import type { Tx } from '@/lib/db/database'
import type { Relationship } from '@/lib/linking/eligibility'
import { checkLimit, countHit } from '@/lib/rate-limit/rate-limit'
import { addSeconds } from '@/lib/time/clock'

/** Sign-ins of one's own that may open one record at a time. */
const selfLinksAtMost = 5
/** How long after "this was not me" the same sign-in may not link the record again. */
const coolDownSeconds = 24 * 3600
/** How long staff's leave for one more link holds. */
const allowanceSeconds = 24 * 3600

/** What a new link would be. */
export type LinkPlan = {
  readonly accountId: string
  readonly loginId: string
  readonly ehrId: string
  readonly patientId: string
  readonly relationship: Relationship
}

/** Why no further link is made to a record now, though everything was proven. */
export type LinkCap = 'cool-down' | 'record-full' | 'too-many-changes'

type RecordName = { readonly ehrId: string; readonly patientId: string }

/**
 * The caps on links (spec A2, A11): at most five live self links per record, at most three changes in a day per account
 * and per record, and a day's wait for a sign-in that the contact on record disowned. Holds the record until the
 * transaction ends, so that parallel links cannot pass together.
 */
export async function checkCaps(tx: Tx, plan: LinkPlan, now: Date): Promise<LinkCap | undefined> {
  const { accountId, loginId, ehrId, patientId } = plan
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`links:${ehrId}/${patientId}`}, 0))`
  const disputed = await tx.link.findFirst({
    where: {
      ehrId,
      patientId,
      disputedAt: { gt: addSeconds(now, -coolDownSeconds) },
      OR: [{ accountId }, { loginId }],
    },
    select: { id: true },
  })
  if (disputed) return 'cool-down'
  const others = await tx.link.count({
    where: { ehrId, patientId, relationship: 'self', status: { in: ['active', 'suspended'] } },
  })
  if (plan.relationship === 'self' && others >= selfLinksAtMost) return 'record-full'
  const changes = await Promise.all([
    checkLimit(tx, 'linkChangesPerAccount', accountId, now),
    checkLimit(tx, 'linkChangesPerRecord', recordKey(plan), now),
  ])
  return changes.every((state) => state.allowed) ? undefined : 'too-many-changes'
}

/** Counts a link made or ended by its person. An end is never refused: only the next beginning is. */
export async function countChange(
  tx: Tx,
  link: RecordName & { readonly accountId: string },
  now: Date,
): Promise<void> {
  await countHit(tx, 'linkChangesPerAccount', link.accountId, now)
  await countHit(tx, 'linkChangesPerRecord', recordKey(link), now)
}

/** Staff looked at it: one more link to this record may be made past the caps, within a day. */
export async function giveAllowance(
  tx: Tx,
  target: RecordName,
  options: { readonly givenBy: string; readonly now: Date },
): Promise<void> {
  const { ehrId, patientId } = target
  await tx.linkAllowance.create({
    data: {
      ehrId,
      patientId,
      givenBy: options.givenBy,
      createdAt: options.now,
      expiresAt: addSeconds(options.now, allowanceSeconds),
    },
  })
}

/** Whether staff's leave for one more link waits to be used. */
export async function hasAllowance(tx: Tx, target: RecordName, now: Date): Promise<boolean> {
  return (await tx.linkAllowance.findFirst({ where: openAllowance(target, now) })) !== null
}

/** Spends staff's leave: of N links that need it at once, one is told true. */
export async function spendAllowance(tx: Tx, target: RecordName, now: Date): Promise<boolean> {
  const { ehrId, patientId } = target
  const spent = await tx.$executeRaw`
    UPDATE "link_allowance" SET "spent_at" = ${now} WHERE "id" = (
      SELECT "id" FROM "link_allowance" WHERE "ehr_id" = ${ehrId} AND "patient_id" = ${patientId}
        AND "spent_at" IS NULL AND "expires_at" > ${now} ORDER BY "created_at" LIMIT 1 FOR UPDATE)`
  return spent === 1
}

function openAllowance({ ehrId, patientId }: RecordName, now: Date) {
  return { ehrId, patientId, spentAt: null, expiresAt: { gt: now } }
}

/** The name a record has in limits. */
export function recordKey({ ehrId, patientId }: RecordName): string {
  return `${ehrId}/${patientId}`
}
