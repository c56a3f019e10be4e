import type { Prisma } from '@/generated/prisma/client'
import { type Actor, record } from '@/lib/audit/record'
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
  readonly endedWhy?: string
  readonly demographicsDigest: Uint8Array
}

/** What is written when a chart is proven. `evidence` holds HMACs, rule and field names, never a raw value. */
export type NewLink = {
  readonly accountId: string
  readonly loginId: string
  readonly ehrId: string
  readonly patientId: string
  readonly relationship: Relationship
  readonly relatedPersonId?: string | undefined
  readonly method: string
  readonly level: string
  readonly evidence: Readonly<Record<string, string | readonly string[]>>
  readonly candidateVersion: string
  readonly demographicsDigest: Uint8Array<ArrayBuffer>
}

const live = { in: ['active', 'suspended'] }

/** The charts an account can open or has suspended, oldest first. */
export async function listLinks(accountId: string): Promise<readonly LinkView[]> {
  const rows = await db().link.findMany({ where: { accountId, status: live }, orderBy: { createdAt: 'asc' } })
  return rows.map(viewOf)
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
    ...viewOf(row),
    provider: logins.find((login) => login.id === row.loginId)?.provider ?? '',
  }))
}

/** A link that is active now. Suspended and ended ones are not found. */
export async function findLiveLink(tx: Tx, linkId: string): Promise<LinkView | undefined> {
  const row = await tx.link.findFirst({ where: { id: linkId, status: 'active' } })
  return row ? viewOf(row) : undefined
}

/** A link whatever its status. */
export async function findLink(tx: Tx, linkId: string): Promise<LinkView | undefined> {
  const row = await tx.link.findUnique({ where: { id: linkId } })
  return row ? viewOf(row) : undefined
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

/** Writes a link. Call `holdRoomForLink` first in the same transaction; the partial indexes hold the rest. */
export async function createLink(
  tx: Tx,
  link: NewLink,
  options: { readonly actor: Actor; readonly now: Date },
): Promise<string> {
  const { relatedPersonId, evidence, ...fields } = link
  const { id } = await tx.link.create({
    data: {
      ...fields,
      relatedPersonId: relatedPersonId ?? null,
      evidence: evidence as Prisma.InputJsonObject,
      status: 'active',
      createdAt: options.now,
      checkedAt: options.now,
    },
    select: { id: true },
  })
  await record(tx, 'link.created', {
    actor: options.actor,
    about: { accountId: link.accountId, ehrId: link.ehrId, patientId: link.patientId, linkId: id },
    detail: { method: link.method, level: link.level, relationship: link.relationship },
  })
  return id
}

/** Ends a link for good. It opens nothing from the next request. @returns false when it had ended before */
export async function endLink(
  tx: Tx,
  linkId: string,
  options: { readonly why: LinkEndReason; readonly actor: Actor; readonly now: Date },
): Promise<boolean> {
  return change(tx, linkId, 'link.ended', { from: live, to: 'ended', endedAt: options.now, ...options })
}

/**
 * Brings a suspended link back: staff cleared up why it was on hold. `demographicsDigest` is what the record says of the
 * person now, so that what was looked at does not suspend it again. @returns false when it was not suspended
 */
export async function resumeLink(
  tx: Tx,
  linkId: string,
  options: {
    readonly reason: string
    readonly demographicsDigest: Uint8Array<ArrayBuffer>
    readonly candidateVersion: string
    readonly actor: Actor
    readonly now: Date
  },
): Promise<boolean> {
  const { reason, actor, now, demographicsDigest, candidateVersion } = options
  const before = await tx.link.findUnique({ where: { id: linkId }, select: { endedWhy: true } })
  const [row] = await tx.link.updateManyAndReturn({
    where: { id: linkId, status: 'suspended' },
    data: {
      status: 'active',
      endedWhy: null,
      disputedAt: null,
      checkedAt: now,
      demographicsDigest,
      candidateVersion,
    },
    select: { accountId: true, ehrId: true, patientId: true },
  })
  if (!row) return false
  const detail = { was: before?.endedWhy ?? '', reason }
  await record(tx, 'link.resumed', { actor, about: { ...row, linkId }, detail })
  return true
}

/** Suspends a link until someone clears it up. @returns false when it was not active */
export async function suspendLink(
  tx: Tx,
  linkId: string,
  options: { readonly why: LinkEndReason; readonly actor: Actor; readonly now: Date },
): Promise<boolean> {
  const suspended = { from: 'active', to: 'suspended', endedAt: null, ...options } as const
  return change(tx, linkId, 'link.suspended', suspended)
}

/** Notes that the EHR's view was looked at and still agrees. */
export async function markLinkChecked(
  tx: Tx,
  linkId: string,
  options: {
    readonly candidateVersion: string
    readonly demographicsDigest?: Uint8Array<ArrayBuffer> | undefined
    readonly now: Date
  },
): Promise<void> {
  const { candidateVersion, demographicsDigest, now } = options
  await tx.link.updateMany({
    where: { id: linkId, status: 'active' },
    data: { checkedAt: now, candidateVersion, ...(demographicsDigest ? { demographicsDigest } : {}) },
  })
}

async function change(
  tx: Tx,
  linkId: string,
  event: 'link.ended' | 'link.suspended',
  options: {
    from: string | { in: string[] }
    to: LinkStatus
    endedAt: Date | null
    why: LinkEndReason
    actor: Actor
    now: Date
  },
): Promise<boolean> {
  const [row] = await tx.link.updateManyAndReturn({
    where: { id: linkId, status: options.from },
    data: {
      status: options.to,
      endedAt: options.endedAt,
      endedWhy: options.why,
      ...(options.why === 'not-me' ? { disputedAt: options.now } : {}),
    },
    select: { accountId: true, ehrId: true, patientId: true },
  })
  if (!row) return false
  await record(tx, event, { actor: options.actor, about: { ...row, linkId }, detail: { why: options.why } })
  return true
}

function viewOf(row: Prisma.LinkGetPayload<object>): LinkView {
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
    ...(row.endedWhy ? { endedWhy: row.endedWhy } : {}),
    demographicsDigest: row.demographicsDigest,
  }
}
