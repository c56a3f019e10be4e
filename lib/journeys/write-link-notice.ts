import { record } from '@/lib/audit/record'
import type { Tx } from '@/lib/db/database'
import { getEhr } from '@/lib/ehrs/ehrs'
import type { PatientRecord } from '@/lib/ehrs/patients'
import { formatCode } from '@/lib/linking/activation-code'
import { ageOf, dayIn, type Relationship } from '@/lib/linking/eligibility'
import { issueRepudiation } from '@/lib/linking/repudiations'
import { writeNotice } from '@/lib/notifications/write-notice'

/**
 * Writes the neutral notice about a link or a passkey, in the transaction of the act, to a contact the EHR marks usable; with none
 * the desk hands it over and the audit says so. A teenager's own link is never told to a contact, which may be a
 * parent's. (NIST SP 800-63A-4 §3.10; spec A11)
 */
export async function writeLinkNotice(
  tx: Tx,
  about: {
    readonly kind: 'link-created' | 'link-ended' | 'link-resumed' | 'passkey-added' | 'passkey-removed'
    readonly linkId: string
    readonly accountId: string
    readonly patient: PatientRecord
    readonly code: { readonly ehrId: string; readonly patientId: string; readonly relationship: Relationship }
  },
  now: Date,
): Promise<void> {
  const { kind, linkId, accountId, patient, code } = about
  const to = findNoticeAddress(patient, code, now)
  if (to) {
    // only a link that opens a chart can be suspended: other notices carry no number
    const isOpen = kind === 'link-created' || kind === 'link-resumed'
    const number = isOpen ? formatCode(await issueRepudiation(tx, linkId, now)) : ''
    await writeNotice(tx, kind, { to, number, language: patient.language, at: now })
  }
  await record(tx, 'notice.written', {
    actor: { kind: 'system', id: 'vestibule:linking' },
    about: { accountId, ehrId: code.ehrId, patientId: code.patientId, linkId },
    detail: { kind, way: to ? 'mail' : 'desk' },
  })
}

/** Where a notice about a record goes: a contact the EHR marks usable, and none for a teenager's own link. */
export function findNoticeAddress(
  patient: PatientRecord,
  about: { readonly ehrId: string; readonly relationship: Relationship },
  now: Date,
): string | undefined {
  return isAdultOrProxy(patient, about, now) ? patient.emails[0] : undefined
}

function isAdultOrProxy(
  patient: PatientRecord,
  code: { readonly ehrId: string; readonly relationship: Relationship },
  now: Date,
): boolean {
  if (code.relationship === 'proxy') return true
  return (ageOf(patient.birthDate, dayIn(getEhr(code.ehrId).timeZone, now)) ?? 0) >= 18
}
