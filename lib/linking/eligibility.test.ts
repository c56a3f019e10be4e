import { describe, expect, it } from 'vitest'
import { ageOf, checkRecord, dayIn } from '@/lib/linking/eligibility'

const record = { active: true, deceased: false, birthDate: '1988-03-14' }
const options = {
  relationship: 'self',
  minimumSelfAgeYears: 18,
  timeZone: 'America/New_York',
  now: new Date('2026-11-20T12:00:00Z'),
} as const

describe('a record is linked only while its EHR says it may be', () => {
  it('takes a living adult with an open chart', () => {
    expect(checkRecord(record, options)).toBe('eligible')
  })

  it.each([
    ['merged', { ...record, active: false, replacedBy: 'other' }],
    ['inactive', { ...record, active: false }],
    ['deceased', { ...record, deceased: true }],
    ['under-age', { ...record, birthDate: '2011-05-17' }],
  ] as const)('[A10] refuses a record that is %s', (reason, facts) => {
    expect(checkRecord(facts, options)).toBe(reason)
  })

  it('lets someone act for a child, but for nobody who has died', () => {
    expect(checkRecord({ ...record, birthDate: '2011-05-17' }, { ...options, relationship: 'proxy' })).toBe(
      'eligible',
    )
    expect(checkRecord({ ...record, deceased: true }, { ...options, relationship: 'proxy' })).toBe('deceased')
  })

  it('counts a person without a birth date as under age, for nobody can prove the opposite', () => {
    expect(checkRecord({ active: true, deceased: false }, options)).toBe('under-age')
    expect(checkRecord({ ...record, birthDate: 'unknown' }, options)).toBe('under-age')
  })
})

describe('[A12] age is that of the clinic’s own day', () => {
  it('becomes 18 when the day begins at the clinic, not in Greenwich', () => {
    const born = { ...record, birthDate: '2008-11-20' }
    const at = (now: string) => checkRecord(born, { ...options, now: new Date(now) })
    expect(at('2026-11-20T04:59:59Z')).toBe('under-age')
    expect(at('2026-11-20T05:00:00Z')).toBe('eligible')
    expect(dayIn('Asia/Tokyo', new Date('2026-11-20T15:00:00Z'))).toBe('2026-11-21')
  })

  it('lets someone born on 29 February come of age on 1 March', () => {
    expect(ageOf('2008-02-29', '2026-02-28')).toBe(17)
    expect(ageOf('2008-02-29', '2026-03-01')).toBe(18)
    expect(ageOf('2008-02-29', '2028-02-29')).toBe(20)
  })

  it('takes a year or a month for its last day', () => {
    expect(ageOf('2008', '2026-12-30')).toBe(17)
    expect(ageOf('2008', '2026-12-31')).toBe(18)
    expect(ageOf('2008-06', '2026-06-30')).toBe(17)
  })
})
