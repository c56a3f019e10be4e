import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { raiseAlert } from '@/lib/alerts/alerts'
import { record } from '@/lib/audit/record'
import { config } from '@/lib/config/config'
import { db, type Tx } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import { requestContext } from '@/lib/http/request-context'
import { isLinkingSuspended, suspendLinking } from '@/lib/identity/linking-suspension'
import { type PatientSession, patientActor, staffActor } from '@/lib/identity/session'
import { lookAtRecord } from '@/lib/journeys/look-at-record'
import { parseCode } from '@/lib/linking/activation-code'
import { type Attempter, checkTarget, countFailure, takeAttempt } from '@/lib/linking/attempt-limits'
import { findCode, isBirthDateOf, type KnownCode, takeTry } from '@/lib/linking/codes'
import { checkCaps, hasAllowance, recordKey } from '@/lib/linking/link-caps'
import { holdRoomForLink } from '@/lib/linking/links'
import { createProposal } from '@/lib/linking/proposals'
import { checkLimit } from '@/lib/rate-limit/rate-limit'
import { isStopped } from '@/lib/stops/stops'

/** What a person entered, in normal form. */
export type Entry = { readonly code: string; readonly birthDate: string }

/**
 * What a person is told. `not-matched` is the one answer to everything a guesser could try; `limited` and `paused`
 * depend on who asks, not on what was asked; the others are for someone who proved code and birth date.
 */
export type RedeemRefusal =
  | 'not-matched'
  | 'limited'
  | 'paused'
  | 'no-longer-live'
  | 'already-open'
  | 'other-chart-open'
  | 'call-clinic'
  | 'too-many-changes'
  | 'ehr-unreachable'

/** A proposal waits for the person's yes, or why there is none. */
export type Redemption =
  | { readonly outcome: 'proposed'; readonly proposalId: string }
  | { readonly outcome: 'refused'; readonly reason: RedeemRefusal; readonly retryAfterSeconds?: number }

/** Every answer to a guess is given at a multiple of this after its request began, in milliseconds. */
export const guessMilliseconds = 1_200

/** Reads what was typed. A malformed code or date is said at once and counts for nothing: it says nothing of charts. */
export function parseEntry(
  typed: { readonly code: string; readonly year: string; readonly month: string; readonly day: string },
  today: string,
):
  | { readonly outcome: 'read'; readonly entry: Entry }
  | { readonly outcome: 'malformed'; readonly field: 'code' | 'birthDate' } {
  const code = parseCode(typed.code)
  if (!code) return { outcome: 'malformed', field: 'code' }
  const [year, month, day] = [typed.year, typed.month, typed.day].map((part) => part.trim())
  const birthDate = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`
  const isDate =
    /^(18|19|20)\d\d-\d\d-\d\d$/.test(birthDate) &&
    new Date(`${birthDate}T00:00:00Z`).toJSON()?.slice(0, 10) === birthDate
  return isDate && birthDate <= today
    ? { outcome: 'read', entry: { code, birthDate } }
    : { outcome: 'malformed', field: 'birthDate' }
}

/**
 * First half of linking by activation code: proves code and birth date and proposes the link; nothing is spent yet.
 * Whatever a guesser tries (no such code, wrong birth date, locked record, too many sign-ins, one's own code) takes the
 * same steps, gives the same answer and takes the same time; the true reason stands in the audit alone. (spec A7.1, A8)
 */
export async function redeemCode(
  session: PatientSession,
  entry: Entry,
  options: { readonly now: Date; readonly padMilliseconds?: number },
): Promise<Redemption> {
  const begun = performance.now()
  if (await isStopped(db(), [['linking']])) return { outcome: 'refused', reason: 'paused' }
  const proof = await db().$transaction((tx) => prove(tx, session, entry, options.now), {
    maxWait: 10_000,
    timeout: 15_000,
  })
  if (proof.outcome === 'limited')
    return { outcome: 'refused', reason: 'limited', retryAfterSeconds: proof.retryAfterSeconds }
  if (proof.outcome === 'guess') {
    await waitForMultiple(begun, options.padMilliseconds ?? guessMilliseconds)
    return { outcome: 'refused', reason: 'not-matched' }
  }
  const reason = await findObstacle(session, proof.code, entry, options.now)
  return finish(session, proof.code, reason, options.now)
}

type Proof =
  | { readonly outcome: 'proven'; readonly code: KnownCode }
  | { readonly outcome: 'guess' }
  | { readonly outcome: 'limited'; readonly retryAfterSeconds: number }

/** One transaction, the same statements whether the code exists or not. */
async function prove(tx: Tx, session: PatientSession, entry: Entry, now: Date): Promise<Proof> {
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

/** What stands in the way of someone who proved code and birth date. The EHR is asked outside any transaction. */
async function findObstacle(
  session: PatientSession,
  code: KnownCode,
  entry: Entry,
  now: Date,
): Promise<{ readonly told: RedeemRefusal; readonly why: string } | undefined> {
  const ehr = findEhr(code.ehrId)
  const { room, cap } = await db().$transaction(async (tx) => {
    const plan = { ...code, accountId: session.accountId, loginId: session.loginId }
    const found = await holdRoomForLink(tx, plan)
    const inTheWay = found === 'free' ? await checkCaps(tx, plan, now) : undefined
    return { room: found, cap: inTheWay && (await hasAllowance(tx, code, now)) ? undefined : inTheWay }
  })
  if (room === 'already-open') return { told: 'already-open', why: room }
  if (code.status !== 'live' || !ehr) return { told: 'no-longer-live', why: `code-${code.status}` }
  if (await isStopped(db(), [['ehr', ehr.id]])) return { told: 'paused', why: 'ehr-paused' }
  if (room === 'other-chart-open') return { told: 'other-chart-open', why: room }
  if (room !== 'free') return { told: 'call-clinic', why: room }
  if (cap) return { told: cap === 'too-many-changes' ? cap : 'call-clinic', why: cap }
  const view = await lookAtRecord(ehr, code, { sub: session.accountId, app: 'vestibule:linking', now })
  if (view.outcome === 'unreachable') return { told: 'ehr-unreachable', why: 'ehr-unreachable' }
  if (view.outcome === 'ineligible') return { told: 'call-clinic', why: view.reason }
  return view.record.birthDate === entry.birthDate
    ? undefined
    : { told: 'no-longer-live', why: 'birth-date-changed' }
}

async function finish(
  session: PatientSession,
  code: KnownCode,
  obstacle: { readonly told: RedeemRefusal; readonly why: string } | undefined,
  now: Date,
): Promise<Redemption> {
  return db().$transaction(async (tx) => {
    await recordAttempt(tx, session, code, obstacle?.why ?? 'proposed')
    if (obstacle) return { outcome: 'refused', reason: obstacle.told }
    const holder = { sessionId: session.id, accountId: session.accountId }
    return { outcome: 'proposed', proposalId: await createProposal(tx, holder, code.id, now) }
  })
}

function attempter(session: PatientSession): Attempter {
  return {
    login: `${session.issuer}|${session.subject}`,
    address: requestContext().clientAddress,
    clinicNetworks: config().ehrs.flatMap((ehr) => ehr.linking.clinicNetworks),
  }
}

async function recordAttempt(
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

/** Waits until a whole multiple of `step` since `begun`, so that a slow moment shows no more than a fast one. */
async function waitForMultiple(begun: number, step: number): Promise<void> {
  if (step <= 0) return
  const elapsed = performance.now() - begun
  await wait(Math.ceil(elapsed / step) * step - elapsed)
}
