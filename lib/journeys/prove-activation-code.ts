import { randomUUID } from 'node:crypto'
import { raiseAlert } from '@/lib/alerts/alerts'
import { record } from '@/lib/audit/record'
import { config } from '@/lib/config/config'
import type { Tx } from '@/lib/db/database'
import { requestContext } from '@/lib/http/request-context'
import { isLinkingSuspended, suspendLinking } from '@/lib/identity/linking-suspension'
import { type PatientSession, patientActor, staffActor } from '@/lib/identity/session'
import type { Entry } from '@/lib/journeys/code-entry'
import { type Attempter, checkTarget, countFailure, takeAttempt } from '@/lib/linking/attempt-limits'
import { findCode, isBirthDateOf, type KnownCode, takeTry } from '@/lib/linking/codes'
import { recordKey } from '@/lib/linking/link-caps'
import { checkLimit } from '@/lib/rate-limit/rate-limit'

type Proof =
  | { readonly outcome: 'proven'; readonly code: KnownCode }
  | { readonly outcome: 'guess' }
  | { readonly outcome: 'limited'; readonly retryAfterSeconds: number }

/** One transaction, the same statements whether the code exists or not. */
export async function prove(tx: Tx, session: PatientSession, entry: Entry, now: Date): Promise<Proof> {
  const who = attempter(session)
  const state = await takeAttempt(tx, who, now)
  if (!state.allowed) {
    await recordAttempt(tx, session, undefined, 'limited')
    return { outcome: 'limited', retryAfterSeconds: state.retryAfterSeconds }
  }
  const code = await findCode(tx, entry.code, now)
  const key = code ? recordKey(code) : `code:${entry.code}`
  const isSuspended = await isLinkingSuspended(tx, session.loginId)
  const limit = await checkTarget(
    tx,
    who,
    { key, isKnown: code !== undefined, relationship: code?.relationship ?? 'self' },
    now,
  )
  const lock = isSuspended ? 'login-suspended' : limit
  const isRight = isBirthDateOf(code ?? decoy, entry.birthDate)
  const wrong = findWrong(session, code, isRight, lock)
  // a wrong date uses a try; with the last one the code ends
  const left = await takeTry(tx, wrong === 'wrong-birth-date' && code ? code.id : randomUUID(), now)
  if (!wrong && code) return { outcome: 'proven', code }
  const isLocked = await countFailure(tx, who, key, now)
  await recordAttempt(tx, session, code, wrong ?? 'unknown-code')
  if (!code) {
    const alarm = await checkLimit(tx, 'unknownCodes', 'all', now)
    if (!alarm.allowed) await raiseAlert(tx, 'many-unknown-codes', { subject: 'all' }, now)
    return { outcome: 'guess' }
  }
  if (left === 0)
    await record(tx, 'code.revoked', {
      actor: { kind: 'system', id: 'vestibule:linking' },
      about: { ehrId: code.ehrId, patientId: code.patientId },
      detail: { codeId: code.id, why: 'wrong-birth-dates' },
    })
  if (isLocked && limit !== 'record-locked') await alertOfRecord(tx, 'record-locked', code, now)
  if (lock === 'too-many-logins') await alertOfRecord(tx, 'many-logins', code, now)
  if (lock === 'too-many-records') await suspendLogin(tx, session, now)
  return { outcome: 'guess' }
}

/** Nobody can link this record for now: staff sees it. Of a lock by failures a job tells the contact on record. */
async function alertOfRecord(
  tx: Tx,
  kind: 'record-locked' | 'many-logins',
  { ehrId, patientId }: KnownCode,
  now: Date,
): Promise<void> {
  await raiseAlert(tx, kind, { subject: recordKey({ ehrId, patientId }), ehrId, patientId }, now)
}

/** This sign-in tries more records than a person has: it opens no further one until staff has looked at it. */
async function suspendLogin(tx: Tx, session: PatientSession, now: Date): Promise<void> {
  if (!(await suspendLinking(tx, session.loginId, now))) return
  await record(tx, 'login.linking-suspended', {
    actor: { kind: 'system', id: 'vestibule:linking' },
    about: { accountId: session.accountId },
    detail: { why: 'too-many-records' },
  })
  await raiseAlert(tx, 'login-suspended', { subject: session.loginId, loginId: session.loginId }, now)
}

/** Compared with when there is no code, so that the comparison happens all the same. */
const decoy = { digest: new Uint8Array(32), pepper: 0, birthDateDigest: new Uint8Array(32) }

function findWrong(
  session: PatientSession,
  code: KnownCode | undefined,
  isRight: boolean,
  lock: string | undefined,
): string | undefined {
  if (!code) return 'unknown-code'
  if (lock) return lock
  if (code.status === 'locked') return 'tries-used-up'
  if (!isRight) return 'wrong-birth-date'
  return code.issuedByKind === 'staff' && code.issuedBy === staffActor(session).id ? 'own-code' : undefined
}

function attempter(session: PatientSession): Attempter {
  return {
    login: `${session.issuer}|${session.subject}`,
    address: requestContext().clientAddress,
    clinicNetworks: config().ehrs.flatMap((ehr) => ehr.linking.clinicNetworks),
  }
}

/** Writes down an attempt with its true reason, which nobody is told. */
export async function recordAttempt(
  tx: Tx,
  session: PatientSession,
  code: KnownCode | undefined,
  reason: string,
): Promise<void> {
  await record(tx, 'link.attempted', {
    actor: patientActor(session),
    outcome: reason === 'proposed' ? 'success' : 'refused',
    about: { accountId: session.accountId, ehrId: code?.ehrId, patientId: code?.patientId },
    detail: { method: 'activation-code', reason },
  })
}
