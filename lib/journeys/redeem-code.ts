import { setTimeout as wait } from 'node:timers/promises'
import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import type { PatientSession } from '@/lib/identity/session'
import type { Entry } from '@/lib/journeys/code-entry'
import { lookAtRecord } from '@/lib/journeys/look-at-record'
import { prove, recordAttempt } from '@/lib/journeys/prove-activation-code'
import type { KnownCode } from '@/lib/linking/codes'
import { checkCaps, hasAllowance } from '@/lib/linking/link-caps'
import { holdRoomForLink } from '@/lib/linking/links'
import { createProposal } from '@/lib/linking/proposals'
import { isStopped } from '@/lib/stops/stops'

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

/** Waits until a whole multiple of `step` since `begun`, so that a slow moment shows no more than a fast one. */
async function waitForMultiple(begun: number, step: number): Promise<void> {
  if (step <= 0) return
  const elapsed = performance.now() - begun
  await wait(Math.ceil(elapsed / step) * step - elapsed)
}
