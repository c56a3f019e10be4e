import type { Ehr } from '@/lib/config/config'
import { automaticEnd } from '@/lib/release-policy/automatic-end'
import type { Release, ResultFacts } from '@/lib/release-policy/release-facts'

/** A policy as configuration names it, one per EHR. */
export type ReleasePolicy = Ehr['releasePolicy']

/** Why a result may be seen. */
export type ShownReason =
  | 'immediate'
  | 'released'
  | 'released-by-cover'
  | 'automatic-end'
  | 'seen-before'
  | 'withdrawn'
/** Why it may not, yet. */
export type HiddenReason =
  | 'held'
  | 'not-final'
  | 'withdrawn-unseen'
  | 'awaiting-release'
  | 'order-unverified'
  | 'no-date'

/** Whether a result may be seen, why, and when that changes by itself. */
export type ReleaseDecision =
  | {
      readonly visible: true
      readonly reason: ShownReason
      /** Since when it may be seen: what an app is told as its last update. */
      readonly since: Date | undefined
      readonly nextChange?: undefined
    }
  | { readonly visible: false; readonly reason: HiddenReason; readonly nextChange: Date | undefined }

/** The clinic's clock. */
export type ReleaseClock = { readonly now: Date; readonly timeZone: string }

const finished: ReadonlySet<string> = new Set(['final', 'amended', 'corrected', 'appended'])

/**
 * Whether a result may be seen. In this order: a clinician's own hold; the laboratory has finished; the policy. Pure.
 * Sources: 45 CFR 171.201 (holds are individual), US Core (statuses), lab-release B1, B3, B5.
 */
export function evaluateRelease(
  facts: ResultFacts,
  policy: ReleasePolicy,
  clock: ReleaseClock,
): ReleaseDecision {
  if (facts.isHeld) return hidden('held')
  if (facts.status === 'entered-in-error') return evaluateWithdrawn(facts, policy, clock)
  if (!facts.status || !finished.has(facts.status)) return hidden('not-final')
  if (policy.kind === 'immediate') return { visible: true, reason: 'immediate', since: facts.issued }
  const release = findRelease(facts, policy.coverPools, clock.now)
  if (release) {
    const isOrderer = facts.requesters.includes(release.by)
    return {
      visible: true,
      reason: isOrderer ? 'released' : 'released-by-cover',
      since: latest(release.at, facts.issued),
    }
  }
  if (facts.wasSeen) return { visible: true, reason: 'seen-before', since: facts.issued }
  if (!facts.issued) return hidden('no-date')
  const end = automaticEnd(facts.issued, policy.automaticReleaseDays, clock.timeZone)
  if (end <= clock.now) return { visible: true, reason: 'automatic-end', since: end }
  return hidden(facts.requesters.length === 0 ? 'order-unverified' : 'awaiting-release', end)
}

/**
 * A result found wrong after it was seen is withdrawn, and its reader is told so; one that nobody saw never existed.
 */
function evaluateWithdrawn(facts: ResultFacts, policy: ReleasePolicy, clock: ReleaseClock): ReleaseDecision {
  const wasSeen =
    policy.kind === 'immediate' ||
    facts.wasSeen ||
    findRelease(facts, policy.coverPools, clock.now) !== undefined
  return wasSeen ? { visible: true, reason: 'withdrawn', since: facts.issued } : hidden('withdrawn-unseen')
}

/** The latest release by somebody whose release counts: a requester of its order, or one of the same cover pool. */
function findRelease(
  facts: ResultFacts,
  pools: readonly (readonly string[])[],
  now: Date,
): Release | undefined {
  const entitled = (by: string): boolean =>
    facts.requesters.some(
      (requester) => requester === by || pools.some((pool) => pool.includes(requester) && pool.includes(by)),
    )
  return facts.releases
    .filter((release) => release.at <= now && entitled(release.by))
    .reduce<Release | undefined>((last, one) => (last && last.at >= one.at ? last : one), undefined)
}

function hidden(reason: HiddenReason, nextChange?: Date): ReleaseDecision {
  return { visible: false, reason, nextChange }
}

function latest(a: Date, b: Date | undefined): Date {
  return b && b > a ? b : a
}
