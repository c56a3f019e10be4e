import { BlockList, isIP } from 'node:net'
import type { Tx } from '@/lib/db/database'
import type { LimitName } from '@/lib/rate-limit/limits'
import {
  checkLimit,
  clearHits,
  countHit,
  holdLimit,
  type LimitState,
  networkOf,
  takeHit,
} from '@/lib/rate-limit/rate-limit'
import { addSeconds } from '@/lib/time/clock'

/** Who tries: the sign-in and where it comes from. */
export type Attempter = {
  /** `issuer|subject`. Only its HMAC is stored. */
  readonly login: string
  readonly address: string
  /** Networks the clinics declared as their own: their failures have a budget of their own. */
  readonly clinicNetworks: readonly string[]
}

/**
 * Counts one attempt of a sign-in and looks at the failures of its network. What is said here depends only on who
 * tries, never on what was tried (spec A8). Holds the sign-in and network until the transaction ends.
 */
export async function takeAttempt(tx: Tx, who: Attempter, now: Date): Promise<LimitState> {
  for (const limit of networkLimits(who)) {
    await holdLimit(tx, limit, networkKey(who))
    const state = await checkLimit(tx, limit, networkKey(who), now)
    if (!state.allowed) return state
  }
  const six = await takeHit(tx, 'linkingPerLogin', who.login, now)
  return six.allowed ? takeHit(tx, 'linkingPerLoginWeek', who.login, now) : six
}

/** Why a known target takes no attempt of this sign-in now: for audit only, the person sees the one answer. */
export type TargetLock = 'record-locked' | 'too-many-records' | 'too-many-logins'

/**
 * Looks at the limits of what is tried: failures against one record, distinct records of one sign-in, distinct sign-ins
 * of one record. `target` is the record of a known code or the submitted code itself, so that a code that does not
 * exist takes the same steps; only known ones count.
 */
export async function checkTarget(
  tx: Tx,
  who: Attempter,
  target: { readonly key: string; readonly isKnown: boolean; readonly relationship: 'self' | 'proxy' },
  now: Date,
): Promise<TargetLock | undefined> {
  await holdLimit(tx, 'linkingFailuresPerRecord', target.key)
  const failures = await checkLimit(tx, 'linkingFailuresPerRecord', target.key, now)
  const isNew = (await checkLimit(tx, 'recordAndLogin', `${target.key}|${who.login}`, now)).allowed
  const records = await checkLimit(tx, 'recordsPerLogin', who.login, now)
  const logins = await checkLimit(tx, 'loginsPerRecord', target.key, now)
  if (!target.isKnown) {
    await countHit(tx, 'unknownCodes', 'all', now)
    return undefined
  }
  if (!failures.allowed) return 'record-locked'
  if (!isNew) return undefined
  if (target.relationship === 'self' && !records.allowed) return 'too-many-records'
  if (!logins.allowed) return 'too-many-logins'
  await countHit(tx, 'recordAndLogin', `${target.key}|${who.login}`, now)
  await countHit(tx, 'loginsPerRecord', target.key, now)
  if (target.relationship === 'self') await countHit(tx, 'recordsPerLogin', who.login, now)
  return undefined
}

/** Counts a failed attempt against its network and its target. @returns whether the target is locked from now on */
export async function countFailure(tx: Tx, who: Attempter, targetKey: string, now: Date): Promise<boolean> {
  for (const limit of networkLimits(who)) await countHit(tx, limit, networkKey(who), now)
  await countHit(tx, 'linkingFailuresPerRecord', targetKey, now)
  return !(await checkLimit(tx, 'linkingFailuresPerRecord', targetKey, now)).allowed
}

/** Until when failures, or too many sign-ins that tried it, keep a record from being linked; undefined when nothing does. */
export async function findLockEnd(tx: Tx, key: string, now: Date): Promise<Date | undefined> {
  const states = [
    await checkLimit(tx, 'linkingFailuresPerRecord', key, now),
    await checkLimit(tx, 'loginsPerRecord', key, now),
  ]
  const waits = states.flatMap((state) => (state.allowed ? [] : state.retryAfterSeconds))
  return waits.length === 0 ? undefined : addSeconds(now, Math.max(...waits))
}

/** Forgets the failures against a record, and who tried it: staff looked at it. */
export async function unlockTarget(tx: Tx, key: string): Promise<void> {
  await clearHits(tx, 'linkingFailuresPerRecord', key)
  await clearHits(tx, 'loginsPerRecord', key)
}

/** Forgets which records a sign-in tried. `login`: `issuer|subject`. */
export async function forgetRecordsOf(tx: Tx, login: string): Promise<void> {
  await clearHits(tx, 'recordsPerLogin', login)
}

function networkLimits(who: Attempter): readonly LimitName[] {
  return isClinicNetwork(who)
    ? ['linkingFailuresPerClinicNetwork']
    : ['linkingFailuresPerNetwork', 'linkingFailuresPerNetworkBurst']
}

/** A clinic's networks share one budget: its waiting room must not be locked out by one person. */
function networkKey(who: Attempter): string {
  return isClinicNetwork(who) ? 'clinic' : networkOf(who.address)
}

function isClinicNetwork(who: Attempter): boolean {
  const family = isIP(who.address)
  if (family === 0) return false
  const list = new BlockList()
  for (const entry of who.clinicNetworks) {
    const [address = '', bits] = entry.split('/')
    const kind = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (isIP(address) === 0) continue
    if (bits) list.addSubnet(address, Number(bits), kind)
    else list.addAddress(address, kind)
  }
  return list.check(who.address, family === 6 ? 'ipv6' : 'ipv4')
}
