import { type AlertKind, closeAlert, findAlert, listAlerts } from '@/lib/alerts/alerts'
import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import { findLogin, resumeLinking } from '@/lib/identity/linking-suspension'
import { providerName } from '@/lib/identity/providers'
import { type StaffSession, staffActor } from '@/lib/identity/session'
import { findChart, sealHandle } from '@/lib/journeys/chart-handle'
import { lookAtRecord } from '@/lib/journeys/look-at-record'
import { isOwnRecord } from '@/lib/journeys/own-record'
import { writeLinkNotice } from '@/lib/journeys/write-link-notice'
import { forgetRecordsOf, unlockTarget } from '@/lib/linking/attempt-limits'
import { resumeLink } from '@/lib/linking/change-link'
import { digestDemographics } from '@/lib/linking/demographics'
import { giveAllowance, recordKey } from '@/lib/linking/link-caps'
import { findLink } from '@/lib/linking/links'

/** Why staff lifts something: chosen, not typed, so that no name ends up in the audit. */
export const reviewReasons = ['id-checked', 'called-back', 'our-error'] as const
export type ReviewReason = (typeof reviewReasons)[number]

/** What came of it. `not-eligible`: the record system itself forbids it (closed, merged, died, too young). */
export type ReviewOutcome =
  | 'done'
  | 'nothing-to-do'
  | 'own-record'
  | 'not-eligible'
  | 'unreachable'
  | 'expired'

/** An alert as staff reads it. */
export type StaffAlertView = {
  readonly id: string
  readonly kind: AlertKind
  readonly raisedAt: Date
  readonly clinic: string | undefined
  /** Handle to the chart it is about. */
  readonly chart: string | undefined
  /** The sign-in it is about: its provider's name, and the number its owner reads out. */
  readonly signIn: { readonly provider: string; readonly number: string } | undefined
}

/** What waits for staff to look, newest first. */
export async function listStaffAlerts(session: StaffSession, now: Date): Promise<readonly StaffAlertView[]> {
  const alerts = await listAlerts()
  return Promise.all(
    alerts.map(async ({ id, kind, raisedAt, ehrId, patientId, loginId }) => {
      const login = loginId === undefined ? undefined : await findLogin(loginId)
      const isOfChart = ehrId !== undefined && patientId !== undefined
      return {
        id,
        kind,
        raisedAt,
        clinic: ehrId === undefined ? undefined : (findEhr(ehrId)?.name ?? ehrId),
        chart: isOfChart ? sealHandle(session, { ehrId, patientId, reason: 'alert' }, now) : undefined,
        signIn: login && { provider: providerName(login.provider), number: login.number },
      }
    }),
  )
}

/** Opens the chart that is shown to linking again after failures locked it. (spec A8: the desk can unlock) */
export async function unlockChart(
  session: StaffSession,
  handle: string,
  reason: ReviewReason,
  now: Date,
): Promise<ReviewOutcome> {
  const chart = findChart(session, handle, now)
  if (!chart) return 'expired'
  if (await isOwnRecord(session, chart)) return 'own-record'
  const { ehrId, patientId } = chart
  const [key, actor] = [recordKey(chart), staffActor(session)]
  return db().$transaction(async (tx): Promise<ReviewOutcome> => {
    await unlockTarget(tx, key)
    await record(tx, 'record.unlocked', { actor, about: { ehrId, patientId }, detail: { reason } })
    for (const kind of ['record-locked', 'many-logins'] as const)
      await closeAlert(tx, kind, key, { actor, why: reason, now })
    return 'done'
  })
}

/** Lets one more link to the chart that is shown be made past the caps on links and changes, for a day. */
export async function allowOneLink(
  session: StaffSession,
  handle: string,
  reason: ReviewReason,
  now: Date,
): Promise<ReviewOutcome> {
  const chart = findChart(session, handle, now)
  if (!chart) return 'expired'
  if (await isOwnRecord(session, chart)) return 'own-record'
  const { ehrId, patientId } = chart
  const actor = staffActor(session)
  return db().$transaction(async (tx): Promise<ReviewOutcome> => {
    await giveAllowance(tx, chart, { givenBy: actor.id ?? '', now })
    await record(tx, 'link-allowance.given', { actor, about: { ehrId, patientId }, detail: { reason } })
    return 'done'
  })
}

/**
 * Brings a suspended link of the chart that is shown back, after the person was checked: the EHR is looked at again, what
 * it says of the person now is what was checked, and the contact on record is told. (spec A11)
 */
export async function liftChartLink(
  session: StaffSession,
  handle: string,
  options: { readonly linkId: string; readonly reason: ReviewReason; readonly now: Date },
): Promise<ReviewOutcome> {
  const { linkId, reason, now } = options
  const chart = findChart(session, handle, now)
  if (!chart) return 'expired'
  if (await isOwnRecord(session, chart)) return 'own-record'
  const [link, ehr] = [await findLink(db(), linkId), findEhr(chart.ehrId)]
  const isOfChart = link?.ehrId === chart.ehrId && link.patientId === chart.patientId
  if (!isOfChart || !ehr || link.status !== 'suspended') return 'nothing-to-do'
  const actor = staffActor(session)
  const view = await lookAtRecord(ehr, link, { sub: actor.id ?? 'staff', app: 'vestibule:staff', now })
  if (view.outcome === 'unreachable') return 'unreachable'
  if (view.outcome === 'ineligible') return 'not-eligible'
  const { record: patient } = view
  return db().$transaction(async (tx): Promise<ReviewOutcome> => {
    const seen = { demographicsDigest: digestDemographics(patient), candidateVersion: patient.version }
    if (!(await resumeLink(tx, linkId, { ...seen, reason, actor, now }))) return 'nothing-to-do'
    await closeAlert(tx, 'link-on-hold', linkId, { actor, why: reason, now })
    const { accountId } = link
    await writeLinkNotice(tx, { kind: 'link-resumed', linkId, accountId, patient, code: link }, now)
    return 'done'
  })
}

/**
 * Clears up an alert that no chart page does: lets a suspended sign-in link again, or closes what was seen. Nobody lifts
 * their own sign-in.
 */
export async function closeStaffAlert(
  session: StaffSession,
  alertId: string,
  reason: ReviewReason,
  now: Date,
): Promise<ReviewOutcome> {
  const alert = await findAlert(alertId)
  if (alert?.kind !== 'login-suspended' && alert?.kind !== 'many-unknown-codes') return 'nothing-to-do'
  const actor = staffActor(session)
  const login = alert.loginId === undefined ? undefined : await findLogin(alert.loginId)
  if (login?.issuer === session.issuer && login.subject === session.subject) return 'own-record'
  return db().$transaction(async (tx): Promise<ReviewOutcome> => {
    if (!(await closeAlert(tx, alert.kind, alert.subject, { actor, why: reason, now })))
      return 'nothing-to-do'
    if (login && alert.loginId !== undefined && (await resumeLinking(tx, alert.loginId))) {
      await forgetRecordsOf(tx, `${login.issuer}|${login.subject}`)
      const about = { accountId: login.accountId }
      await record(tx, 'login.linking-resumed', { actor, about, detail: { reason } })
    }
    return 'done'
  })
}
