import { type Actor, record } from '@/lib/audit/record'
import { db, type Tx } from '@/lib/db/database'
import { log } from '@/lib/log/log'
import { addSeconds } from '@/lib/time/clock'

/** What staff is alerted of, one line each. */
export const alertKinds = [
  /** Too many failures against one record: nobody can link it for a day. */
  'record-locked',
  /** More sign-ins tried one record than people have: no further one can link it. */
  'many-logins',
  /** A sign-in tried more records than a person has: it opens no further chart. */
  'login-suspended',
  /** A link waits for somebody to look: its contact said "this was not me", or its record now describes someone else. */
  'link-on-hold',
  /** Codes that do not exist come in numbers that no typing errors explain. */
  'many-unknown-codes',
] as const
export type AlertKind = (typeof alertKinds)[number]

/** What an alert concerns. `subject` tells alerts of one kind apart: one is open per subject. */
export type AlertAbout = {
  readonly subject: string
  readonly ehrId?: string
  readonly patientId?: string
  readonly loginId?: string
}

/** An alert that nobody has cleared up. */
export type AlertView = AlertAbout & {
  readonly id: string
  readonly kind: AlertKind
  readonly raisedAt: Date
}

/** What comes again within this, in seconds, while its alert is open is the same trouble still. */
const sameTroubleSeconds = 3600

/**
 * Alerts staff, in the transaction of what happened: a row for the staff page, an audit row and a log line to count.
 * While the alert is open the same trouble raises no second one; new trouble of the kind begins it anew.
 * @returns whether it was raised
 */
export async function raiseAlert(tx: Tx, kind: AlertKind, about: AlertAbout, now: Date): Promise<boolean> {
  const { subject, ehrId, patientId, loginId } = about
  const { count: renewed } = await tx.staffAlert.updateMany({
    where: { kind, subject, closedAt: null, raisedAt: { lt: addSeconds(now, -sameTroubleSeconds) } },
    data: { raisedAt: now, toldAt: null },
  })
  const { count: made } = renewed
    ? { count: 0 }
    : await tx.staffAlert.createMany({
        data: [
          {
            kind,
            subject,
            raisedAt: now,
            ehrId: ehrId ?? null,
            patientId: patientId ?? null,
            loginId: loginId ?? null,
          },
        ],
        skipDuplicates: true,
      })
  if (renewed + made === 0) return false
  await record(tx, 'alert.raised', {
    actor: { kind: 'system', id: 'vestibule:alerts' },
    about: { ehrId, patientId },
    detail: { kind },
  })
  log.warn('alert.raised', { kind })
  return true
}

/** Closes what is open about a subject. @returns whether anything was */
export async function closeAlert(
  tx: Tx,
  kind: AlertKind,
  subject: string,
  options: { readonly actor: Actor; readonly why: string; readonly now: Date },
): Promise<boolean> {
  const [row] = await tx.staffAlert.updateManyAndReturn({
    where: { kind, subject, closedAt: null },
    data: {
      closedAt: options.now,
      closedBy: options.actor.id ?? options.actor.kind,
      closedWhy: options.why,
    },
    select: { ehrId: true, patientId: true },
  })
  if (!row) return false
  const about = { ehrId: row.ehrId ?? undefined, patientId: row.patientId ?? undefined }
  await record(tx, 'alert.closed', { actor: options.actor, about, detail: { kind, why: options.why } })
  return true
}

/** The open alerts, newest first, at most 200. */
export async function listAlerts(): Promise<readonly AlertView[]> {
  const rows = await db().staffAlert.findMany({
    where: { closedAt: null },
    orderBy: { raisedAt: 'desc' },
    take: 200,
  })
  return rows.flatMap(viewOf)
}

/** An open alert by its id. */
export async function findAlert(id: string): Promise<AlertView | undefined> {
  const row = await db().staffAlert.findFirst({ where: { id, closedAt: null } })
  return row ? viewOf(row)[0] : undefined
}

/** How many alerts are open. */
export async function countAlerts(): Promise<number> {
  return db().staffAlert.count({ where: { closedAt: null } })
}

/** Alerts of a kind raised since a moment whose contact on record was not told yet, open or closed. */
export async function listUntold(kind: AlertKind, since: Date): Promise<readonly AlertView[]> {
  const rows = await db().staffAlert.findMany({
    where: { kind, toldAt: null, raisedAt: { gt: since } },
    orderBy: { raisedAt: 'asc' },
    take: 50,
  })
  return rows.flatMap(viewOf)
}

/** Notes that the contact was told of this time. Of N that try at once, one is told true. */
export async function markTold(tx: Tx, alert: AlertView, now: Date): Promise<boolean> {
  const { count } = await tx.staffAlert.updateMany({
    where: { id: alert.id, raisedAt: alert.raisedAt, toldAt: null },
    data: { toldAt: now },
  })
  return count === 1
}

type Row = Awaited<ReturnType<ReturnType<typeof db>['staffAlert']['findMany']>>[number]

function viewOf(row: Row): AlertView[] {
  const kind = alertKinds.find((one) => one === row.kind)
  if (!kind) return []
  return [
    {
      id: row.id,
      kind,
      subject: row.subject,
      raisedAt: row.raisedAt,
      ...(row.ehrId ? { ehrId: row.ehrId } : {}),
      ...(row.patientId ? { patientId: row.patientId } : {}),
      ...(row.loginId ? { loginId: row.loginId } : {}),
    },
  ]
}
