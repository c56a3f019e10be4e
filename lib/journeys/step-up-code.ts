import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { raiseSession } from '@/lib/identity/change-session'
import { type PatientSession, patientActor, type StaffSession, staffActor } from '@/lib/identity/session'
import { findChart } from '@/lib/journeys/chart-handle'
import { isOwnRecord } from '@/lib/journeys/own-record'
import { formatCode } from '@/lib/linking/activation-code'
import { listLinksOfRecord } from '@/lib/linking/links'
import {
  type DeskIdentification,
  issueStepUpCode,
  parseStepUpCode,
  spendStepUpCode,
} from '@/lib/linking/step-up-codes'
import { takeHit } from '@/lib/rate-limit/rate-limit'

/** Why the desk got no code. `no-link`: nobody has this chart open as that person, so there is no session to raise. */
export type StepUpCodeRefusal = 'expired' | 'own-record' | 'no-link' | 'already-made'

/** A code, this once. */
export type IssuedStepUpCode = {
  readonly outcome: 'issued'
  readonly code: string
  readonly expiresAt: Date
}

/**
 * The desk has looked at the person who stands there and gives a code that raises their session: ten minutes, once. For
 * a chart that is open, a person who has it open, and never for a record of the staff member's own. Refusals are audited.
 */
export async function giveStepUpCode(
  staff: StaffSession,
  handle: string,
  options: {
    readonly linkId: string
    readonly identification: DeskIdentification
    readonly formKey: string
    readonly now: Date
  },
): Promise<IssuedStepUpCode | { readonly outcome: 'refused'; readonly reason: StepUpCodeRefusal }> {
  const { linkId, identification, formKey, now } = options
  const chart = findChart(staff, handle, now)
  if (!chart) return { outcome: 'refused', reason: 'expired' }
  const { ehrId, patientId } = chart
  const refuse = async (reason: StepUpCodeRefusal) => {
    await record(db(), 'step-up-code.issue-refused', {
      actor: staffActor(staff),
      outcome: 'refused',
      about: { ehrId, patientId },
      detail: { reason },
    })
    return { outcome: 'refused', reason } as const
  }
  if (await isOwnRecord(staff, { ehrId, patientId })) return refuse('own-record')
  const link = (await listLinksOfRecord(ehrId, patientId)).find((one) => one.id === linkId)
  if (link?.status !== 'active') return refuse('no-link')
  const { relationship, relatedPersonId } = link
  const issued = await db().$transaction(async (tx) => {
    if (!(await takeHit(tx, 'codesPerForm', formKey, now)).allowed) return undefined
    const person = { ehrId, patientId, relationship, relatedPersonId, identification }
    const written = await issueStepUpCode(tx, { ...person, issuedBy: staffActor(staff).id ?? '' }, now)
    await record(tx, 'step-up-code.issued', {
      actor: staffActor(staff),
      about: { ehrId, patientId },
      detail: { codeId: written.id, relationship, identification },
    })
    return written
  })
  if (!issued) return refuse('already-made')
  return { outcome: 'issued', code: formatCode(issued.code), expiresAt: issued.expiresAt }
}

/** How a code of the desk was taken. Wrong, used, too old and somebody else's are answered alike. */
export type RedeemedStepUpCode =
  | { readonly outcome: 'raised'; readonly setCookie: string }
  | { readonly outcome: 'refused' }
  | { readonly outcome: 'limited'; readonly retryAfterSeconds: number }

/** Raises a session by a code of the desk: spent, audited and the cookie renewed in one transaction. */
export async function redeemStepUpCode(
  session: PatientSession,
  typed: string,
  now: Date,
): Promise<RedeemedStepUpCode> {
  const { accountId } = session
  const code = parseStepUpCode(typed)
  const actor = patientActor(session)
  const refused = (reason: string) =>
    ({
      actor,
      outcome: 'refused',
      about: { accountId },
      detail: { by: 'desk' as const, reason },
    }) as const
  return db().$transaction(async (tx) => {
    const limit = await takeHit(tx, 'stepUpCodesPerAccount', accountId, now)
    if (!limit.allowed) {
      await record(tx, 'session.step-up-refused', refused('limited'))
      return { outcome: 'limited', retryAfterSeconds: limit.retryAfterSeconds }
    }
    if (code === undefined || !(await spendStepUpCode(tx, code, { accountId, now }))) {
      await record(tx, 'session.step-up-refused', refused(code === undefined ? 'malformed' : 'unknown'))
      return { outcome: 'refused' }
    }
    return { outcome: 'raised', setCookie: await raiseSession(tx, session, { by: 'desk', now }) }
  })
}
