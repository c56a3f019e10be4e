import { db, type Tx } from '@/lib/db/database'
import { digestCode, listCodeDigests, newCode, parseCode } from '@/lib/linking/activation-code'
import type { CodeTarget } from '@/lib/linking/codes'
import { addSeconds } from '@/lib/time/clock'

/** What the desk looks at before it speaks for somebody. */
export const deskIdentifications = ['photo-id', 'known-to-staff'] as const
export type DeskIdentification = (typeof deskIdentifications)[number]

/** As long as a person stands at the desk. Seconds */
const lifetimeSeconds = 600
/** 50 random bits: it is typed at once, tried five times at most, and only by who has the record open. */
const codeLength = 10

/** A code of the desk to be written: for the record, and for whoever stood there. */
export type NewStepUpCode = CodeTarget & {
  readonly identification: DeskIdentification
  readonly issuedBy: string
}

/**
 * Writes a code that raises a session; the one before it for the same person ends. The code itself is only in this
 * answer. @returns the code in normal form
 */
export async function issueStepUpCode(
  tx: Tx,
  code: NewStepUpCode,
  now: Date,
): Promise<{ readonly id: string; readonly code: string; readonly expiresAt: Date }> {
  const { ehrId, patientId, relationship, relatedPersonId, identification, issuedBy } = code
  const person = { ehrId, patientId, relationship, relatedPersonId: relatedPersonId ?? null }
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`step-up:${ehrId}:${patientId}`}, 0))`
  await tx.stepUpCode.updateMany({
    where: { ...person, usedAt: null, revokedAt: null },
    data: { revokedAt: now },
  })
  const secret = newCode(codeLength)
  const expiresAt = addSeconds(now, lifetimeSeconds)
  const { id } = await tx.stepUpCode.create({
    data: {
      ...person,
      ...digestCode(`step-up:${secret}`),
      identification,
      issuedBy,
      createdAt: now,
      expiresAt,
    },
    select: { id: true },
  })
  return { id, code: secret, expiresAt }
}

/** What a person typed, in normal form, or undefined when it cannot be such a code. */
export function parseStepUpCode(typed: string): string | undefined {
  return parseCode(typed, codeLength)
}

/**
 * Spends a code, if this account has its record open as the person who stood at the desk. Everything is proven by the one
 * statement that spends it: of N at once one is told true, and a stranger's account cannot burn it.
 */
export async function spendStepUpCode(
  tx: Tx,
  code: string,
  { accountId, now }: { readonly accountId: string; readonly now: Date },
): Promise<boolean> {
  const digests = listCodeDigests(`step-up:${code}`).map(({ digest }) => digest)
  const spent = await tx.$executeRaw`
    UPDATE "step_up_code" c SET "used_at" = ${now}
    WHERE c."digest" = ANY(${digests}) AND c."used_at" IS NULL AND c."revoked_at" IS NULL AND c."expires_at" > ${now}
      AND EXISTS (SELECT 1 FROM "link" l
        WHERE l."account_id" = ${accountId}::uuid AND l."status" = 'active' AND l."ehr_id" = c."ehr_id"
          AND l."patient_id" = c."patient_id" AND l."relationship" = c."relationship"
          AND l."related_person_id" IS NOT DISTINCT FROM c."related_person_id")`
  return spent === 1
}

/** Deletes codes a day after they expired. A job. */
export async function sweepStepUpCodes(now: Date): Promise<void> {
  await db().stepUpCode.deleteMany({ where: { expiresAt: { lt: addSeconds(now, -86_400) } } })
}
