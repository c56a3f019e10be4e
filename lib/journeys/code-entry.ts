import { parseCode } from '@/lib/linking/activation-code'

/** What a person entered, in normal form. */
export type Entry = { readonly code: string; readonly birthDate: string }

/** Reads what was typed. A malformed code or date is said at once and counts for nothing: it says nothing of charts. */
export function parseEntry(
  typed: { readonly code: string; readonly year: string; readonly month: string; readonly day: string },
  today: string,
):
  | { readonly outcome: 'read'; readonly entry: Entry }
  | { readonly outcome: 'malformed'; readonly field: 'code' | 'birthDate' } {
  const code = parseCode(typed.code)
  if (!code) return { outcome: 'malformed', field: 'code' }
  const [year, month, day] = [typed.year, typed.month, typed.day].map((part) => part.trim())
  const birthDate = `${year}-${month?.padStart(2, '0')}-${day?.padStart(2, '0')}`
  const isDate =
    /^(18|19|20)\d\d-\d\d-\d\d$/.test(birthDate) &&
    new Date(`${birthDate}T00:00:00Z`).toJSON()?.slice(0, 10) === birthDate
  return isDate && birthDate <= today
    ? { outcome: 'read', entry: { code, birthDate } }
    : { outcome: 'malformed', field: 'birthDate' }
}
