/** The half-open stretch of time that a FHIR date, dateTime or instant names, in epoch milliseconds. */
export type Stretch = { readonly from: number; readonly to: number }

const pattern =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:\d{2})?)?)?)?$/

/** Reads a FHIR date of any precision; without a zone it is UTC. Undefined for what is none. FHIR R4 datatypes. */
export function parseDateTime(text: string): Stretch | undefined {
  const found = pattern.exec(text)
  if (!found) return undefined
  const [, year = '', month, day, hour, minute, second, fraction, zone] = found
  const date = `${year}-${month ?? '01'}-${day ?? '01'}`
  const from = Date.parse(
    `${date}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}${fraction ? `.${fraction.slice(0, 3)}` : ''}${zone ?? 'Z'}`,
  )
  if (Number.isNaN(from) || !isCalendarDay(date)) return undefined
  if (fraction !== undefined) return { from, to: from + 1 }
  if (second !== undefined) return { from, to: from + 1_000 }
  if (minute !== undefined) return { from, to: from + 60_000 }
  const end = new Date(from)
  if (day !== undefined) end.setUTCDate(end.getUTCDate() + 1)
  else if (month !== undefined) end.setUTCMonth(end.getUTCMonth() + 1)
  else end.setUTCFullYear(end.getUTCFullYear() + 1)
  return { from, to: end.getTime() }
}

/** The instant a FHIR instant or full dateTime names. Undefined for dates without a time and for what is no date. */
export function parseInstant(text: string | undefined): Date | undefined {
  if (text === undefined || !text.includes('T') || !/(Z|[+-]\d{2}:\d{2})$/.test(text)) return undefined
  const stretch = parseDateTime(text)
  return stretch ? new Date(stretch.from) : undefined
}

function isCalendarDay(date: string): boolean {
  const day = new Date(`${date}T00:00:00Z`)
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date)
}
