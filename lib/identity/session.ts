import type { Session as SessionRow } from '@/generated/prisma/client'
import { type Actor, record } from '@/lib/audit/record'
import type { StaffRoleName } from '@/lib/config/file'
import { randomToken, sha256 } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import { findCookie, setCookie } from '@/lib/http/cookies'
import { isServing } from '@/lib/identity/providers'
import { listRoles } from '@/lib/identity/roles'
import {
  type SessionKind,
  seenEverySeconds,
  sessionCookies,
  sessionLimits,
} from '@/lib/identity/session-limits'
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

/** Why a session ended. */
export type SessionEnd =
  | 'sign-out'
  | 'replaced'
  | 'ended-by-person'
  | 'ended-by-staff'
  | 'ended-by-provider'
  | 'stopped'

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

/** A session's row as the session of a patient; undefined for a row without login or account. */
export function toPatientSession(row: SessionRow): PatientSession | undefined {
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

/** Ends a session with its audit row. Dead with the next request. @returns false when it had ended already */
export async function endSession(tx: Tx, id: string, why: SessionEnd, now: Date): Promise<boolean> {
  const { count } = await tx.session.updateMany({
    where: { id, endedAt: null },
    data: { endedAt: now, endedWhy: why },
  })
  if (count === 0) return false
  const row = await tx.session.findUniqueOrThrow({ where: { id } })
  await record(tx, 'session.ended', {
    actor: row.kind === 'staff' ? staffActor(row) : patientActor(row),
    about: { accountId: row.accountId ?? undefined },
    detail: { why },
  })
  return true
}

/**
 * Gives a patient's session a new cookie value; the old value is dead when the transaction commits. For the moment a
 * session gains rights (linking): whoever planted or saw the old value holds nothing (OWASP session fixation).
 * @throws Error with code `session-ended` when the session ended meanwhile
 */
export async function renewSession(
  tx: Tx,
  session: PatientSession,
  now: Date,
): Promise<{ readonly setCookie: string; readonly session: PatientSession }> {
  await tx.session.updateMany({ where: { id: session.id, endedAt: null }, data: { linkedAt: now } })
  return { setCookie: await replaceSecret(tx, session, now), session: { ...session, linkedAt: now } }
}

/**
 * Notes that the person was proven to be there, with its audit row and a new cookie value: a session gains rights.
 * @returns a `Set-Cookie` value
 * @throws Error with code `session-ended` when the session ended meanwhile
 */
export async function raiseSession(
  tx: Tx,
  session: PatientSession,
  { by, now }: { readonly by: StepUpMethod; readonly now: Date },
): Promise<string> {
  await tx.session.updateMany({
    where: { id: session.id, endedAt: null },
    data: { steppedUpAt: now, steppedUpBy: by },
  })
  await record(tx, 'session.stepped-up', {
    actor: patientActor(session),
    about: { accountId: session.accountId },
    detail: { by },
  })
  return replaceSecret(tx, session, now)
}

/**
 * Marks a staff session's second factor as proven by a passkey, with a new cookie value: a session gains rights.
 * @returns a `Set-Cookie` value
 * @throws Error with code `session-ended` when the session ended meanwhile
 */
export async function proveSecondFactor(tx: Tx, session: StaffSession, now: Date): Promise<string> {
  await tx.session.updateMany({ where: { id: session.id, endedAt: null }, data: { mfa: 'passkey' } })
  return replaceSecret(tx, session, now)
}

async function replaceSecret(
  tx: Tx,
  session: { readonly id: string; readonly kind: SessionKind },
  now: Date,
): Promise<string> {
  const secret = randomToken()
  const { count } = await tx.session.updateMany({
    where: { id: session.id, endedAt: null, expiresAt: { gt: now } },
    data: { digest: sha256(secret), lastSeenAt: now },
  })
  if (count === 0) throw Object.assign(new Error('the session has ended'), { code: 'session-ended' })
  return setCookie(sessionCookies[session.kind], secret)
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
  if (row.lastSeenAt < addSeconds(now, -seenEverySeconds))
    await db().session.updateMany({
      where: { id: row.id, lastSeenAt: { lt: now } },
      data: { lastSeenAt: now },
    })
  return row
}
