import type { Session as SessionRow } from '@/generated/prisma/client'
import type { Actor } from '@/lib/audit/record'
import type { StaffRoleName } from '@/lib/config/file'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { findCookie } from '@/lib/http/cookies'
import { isServing, isServingBeside } from '@/lib/identity/providers'
import { listRoles } from '@/lib/identity/roles'
import {
  type SessionKind,
  seenEverySeconds,
  sessionCookies,
  sessionLimits,
} from '@/lib/identity/session-limits'
import type { LiveStops } from '@/lib/stops/stops'
import { addSeconds } from '@/lib/time/clock'

/** A patient signed in in one browser. `id` stays the same at linking; the cookie's value does not. */
export type PatientSession = {
  readonly id: string
  readonly kind: 'patient'
  readonly accountId: string
  readonly loginId: string
  /** Id of the provider in configuration. */
  readonly provider: string
  readonly issuer: string
  /** Identifies a person: never logged. */
  readonly subject: string
  /** When the person authenticated at the provider, or came back from it if it did not say. */
  readonly authTime: Date
  /** Whether the provider said when. If not, `authTime` is no proof of a fresh authentication. */
  readonly authTimeProven: boolean
  readonly acr: string | null
  readonly amr: readonly string[]
  /** How the person was proven to be there beyond the sign-in: a passkey held here, or a code from the desk. */
  readonly steppedUp: { readonly at: Date; readonly by: StepUpMethod } | undefined
  /** When a chart was proven in this session. */
  readonly linkedAt: Date | null
  readonly createdAt: Date
}

/** What raises a session beyond its sign-in. */
export type StepUpMethod = 'passkey' | 'desk'

/** A staff member signed in in one browser. `mfa` null: the second factor is still to be proven. */
export type StaffSession = {
  readonly id: string
  readonly kind: 'staff'
  readonly provider: string
  readonly issuer: string
  readonly subject: string
  readonly authTime: Date
  readonly mfa: 'provider' | 'passkey' | null
  /** Read now, from configuration and database; may be empty. */
  readonly roles: readonly StaffRoleName[]
  readonly createdAt: Date
}

/**
 * The patient of a `Cookie` header. Read from the database at every use: ended, idle for 30 minutes, older than 12
 * hours, its login removed, its account ended or its provider paused → undefined with the next request.
 */
export async function findPatient(
  cookieHeader: string | null | undefined,
  now: Date,
): Promise<PatientSession | undefined> {
  const row = await findRow('patient', cookieHeader, now)
  return row && toPatientSession(row)
}

/** Columns a patient's session is read from. */
export type PatientRow = Omit<
  SessionRow,
  'digest' | 'claims' | 'mfa' | 'endedAt' | 'endedWhy' | 'toldAt' | 'upstreamVisit' | 'expiresAt'
>

/**
 * The live session of a patient's cookie as a subquery, for a statement that reads it beside other things. Parameters:
 * digest of the cookie's value, the moment, and since when it must have been seen (`patientSessionKey`).
 */
export function livePatientSession(digest: string, now: string, idleSince: string): string {
  return `SELECT s.* FROM session s
    JOIN login i ON i.id = s.login_id AND i.removed_at IS NULL
    JOIN account a ON a.id = s.account_id AND a.ended_at IS NULL
    WHERE s.digest = ${digest} AND s.kind = 'patient' AND s.ended_at IS NULL AND s.expires_at > ${now}
      AND s.last_seen_at > ${idleSince}`
}

/** What `livePatientSession` is asked with. Without a cookie nothing is found. */
export function patientSessionKey(
  cookieHeader: string | null | undefined,
  now: Date,
): { readonly digest: Uint8Array | null; readonly idleSince: Date } {
  const secret = findCookie(cookieHeader, sessionCookies.patient)
  return {
    digest: secret === undefined ? null : sha256(secret),
    idleSince: addSeconds(now, -sessionLimits.patient.idleSeconds),
  }
}

/** The session that `livePatientSession` read, if its provider serves now; noted as seen. */
export async function acceptPatient(
  row: PatientRow | null,
  stops: LiveStops,
  now: Date,
): Promise<PatientSession | undefined> {
  if (!row || !isServingBeside(stops, row, 'patient')) return undefined
  await noteSeen(row, now)
  return toPatientSession(row)
}

/** A session's row as the session of a patient; undefined for a row without login or account. */
export function toPatientSession(row: PatientRow): PatientSession | undefined {
  if (!row.accountId || !row.loginId) return undefined
  const { id, accountId, loginId, provider, issuer, subject, authTime, authTimeProven, acr, amr } = row
  const { steppedUpAt, steppedUpBy, linkedAt, createdAt } = row
  const isKnown = steppedUpBy === 'passkey' || steppedUpBy === 'desk'
  return {
    id,
    kind: 'patient',
    accountId,
    loginId,
    provider,
    issuer,
    subject,
    authTime,
    authTimeProven,
    acr,
    amr,
    steppedUp: steppedUpAt && isKnown ? { at: steppedUpAt, by: steppedUpBy } : undefined,
    linkedAt,
    createdAt,
  }
}

/** The staff member of a `Cookie` header: 15 minutes idle, 8 hours at most, roles read now. */
export async function findStaff(
  cookieHeader: string | null | undefined,
  now: Date,
): Promise<StaffSession | undefined> {
  const row = await findRow('staff', cookieHeader, now)
  if (!row) return undefined
  const { id, provider, issuer, subject, authTime, createdAt } = row
  const mfa = row.mfa === 'provider' || row.mfa === 'passkey' ? row.mfa : null
  return {
    id,
    kind: 'staff',
    provider,
    issuer,
    subject,
    authTime,
    mfa,
    roles: await listRoles(row),
    createdAt,
  }
}

/** The staff member as an audit actor: a digest of (issuer, subject), the same for ever. */
export function staffActor(who: { readonly issuer: string; readonly subject: string }): Actor {
  const digest = sha256(JSON.stringify([who.issuer, who.subject]))
  return { kind: 'staff', id: Buffer.from(digest).toString('base64url') }
}

/** The patient as an audit actor: the account. */
export function patientActor(who: { readonly accountId: string | null }): Actor {
  return { kind: 'patient', id: who.accountId ?? undefined }
}

/** The live row of a cookie, touched. One statement finds it with its login and account. */
async function findRow(
  kind: SessionKind,
  cookieHeader: string | null | undefined,
  now: Date,
): Promise<SessionRow | undefined> {
  const secret = findCookie(cookieHeader, sessionCookies[kind])
  if (!secret) return undefined
  const idleSince = addSeconds(now, -sessionLimits[kind].idleSeconds)
  const row = await db().session.findFirst({
    where: {
      digest: sha256(secret),
      kind,
      endedAt: null,
      expiresAt: { gt: now },
      lastSeenAt: { gt: idleSince },
      ...(kind === 'patient' ? { login: { removedAt: null }, account: { endedAt: null } } : {}),
    },
  })
  if (!row || !(await isServing(db(), row, kind))) return undefined
  await noteSeen(row, now)
  return row
}

/** Once a minute at most: idle time is counted from it. */
async function noteSeen({ id, lastSeenAt }: Pick<SessionRow, 'id' | 'lastSeenAt'>, now: Date): Promise<void> {
  if (lastSeenAt >= addSeconds(now, -seenEverySeconds)) return
  await db().session.updateMany({ where: { id, lastSeenAt: { lt: now } }, data: { lastSeenAt: now } })
}
