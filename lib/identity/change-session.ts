import { record } from '@/lib/audit/record'
import { randomToken, sha256 } from '@/lib/crypto/digest'
import type { Tx } from '@/lib/db/database'
import { setCookie } from '@/lib/http/cookies'
import {
  type PatientSession,
  patientActor,
  type StaffSession,
  type StepUpMethod,
  staffActor,
} from '@/lib/identity/session'
import { type SessionKind, sessionCookies } from '@/lib/identity/session-limits'

/** Why a session ended. */
export type SessionEnd =
  | 'sign-out'
  | 'replaced'
  | 'ended-by-person'
  | 'ended-by-staff'
  | 'ended-by-provider'
  | 'stopped'

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
