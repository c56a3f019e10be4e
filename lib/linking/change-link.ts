import type { Prisma } from '@/generated/prisma/client'
import { type Actor, record } from '@/lib/audit/record'
import type { Tx } from '@/lib/db/database'
import type { Relationship } from '@/lib/linking/eligibility'
import { type LinkEndReason, type LinkStatus, live } from '@/lib/linking/links'

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
