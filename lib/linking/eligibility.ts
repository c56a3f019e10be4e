import { once } from '@/lib/process/once'

/** What eligibility looks at in a record, as the EHR tells it now. */
export type RecordFacts = {
  readonly active: boolean
  readonly deceased: boolean
  /** FHIR date, possibly partial or missing. */
  readonly birthDate?: string
  /** Id of the record that took this one's place. */
  readonly replacedBy?: string
}

/** How a person relates to a record. */
export type Relationship = 'self' | 'proxy'

/** Whether a record may be linked now, or the one reason why not. */
export type Eligibility = 'eligible' | 'under-age' | 'merged' | 'inactive' | 'deceased'

/**
 * Whether this record may be linked. The same check serves issue, redemption, confirmation and every refresh, so that
 * what the EHR learnt since is never overlooked (Patient.link, Patient.active, Patient.deceased[x] of FHIR R4). Age is
 * that of the clinic's own day. A person whose age cannot be proven counts as under age.
 */
export function checkRecord(
  record: RecordFacts,
  options: {
    readonly relationship: Relationship
    readonly minimumSelfAgeYears: number
    /** IANA zone of the clinic. */
    readonly timeZone: string
    readonly now: Date
  },
): Eligibility {
  if (record.replacedBy) return 'merged'
  if (!record.active) return 'inactive'
  if (record.deceased) return 'deceased'
  if (options.relationship === 'proxy') return 'eligible'
  const age = ageOf(record.birthDate, dayIn(options.timeZone, options.now))
  return age === undefined || age < options.minimumSelfAgeYears ? 'under-age' : 'eligible'
}

/**
 * Whole years lived on a day (`YYYY-MM-DD`). Born on 29 February, one is a year older on 1 March of a common year.
 * A date known by year or month only counts as its last day. Undefined for anything that is no date.
 */
export function ageOf(birthDate: string | undefined, today: string): number | undefined {
  const [, year, month = '12', day = '31'] = /^(\d{4})(?:-(\d\d)(?:-(\d\d))?)?$/.exec(birthDate ?? '') ?? []
  if (!year) return undefined
  const hadBirthday = today.slice(5) >= `${month}-${day}`
  return Number(today.slice(0, 4)) - Number(year) - (hadBirthday ? 0 : 1)
}

/** The calendar day (`YYYY-MM-DD`) it is in a time zone. */
export function dayIn(timeZone: string, now: Date): string {
  const calendar = once(
    `zone-calendar.${timeZone}`,
    () => new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' }),
  )
  return calendar.format(now)
}
