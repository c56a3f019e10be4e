import { type Actor, record } from '@/lib/audit/record'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import type { PatientRecord } from '@/lib/ehrs/patients'
import { type Ineligible, lookAtRecord } from '@/lib/journeys/look-at-record'
import { isOwnRecord } from '@/lib/journeys/own-record'
import { formatCode } from '@/lib/linking/activation-code'
import {
  type CodeTarget,
  type Identification,
  type Receiver,
  issueCode as writeCode,
} from '@/lib/linking/codes'
import { takeHit } from '@/lib/rate-limit/rate-limit'
import { isStopped } from '@/lib/stops/stops'

/** Who issues: staff are named by (issuer, subject) too, for nobody may issue a code for a record of their own. */
export type Issuer =
  | {
      readonly kind: 'staff'
      readonly actor: Actor
      readonly login: { readonly issuer: string; readonly subject: string }
    }
  | { readonly kind: 'backend'; readonly actor: Actor }

/** A code to issue: for which record and as whom, who receives it, what identification was seen. */
export type CodeOrder = CodeTarget & {
  readonly receivedBy: Receiver
  readonly identification: Identification
}

/** Why no code was issued. `already-made`: its form made one before; a page loaded again must not end the code it showed. */
export type IssueRefusal =
  | Ineligible
  | 'no-birth-date'
  | 'own-record'
  | 'paused'
  | 'ehr-unreachable'
  | 'unknown-ehr'
  | 'already-made'

/** A code, this once. `code` is as printed, `link` what the QR carries: the code stands in the fragment, which no server sees. */
export type IssuedCode = {
  readonly outcome: 'issued'
  readonly id: string
  readonly code: string
  readonly link: string
  readonly expiresAt: Date
  readonly record: PatientRecord
  /** Whether the notice about the new link will find a contact on the record. */
  readonly hasContact: boolean
}

/**
 * Issues an activation code for a record that the EHR lets be linked now. The code before it for the same record and
 * relationship ends. Refusals are audited with their reason. (spec A7.1)
 */
export async function issueCode(
  issuer: Issuer,
  order: CodeOrder,
  options: {
    readonly now: Date
    /** Names the form this came from: it makes one code, however often it is posted. */
    readonly formKey?: string
  },
): Promise<IssuedCode | { readonly outcome: 'refused'; readonly reason: IssueRefusal }> {
  const { now } = options
  const checked = await checkOrder(issuer, order, now)
  if (checked.outcome === 'refused') {
    await recordRefusal(issuer, order, checked.reason)
    return checked
  }
  const { record: patient, days } = checked
  const issued = await db().$transaction(async (tx) => {
    const { actor } = issuer
    if (options.formKey && !(await takeHit(tx, 'codesPerForm', options.formKey, now)).allowed)
      return undefined
    const written = await writeCode(
      tx,
      { ...order, birthDate: checked.birthDate, issuedByKind: issuer.kind, issuedBy: actor.id ?? '' },
      { days, now },
    )
    await record(tx, 'code.issued', {
      actor,
      about: { ehrId: order.ehrId, patientId: order.patientId },
      detail: {
        codeId: written.id,
        relationship: order.relationship,
        receivedBy: order.receivedBy,
        identification: order.identification,
        replaced: written.replaced,
      },
    })
    return written
  })
  if (!issued) return { outcome: 'refused', reason: 'already-made' }
  const code = formatCode(issued.code)
  return {
    outcome: 'issued',
    id: issued.id,
    code,
    link: `${config().issuer}/link#code=${code}`,
    expiresAt: issued.expiresAt,
    record: patient,
    hasContact: patient.emails.length > 0,
  }
}

type CheckedOrder =
  | {
      readonly outcome: 'good'
      readonly record: PatientRecord
      readonly birthDate: string
      readonly days: number
    }
  | { readonly outcome: 'refused'; readonly reason: IssueRefusal }

async function checkOrder(issuer: Issuer, order: CodeOrder, now: Date): Promise<CheckedOrder> {
  const ehr = findEhr(order.ehrId)
  if (!ehr) return { outcome: 'refused', reason: 'unknown-ehr' }
  if (await isStopped(db(), [['linking'], ['ehr', ehr.id]])) return { outcome: 'refused', reason: 'paused' }
  if (issuer.kind === 'staff' && (await isOwnRecord(issuer.login, order)))
    return { outcome: 'refused', reason: 'own-record' }
  const app = issuer.kind === 'staff' ? 'vestibule:staff' : 'vestibule:linking'
  const view = await lookAtRecord(ehr, order, { sub: issuer.actor.id ?? issuer.kind, app, now })
  if (view.outcome === 'unreachable') return { outcome: 'refused', reason: 'ehr-unreachable' }
  if (view.outcome === 'ineligible') return { outcome: 'refused', reason: view.reason }
  const { birthDate } = view.record
  if (birthDate?.length !== 10) return { outcome: 'refused', reason: 'no-birth-date' }
  return { outcome: 'good', record: view.record, birthDate, days: ehr.linking.codeDays }
}

async function recordRefusal(issuer: Issuer, order: CodeOrder, reason: IssueRefusal): Promise<void> {
  await record(db(), 'code.issue-refused', {
    actor: issuer.actor,
    outcome: 'refused',
    about: { ehrId: order.ehrId, patientId: order.patientId },
    detail: { reason, relationship: order.relationship },
  })
}
