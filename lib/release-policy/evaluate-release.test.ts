import { describe, expect, it } from 'vitest'
import { automaticEnd } from '@/lib/release-policy/automatic-end'
import { evaluateRelease, type ReleasePolicy } from '@/lib/release-policy/evaluate-release'
import { explainRelease } from '@/lib/release-policy/explain-release'
import { informationBlockingWarning } from '@/lib/release-policy/information-blocking'
import type { ResultFacts } from '@/lib/release-policy/release-facts'
import en from '@/messages/en.json'
import es from '@/messages/es.json'
import { testConfig } from '@/test/test-config'

const timeZone = 'America/New_York'
const now = new Date('2026-06-10T12:00:00Z')
const [a, b, c] = ['Practitioner/a', 'Practitioner/b', 'Practitioner/c']
const policy: ReleasePolicy = {
  kind: 'orderer-release',
  automaticReleaseDays: 7,
  coverPools: [[a, b]],
  jurisdiction: 'US',
}
const immediate: ReleasePolicy = { kind: 'immediate' }
const issued = new Date('2026-06-08T15:00:00Z')
const yesterday = new Date('2026-06-09T12:00:00Z')
const plain: ResultFacts = {
  status: 'final',
  isHeld: false,
  issued,
  requesters: [a],
  releases: [],
  wasSeen: false,
}

const table: readonly (readonly [string, Partial<ResultFacts>, ReleasePolicy, boolean, string])[] = [
  ['nobody has released it', {}, policy, false, 'awaiting-release'],
  ['its orderer has', { releases: [{ by: a, at: yesterday }] }, policy, true, 'released'],
  ['his cover has', { releases: [{ by: b, at: yesterday }] }, policy, true, 'released-by-cover'],
  ['somebody else has', { releases: [{ by: c, at: yesterday }] }, policy, false, 'awaiting-release'],
  [
    'one of its two orderers has',
    { requesters: [c, a], releases: [{ by: c, at: yesterday }] },
    policy,
    true,
    'released',
  ],
  [
    'the release lies in the future',
    { releases: [{ by: a, at: new Date('2026-06-10T12:00:01Z') }] },
    policy,
    false,
    'awaiting-release',
  ],
  ['the release is of this instant', { releases: [{ by: a, at: now }] }, policy, true, 'released'],
  [
    'its orderer is not known',
    { requesters: [], releases: [{ by: a, at: yesterday }] },
    policy,
    false,
    'order-unverified',
  ],
  [
    'nobody ordered it and its time is over',
    { requesters: [], issued: new Date('2026-06-01T00:00:00Z') },
    policy,
    true,
    'automatic-end',
  ],
  ['its time is over', { issued: new Date('2026-06-03T12:00:00Z') }, policy, true, 'automatic-end'],
  [
    'its time is over in a second',
    { issued: new Date('2026-06-03T12:00:01Z') },
    policy,
    false,
    'awaiting-release',
  ],
  [
    'it is held though released',
    { isHeld: true, releases: [{ by: a, at: yesterday }] },
    policy,
    false,
    'held',
  ],
  [
    'it is held and its time is over',
    { isHeld: true, issued: new Date('2020-01-01T00:00:00Z') },
    policy,
    false,
    'held',
  ],
  ['it is held where results are shown at once', { isHeld: true }, immediate, false, 'held'],
  ['an earlier version was seen', { status: 'corrected', wasSeen: true }, policy, true, 'seen-before'],
  [
    'an earlier version was seen and a clinician holds it',
    { status: 'corrected', wasSeen: true, isHeld: true },
    policy,
    false,
    'held',
  ],
  [
    'an earlier version was seen and the laboratory has not finished',
    { status: 'preliminary', wasSeen: true },
    policy,
    false,
    'not-final',
  ],
  [
    'it was seen by the automatic end and found wrong',
    { status: 'entered-in-error', wasSeen: true },
    policy,
    true,
    'withdrawn',
  ],
  ['it has no date', { issued: undefined }, policy, false, 'no-date'],
  [
    'it has no date and is released',
    { issued: undefined, releases: [{ by: a, at: yesterday }] },
    policy,
    true,
    'released',
  ],
  [
    'a released one was corrected',
    { status: 'corrected', releases: [{ by: a, at: yesterday }], issued: now },
    policy,
    true,
    'released',
  ],
  [
    'it is preliminary though released',
    { status: 'preliminary', releases: [{ by: a, at: yesterday }] },
    policy,
    false,
    'not-final',
  ],
  ['its status is unheard of', { status: 'nearly' }, immediate, false, 'not-final'],
  ['it has no status', { status: undefined }, immediate, false, 'not-final'],
  ['it is final and results are shown at once', {}, immediate, true, 'immediate'],
  [
    'it was withdrawn after it was released',
    { status: 'entered-in-error', releases: [{ by: a, at: yesterday }] },
    policy,
    true,
    'withdrawn',
  ],
  ['it was withdrawn before', { status: 'entered-in-error' }, policy, false, 'withdrawn-unseen'],
]

describe('[release-B5] when a result may be seen', () => {
  it.each(table)('%s', (_name, facts, by, visible, reason) => {
    const decision = evaluateRelease({ ...plain, ...facts }, by, { now, timeZone })
    expect([decision.visible, decision.reason]).toEqual([visible, reason])
  })

  it.each(['final', 'amended', 'corrected', 'appended'])('a result that is %s is finished', (status) => {
    expect(evaluateRelease({ ...plain, status }, immediate, { now, timeZone }).visible).toBe(true)
  })

  it.each(['registered', 'partial', 'preliminary', 'cancelled', 'unknown', 'FINAL'])(
    'one that is %s is not',
    (status) => {
      expect(evaluateRelease({ ...plain, status }, immediate, { now, timeZone }).visible).toBe(false)
    },
  )

  it('says when a waiting result will be shown by itself', () => {
    const decision = evaluateRelease(plain, policy, { now, timeZone })
    expect(decision.nextChange).toEqual(new Date('2026-06-15T15:00:00Z'))
    expect(evaluateRelease({ ...plain, isHeld: true }, policy, { now, timeZone }).nextChange).toBeUndefined()
  })

  it('tells an app that a result is new when it may be seen, or when it changed after that', () => {
    const since = (facts: Partial<ResultFacts>) => {
      const decision = evaluateRelease({ ...plain, ...facts }, policy, { now, timeZone })
      return decision.visible ? decision.since : undefined
    }
    expect(since({ releases: [{ by: a, at: yesterday }] })).toEqual(yesterday)
    expect(since({ releases: [{ by: a, at: yesterday }], issued: now })).toEqual(now)
    expect(
      since({
        releases: [
          { by: a, at: issued },
          { by: b, at: yesterday },
          { by: c, at: now },
        ],
      }),
    ).toEqual(yesterday)
    expect(since({ issued: new Date('2026-06-01T15:00:00Z') })).toEqual(new Date('2026-06-08T15:00:00Z'))
  })

  it('has a sentence for every reason, in both languages', () => {
    for (const [, facts, by] of table) {
      const key =
        explainRelease(evaluateRelease({ ...plain, ...facts }, by, { now, timeZone })).split('.')[1] ?? ''
      expect(Object.keys(en.releasePolicy)).toContain(key)
      expect(Object.keys(es.releasePolicy)).toContain(key)
    }
  })
})

describe('[release-B9] the automatic end keeps the time of day of the clinic', () => {
  it.each([
    ['in summer', '2026-07-01T15:30:00Z', 3, '2026-07-04T15:30:00Z'],
    ['over the night clocks go forward: one hour less', '2026-03-07T15:00:00Z', 1, '2026-03-08T14:00:00Z'],
    ['over the night clocks go back: one hour more', '2026-10-31T15:00:00Z', 1, '2026-11-01T16:00:00Z'],
    [
      'at a time that does not exist that day: the hour after',
      '2026-03-07T07:30:00Z',
      1,
      '2026-03-08T07:30:00Z',
    ],
    ['at a time that comes twice that day: the first', '2026-10-31T05:30:00Z', 1, '2026-11-01T05:30:00Z'],
    ['over the end of the year', '2026-12-31T23:59:59Z', 1, '2027-01-01T23:59:59Z'],
  ])('%s', (_name, from, days, end) => {
    expect(automaticEnd(new Date(from), days, timeZone)).toEqual(new Date(end))
  })

  it('in a zone of half an hour', () => {
    expect(automaticEnd(new Date('2026-04-01T10:00:00Z'), 2, 'Asia/Kolkata')).toEqual(
      new Date('2026-04-03T10:00:00Z'),
    )
  })
})

describe('the warning about information blocking', () => {
  it('is given where results wait for their orderer in the US, and nowhere else', () => {
    const [ehr] = testConfig().ehrs
    if (!ehr) throw new Error('the demo has an EHR')
    expect(informationBlockingWarning({ ...ehr, releasePolicy: policy })).toContain('45 CFR part 171')
    expect(
      informationBlockingWarning({ ...ehr, releasePolicy: { ...policy, jurisdiction: 'NO' } }),
    ).toBeUndefined()
    expect(informationBlockingWarning({ ...ehr, releasePolicy: immediate })).toBeUndefined()
  })
})
