import { isEqual } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import { digestBirthDate, digestCode, listCodeDigests, newCode } from '@/lib/linking/activation-code'
import type { Relationship } from '@/lib/linking/eligibility'
import { addSeconds } from '@/lib/time/clock'

/** Who was given a code, and what identification was seen. Both are evidence of the link made with it. */
export const receivers = [
  'patient-in-person',
  'parent-in-person',
  'representative-in-person',
  'post',
  'visit-summary',
] as const
export const identifications = ['photo-id', 'known-to-staff', 'none'] as const
export type Receiver = (typeof receivers)[number]
export type Identification = (typeof identifications)[number]

/** The record a code opens, and as whom. */
export type CodeTarget = {
  readonly ehrId: string
  readonly patientId: string
  readonly relationship: Relationship
  readonly relatedPersonId?: string | undefined
}

/** A code to be written. */
export type NewCode = CodeTarget & {
  readonly birthDate: string
  readonly receivedBy: Receiver
  readonly identification: Identification
  readonly issuedByKind: 'staff' | 'backend'
  readonly issuedBy: string
}

/** An issued code without its secret. */
export type CodeView = {
  readonly id: string
  readonly relationship: Relationship
  readonly receivedBy: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly status: CodeStatus
}

/** What became of a code. `locked`: five wrong birth dates ended it. */
export type CodeStatus = 'live' | 'used' | 'revoked' | 'expired' | 'locked'

/** What is known of a code that exists. */
export type KnownCode = CodeTarget & {
  readonly id: string
  readonly status: CodeStatus
  readonly digest: Uint8Array
  readonly pepper: number
  readonly birthDateDigest: Uint8Array
  readonly receivedBy: string
  readonly identification: string
  readonly issuedByKind: string
  readonly issuedBy: string
}

/**
 * Writes a new code for a record; the one before it for the same record and relationship ends. The code itself is only
 * in this answer. @returns the code in normal form
 */
export async function issueCode(
  tx: Tx,
  code: NewCode,
  options: { readonly days: number; readonly now: Date },
): Promise<{
  readonly id: string
  readonly code: string
  readonly expiresAt: Date
  readonly replaced: boolean
}> {
  const { birthDate, ehrId, patientId, relationship, relatedPersonId, ...how } = code
  const target = { ehrId, patientId, relationship, relatedPersonId: relatedPersonId ?? null }
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`code:${ehrId}:${patientId}`}, 0))`
  const { count } = await tx.activationCode.updateMany({
    where: { ...target, usedAt: null, revokedAt: null },
    data: { revokedAt: options.now, revokedWhy: 're-issued' },
  })
  const secret = newCode()
  const digests = digestCode(secret)
  const birthDateDigest = digestBirthDate(birthDate, digests)
  if (!birthDateDigest) throw new Error('no pepper for a new code')
  const expiresAt = addSeconds(options.now, options.days * 86_400)
  const { id } = await tx.activationCode.create({
    data: { ...target, ...how, ...digests, birthDateDigest, createdAt: options.now, expiresAt },
    select: { id: true },
  })
  return { id, code: secret, expiresAt, replaced: count > 0 }
}

/** Finds a code by what was typed, under every secret configured: one lookup by digest. */
export async function findCode(tx: Tx, code: string, now: Date): Promise<KnownCode | undefined> {
  const row = await tx.activationCode.findFirst({
    where: { digest: { in: listCodeDigests(code).map((one) => one.digest) } },
  })
  if (!row) return undefined
  const { relationship, relatedPersonId, ...rest } = row
  return {
    ...rest,
    relationship: relationship === 'proxy' ? 'proxy' : 'self',
    ...(relatedPersonId ? { relatedPersonId } : {}),
    status: statusOf(row, now),
  }
}

/** Whether a birth date is the one on the record when this code was issued. */
export function isBirthDateOf(
  code: Pick<KnownCode, 'digest' | 'pepper' | 'birthDateDigest'>,
  birthDate: string,
): boolean {
  const digest = digestBirthDate(birthDate, { digest: new Uint8Array(code.digest), pepper: code.pepper })
  return digest !== undefined && isEqual(digest, code.birthDateDigest)
}

/**
 * Takes one of the tries of a code: wrong birth dates use them up, and the last one ends the code. One conditional
 * statement, so that parallel guesses have no more tries than one after another. @returns tries left, or `none`
 */
export async function takeTry(tx: Tx, codeId: string, now: Date): Promise<number | 'none'> {
  const [row] = await tx.$queryRaw<{ tries_left: number }[]>`
    UPDATE "activation_code" SET "tries_left" = "tries_left" - 1,
      "revoked_at" = CASE WHEN "tries_left" = 1 AND "used_at" IS NULL THEN COALESCE("revoked_at", ${now}) ELSE "revoked_at" END,
      "revoked_why" = CASE WHEN "tries_left" = 1 AND "used_at" IS NULL AND "revoked_at" IS NULL THEN 'wrong-birth-dates' ELSE "revoked_why" END
    WHERE "id" = ${codeId}::uuid AND "tries_left" > 0 RETURNING "tries_left"`
  return row?.tries_left ?? 'none'
}

/** Spends a code: of N that try at once, one is told true. */
export async function spendCode(tx: Tx, codeId: string, now: Date): Promise<boolean> {
  const { count } = await tx.activationCode.updateMany({
    where: { id: codeId, usedAt: null, revokedAt: null, expiresAt: { gt: now }, triesLeft: { gt: 0 } },
    data: { usedAt: now },
  })
  return count === 1
}

/** Ends a code that was not used yet. @returns false when there was nothing to end */
export async function revokeCode(
  tx: Tx,
  codeId: string,
  why: 'staff' | 'not-me',
  now: Date,
): Promise<boolean> {
  const { count } = await tx.activationCode.updateMany({
    where: { id: codeId, usedAt: null, revokedAt: null },
    data: { revokedAt: now, revokedWhy: why },
  })
  return count === 1
}

/** The latest codes issued for a record, newest first, for staff. */
export async function listCodes(ehrId: string, patientId: string, now: Date): Promise<readonly CodeView[]> {
  const rows = await db().activationCode.findMany({
    where: { ehrId, patientId },
    orderBy: { createdAt: 'desc' },
    take: 5,
  })
  return rows.map((row) => ({
    id: row.id,
    relationship: row.relationship === 'proxy' ? 'proxy' : 'self',
    receivedBy: row.receivedBy,
    createdAt: row.createdAt,
    expiresAt: row.expiresAt,
    status: statusOf(row, now),
  }))
}

/** The record and relationship of a code by its id. */
export async function findCodeById(tx: Tx, codeId: string, now: Date): Promise<KnownCode | undefined> {
  const row = await tx.activationCode.findUnique({ where: { id: codeId } })
  if (!row) return undefined
  const { relatedPersonId, ...rest } = row
  return {
    ...rest,
    relationship: row.relationship === 'proxy' ? 'proxy' : 'self',
    ...(relatedPersonId ? { relatedPersonId } : {}),
    status: statusOf(row, now),
  }
}

type CodeState = { usedAt: Date | null; revokedAt: Date | null; expiresAt: Date; triesLeft: number }

function statusOf(row: CodeState, now: Date): CodeStatus {
  if (row.triesLeft <= 0) return 'locked'
  if (row.usedAt) return 'used'
  if (row.revokedAt) return 'revoked'
  return row.expiresAt <= now ? 'expired' : 'live'
}
