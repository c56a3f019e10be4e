import type { Prisma } from '@/generated/prisma/client'
import { db, type Tx } from '@/lib/db/database'
import type { Relationship } from '@/lib/linking/eligibility'

/** A link is `suspended` while something has to be cleared up, and never comes back from `ended`. */
export type LinkStatus = 'active' | 'suspended' | 'ended'

/** Why a link is suspended or ended. */
export type LinkEndReason =
  | 'person'
  | 'staff'
  | 'not-me'
  | 'record-changed'
  | 'deceased'
  | 'merged'
  | 'inactive'
  | 'under-age'
  | 'proxy-ended'

/** A link as modules see it. */
export type LinkView = {
  readonly id: string
  readonly accountId: string
  readonly ehrId: string
  readonly patientId: string
  readonly relationship: Relationship
  readonly relatedPersonId?: string
  readonly method: string
  readonly level: string
  readonly status: LinkStatus
  /** Reference of the person at the EHR: who acts. */
  readonly fhirUser: string
  readonly loginId: string
  readonly createdAt: Date
  readonly checkedAt: Date
  /** How many times its person said yes to an app. */
  readonly consentCount: number
  readonly endedWhy?: string
  readonly demographicsDigest: Uint8Array
}

export const live = { in: ['active', 'suspended'] }

/** The charts an account can open or has suspended, oldest first. */
export async function listLinks(accountId: string): Promise<readonly LinkView[]> {
  const rows = await db().link.findMany({ where: { accountId, status: live }, orderBy: { createdAt: 'asc' } })
  return rows.map(toLinkView)
}

/** The live links to a record, with the sign-in each was made by, for staff. */
export async function listLinksOfRecord(
  ehrId: string,
  patientId: string,
): Promise<readonly (LinkView & { readonly provider: string })[]> {
  const rows = await db().link.findMany({
    where: { ehrId, patientId, status: live },
    orderBy: { createdAt: 'asc' },
  })
  const logins = await db().login.findMany({
    where: { id: { in: rows.map((row) => row.loginId) } },
    select: { id: true, provider: true },
  })
  return rows.map((row) => ({
    ...toLinkView(row),
    provider: logins.find((login) => login.id === row.loginId)?.provider ?? '',
  }))
}

/** A link whatever its status. */
export async function findLink(tx: Tx, linkId: string): Promise<LinkView | undefined> {
  const row = await tx.link.findUnique({ where: { id: linkId } })
  return row ? toLinkView(row) : undefined
}

/** How a new link to a record would stand beside those the account has. */
export type Room = 'free' | 'already-open' | 'other-chart-open' | 'suspended' | 'account-ended'

/**
 * Looks whether an account has room for a link, and holds the account's row so that the answer stays true until the
 * transaction ends: at most one live self link per EHR, one live link per record.
 */
export async function holdRoomForLink(
  tx: Tx,
  target: {
    readonly accountId: string
    readonly ehrId: string
    readonly patientId: string
    readonly relationship: Relationship
  },
): Promise<Room> {
  const [account] = await tx.$queryRaw<{ ended_at: Date | null }[]>`
    SELECT "ended_at" FROM "account" WHERE "id" = ${target.accountId}::uuid FOR UPDATE`
  if (!account || account.ended_at) return 'account-ended'
  const links = await tx.link.findMany({
    where: { accountId: target.accountId, ehrId: target.ehrId, status: live },
  })
  const same = links.find((link) => link.patientId === target.patientId)
  if (same) return same.status === 'suspended' ? 'suspended' : 'already-open'
  const hasOwn = target.relationship === 'self' && links.some((link) => link.relationship === 'self')
  return hasOwn ? 'other-chart-open' : 'free'
}

/** A row as it is read beside other things, with the columns a view needs. */
export type LinkRow = Omit<
  Prisma.LinkGetPayload<object>,
  'evidence' | 'personId' | 'candidateVersion' | 'endedAt' | 'disputedAt'
>

/** A link's row as modules see it. */
export function toLinkView(row: LinkRow): LinkView {
  const relationship = row.relationship === 'proxy' ? 'proxy' : 'self'
  const person =
    relationship === 'proxy' && row.relatedPersonId
      ? `RelatedPerson/${row.relatedPersonId}`
      : `Patient/${row.patientId}`
  return {
    id: row.id,
    accountId: row.accountId,
    ehrId: row.ehrId,
    patientId: row.patientId,
    relationship,
    ...(row.relatedPersonId ? { relatedPersonId: row.relatedPersonId } : {}),
    method: row.method,
    level: row.level,
    status: row.status === 'active' || row.status === 'suspended' ? row.status : 'ended',
    fhirUser: person,
    loginId: row.loginId,
    createdAt: row.createdAt,
    checkedAt: row.checkedAt,
    consentCount: row.consentCount,
    ...(row.endedWhy ? { endedWhy: row.endedWhy } : {}),
    demographicsDigest: row.demographicsDigest,
  }
}
