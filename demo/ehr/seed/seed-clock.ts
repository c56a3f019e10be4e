/** The demo's own calendar: every date of the seed is counted back from one given day. */
export type SeedClock = {
  readonly today: string
  /** The day, e.g. `2026-11-20`. */
  day(daysAgo: number): string
  /** An instant on that day, UTC, e.g. `2026-11-20T09:15:00.000Z`. */
  at(daysAgo: number, time?: string): string
}

export function makeSeedClock(today: string): SeedClock {
  const base = Date.parse(`${today}T00:00:00Z`)
  if (Number.isNaN(base)) throw new Error(`EHR_TODAY is not a date (yyyy-mm-dd): ${today}`)
  const day = (daysAgo: number): string => new Date(base - daysAgo * 86_400_000).toISOString().slice(0, 10)
  return { today, day, at: (daysAgo, time = '09:00') => `${day(daysAgo)}T${time}:00.000Z` }
}
