/** A FHIR date or date-time in the reader's words; partial dates stay partial, odd ones stay as they are. */
export function dateText(value: string, locale?: string): string {
  const partial = /^(\d{4})(?:-(\d{2}))?$/.exec(value)
  if (partial?.[1] && !partial[2]) return partial[1]
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(value)
  const date = new Date(partial ? `${value}-01T12:00:00Z` : isDay ? `${value}T12:00:00Z` : value)
  if (value === '' || Number.isNaN(date.getTime())) return value
  return new Intl.DateTimeFormat(locale, {
    ...(partial ? {} : { day: 'numeric' }),
    month: 'short',
    year: 'numeric',
    ...(isDay || partial ? { timeZone: 'UTC' } : {}),
  }).format(date)
}

/** The time of day at which access must be renewed. */
export function timeText(date: Date, locale?: string): string {
  return new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit' }).format(date)
}
