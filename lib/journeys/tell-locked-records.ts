import { type AlertView, listUntold, markTold } from '@/lib/alerts/alerts'
import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { type Ehr, findEhr } from '@/lib/ehrs/ehrs'
import { findPatientRecord, type PatientRecord } from '@/lib/ehrs/patients'
import type { Job } from '@/lib/jobs/run'
import { ageOf, dayIn } from '@/lib/linking/eligibility'
import { writeNotice } from '@/lib/notifications/write-notice'
import { addSeconds, now as clock } from '@/lib/time/clock'

/** For how long an EHR out of reach is asked again, in seconds: a day later the lock is over. */
const patienceSeconds = 86_400

/** Tells the contact on record that a record was locked. Apart from the attempt, whose answer and time say nothing. */
export const tellLockedRecordsJob: Job = {
  name: 'tell-locked-records',
  everySeconds: 15,
  run: () => tellLockedRecords(clock()),
}

/**
 * Tells the contact on record, once per lock, that failures locked it (spec A8). With no contact the EHR marks usable, or
 * with a minor, whose contact may be a parent's, the desk has the alert, and the audit says so.
 */
export async function tellLockedRecords(now: Date): Promise<void> {
  for (const alert of await listUntold('record-locked', addSeconds(now, -patienceSeconds)))
    await tell(alert, now)
}

async function tell(alert: AlertView, now: Date): Promise<void> {
  const { ehrId, patientId } = alert
  const ehr = ehrId === undefined ? undefined : findEhr(ehrId)
  if (!ehr || patientId === undefined) return
  const found = await findPatientRecord(ehr, patientId, {
    sub: 'vestibule',
    app: 'vestibule:linking',
    patient: patientId,
    scope: 'system/Patient.rs',
    purpose: 'PATADMIN',
  })
  if (found.outcome === 'unreachable') return
  const to = found.outcome === 'found' ? contactOf(found.record, ehr, now) : undefined
  await db().$transaction(async (tx) => {
    if (!(await markTold(tx, alert, now))) return
    if (to) {
      await writeNotice(tx, 'record-locked', { ...to, at: now })
    }
    await record(tx, 'notice.written', {
      actor: { kind: 'system', id: 'vestibule:linking' },
      about: { ehrId: ehr.id, patientId },
      detail: { kind: 'record-locked', way: to ? 'mail' : 'desk' },
    })
  })
}

function contactOf(
  patient: PatientRecord,
  ehr: Ehr,
  now: Date,
): { readonly to: string; readonly language: string | undefined } | undefined {
  const isAdult = (ageOf(patient.birthDate, dayIn(ehr.timeZone, now)) ?? 0) >= 18
  const [to] = patient.emails
  return to && isAdult && !patient.deceased ? { to, language: patient.language } : undefined
}
