import { closeAlert } from '@/lib/alerts/alerts'
import type { Actor } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import { findPatientRecord, type PatientRecord } from '@/lib/ehrs/patients'
import { endGrantsOfLink } from '@/lib/grants/grants'
import { writeLinkNotice } from '@/lib/journeys/write-link-notice'
import { endLink as endLinkRow } from '@/lib/linking/change-link'
import { countChange } from '@/lib/linking/link-caps'
import { findLink, type LinkEndReason, type LinkView } from '@/lib/linking/links'

/**
 * Ends a link and every grant on it, with audit and notice, in one transaction: the next call of any app is refused. An
 * EHR out of reach does not hold it up; then the notice is for the desk. A person may only end a link of their own
 * account: give `accountId`.
 */
export async function endLink(
  linkId: string,
  options: {
    readonly why: Extract<LinkEndReason, 'person' | 'staff'>
    readonly actor: Actor
    readonly accountId?: string
    readonly now: Date
  },
): Promise<'ended' | 'was-ended' | 'not-found'> {
  const { actor, now, why, accountId } = options
  const link = await findLink(db(), linkId)
  if (!link || (accountId !== undefined && link.accountId !== accountId)) return 'not-found'
  if (link.status === 'ended') return 'was-ended'
  const patient = await findContactRecord(link)
  return db().$transaction(async (tx) => {
    if (!(await endLinkRow(tx, linkId, { why, actor, now }))) return 'was-ended'
    if (why === 'person') await countChange(tx, link, now)
    await closeAlert(tx, 'link-on-hold', linkId, { actor, why: 'ended', now })
    await endGrantsOfLink(tx, linkId, { why: 'link-ended', actor, now })
    await writeLinkNotice(
      tx,
      { kind: 'link-ended', linkId, accountId: link.accountId, patient, code: link },
      now,
    )
    return 'ended'
  })
}

/** The record of a link for the notice about it; one without contacts when the EHR does not answer or the person died. */
export async function findContactRecord(
  link: Pick<LinkView, 'ehrId' | 'patientId' | 'accountId'>,
): Promise<PatientRecord> {
  const nobody: PatientRecord = {
    id: link.patientId,
    version: '',
    active: true,
    deceased: false,
    names: [],
    emails: [],
  }
  const ehr = findEhr(link.ehrId)
  if (!ehr) return nobody
  const found = await findPatientRecord(ehr, link.patientId, {
    sub: link.accountId,
    app: 'vestibule:linking',
    patient: link.patientId,
    scope: 'system/Patient.rs',
    purpose: 'PATADMIN',
  })
  return found.outcome === 'found' && !found.record.deceased ? found.record : nobody
}
