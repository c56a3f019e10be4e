import { config } from '@/lib/config/config'

/** A day as people write it, in the clinic's time zone. */
export function formatDay(date: Date, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: clinicTimeZone() }).format(date)
}

/** A date of a chart (FHIR `date`) as people write it; a year or a month alone stands as it came. */
export function formatDate(date: string, language: string): string {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return date
  return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(new Date(date))
}

/** A day with the time, in the clinic's time zone. */
export function formatMoment(date: Date, language: string): string {
  return new Intl.DateTimeFormat(language, {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: clinicTimeZone(),
  }).format(date)
}

/** The time of day, in the clinic's time zone. */
export function formatTime(date: Date, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: 'short', timeZone: clinicTimeZone() }).format(date)
}

function clinicTimeZone(): string {
  return config().ehrs[0]?.timeZone ?? 'UTC'
}
