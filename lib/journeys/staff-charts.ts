import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import type { CallContext } from '@/lib/ehrs/door'
import { findEhr } from '@/lib/ehrs/ehrs'
import {
  displayName,
  findPatientRecord,
  listRelatedPersons,
  type PatientQuery,
  type PatientRecord,
  type RelatedPersonRecord,
  searchPatients,
} from '@/lib/ehrs/patients'
import { type StaffSession, staffActor } from '@/lib/identity/session'
import { findChart, type LookupReason, sealHandle } from '@/lib/journeys/chart-handle'
import { endLink } from '@/lib/journeys/end-link'
import { findLockEnd } from '@/lib/linking/attempt-limits'
import { type CodeView, listCodes, revokeCode } from '@/lib/linking/codes'
import { checkRecord, type Eligibility } from '@/lib/linking/eligibility'
import { hasAllowance, recordKey } from '@/lib/linking/link-caps'
import { type LinkView, listLinksOfRecord } from '@/lib/linking/links'

/** As much of a chart as it takes to know it from another one. */
export type ChartHit = {
  readonly handle: string
  readonly name: string
  readonly birthDate: string
  readonly mrn: string
}

/** A chart's linking page. */
export type ChartView = {
  readonly ehrId: string
  readonly ehrName: string
  readonly patientId: string
  readonly name: string
  readonly birthDate: string
  readonly mrn: string
  readonly hasContact: boolean
  /** Whether a code for the patient would be issued. */
  readonly selfCode: Eligibility
  readonly proxies: readonly RelatedPersonRecord[]
  readonly codes: readonly CodeView[]
  readonly links: readonly (LinkView & { readonly provider: string })[]
  /** Until when nobody can link this chart: failures, or too many sign-ins that tried it, locked it. */
  readonly lockedUntil: Date | undefined
  /** Staff's leave for one more link past the caps waits to be used. */
  readonly hasAllowance: boolean
}

/** Searches charts for staff. The reason, the kind of search and the number found are audited, never what was typed. */
export async function searchCharts(
  session: StaffSession,
  search: { readonly ehrId: string; readonly reason: LookupReason; readonly query: PatientQuery },
  now: Date,
): Promise<
  { readonly outcome: 'found'; readonly hits: readonly ChartHit[] } | { readonly outcome: 'unreachable' }
> {
  const ehr = findEhr(search.ehrId)
  const found = ehr
    ? await searchPatients(ehr, search.query, staffContext(session))
    : ({ outcome: 'unreachable' } as const)
  const records = found.outcome === 'found' ? found.records : []
  await record(db(), 'staff.charts-searched', {
    actor: staffActor(session),
    about: { ehrId: ehr?.id },
    detail: { reason: search.reason, by: search.query.by, found: records.length },
  })
  if (found.outcome === 'unreachable') return found
  const { ehrId, reason } = search
  const hits = records.map((one) => ({
    handle: sealHandle(session, { ehrId, patientId: one.id, reason }, now),
    ...identityOf(one),
  }))
  return { outcome: 'found', hits }
}

/**
 * Opens a chart by its handle, audited with the reason of the search. A handle is sealed for one session, so that no
 * record id stands in an address, and a copied one opens nothing.
 */
export async function openChart(
  session: StaffSession,
  handle: string,
  now: Date,
): Promise<
  | { readonly outcome: 'open'; readonly chart: ChartView }
  | { readonly outcome: 'expired' | 'unreachable' | 'not-found' }
> {
  const named = findChart(session, handle, now)
  const ehr = named && findEhr(named.ehrId)
  if (!named || !ehr) return { outcome: 'expired' }
  const { ehrId, patientId } = named
  await record(db(), 'staff.chart-opened', {
    actor: staffActor(session),
    about: { ehrId, patientId },
    detail: { reason: named.reason },
  })
  const context = { ...staffContext(session), patient: patientId }
  const [found, proxies] = await Promise.all([
    findPatientRecord(ehr, patientId, context),
    listRelatedPersons(ehr, patientId, context),
  ])
  if (found.outcome !== 'found') return found
  if (proxies.outcome === 'unreachable') return proxies
  const { minimumSelfAgeYears } = ehr.linking
  const options = { relationship: 'self' as const, minimumSelfAgeYears, timeZone: ehr.timeZone, now }
  return {
    outcome: 'open',
    chart: {
      ehrId,
      ehrName: ehr.name,
      patientId,
      ...identityOf(found.record),
      hasContact: found.record.emails.length > 0,
      selfCode: checkRecord(found.record, options),
      proxies: proxies.persons.filter((person) => person.live),
      codes: await listCodes(ehrId, patientId, now),
      links: await listLinksOfRecord(ehrId, patientId),
      lockedUntil: await findLockEnd(db(), recordKey(named), now),
      hasAllowance: await hasAllowance(db(), named, now),
    },
  }
}

/** Ends a code of the chart that is open. */
export async function revokeChartCode(
  session: StaffSession,
  handle: string,
  codeId: string,
  now: Date,
): Promise<boolean> {
  const chart = findChart(session, handle, now)
  if (!chart) return false
  const { ehrId, patientId } = chart
  return db().$transaction(async (tx) => {
    const isOfChart = await tx.activationCode.findFirst({
      where: { id: codeId, ehrId, patientId },
      select: { id: true },
    })
    if (!isOfChart || !(await revokeCode(tx, codeId, 'staff', now))) return false
    await record(tx, 'code.revoked', {
      actor: staffActor(session),
      about: { ehrId, patientId },
      detail: { codeId, why: 'staff' },
    })
    return true
  })
}

/** A live link of the chart that is open, before staff end it. */
export async function findChartLink(
  session: StaffSession,
  handle: string,
  linkId: string,
  now: Date,
): Promise<ChartView['links'][number] | undefined> {
  const chart = findChart(session, handle, now)
  const links = chart ? await listLinksOfRecord(chart.ehrId, chart.patientId) : []
  return links.find((link) => link.id === linkId)
}

/** Ends a link of the chart that is open. */
export async function endChartLink(
  session: StaffSession,
  handle: string,
  linkId: string,
  now: Date,
): Promise<boolean> {
  if (!(await findChartLink(session, handle, linkId, now))) return false
  return (await endLink(linkId, { why: 'staff', actor: staffActor(session), now })) === 'ended'
}

function staffContext(session: StaffSession): CallContext {
  return {
    sub: staffActor(session).id ?? 'staff',
    app: 'vestibule:staff',
    scope: 'system/Patient.rs system/RelatedPerson.rs',
    purpose: 'HOPERAT',
  }
}

function identityOf(patient: PatientRecord): { name: string; birthDate: string; mrn: string } {
  return { name: displayName(patient), birthDate: patient.birthDate ?? '', mrn: patient.mrn ?? '' }
}
