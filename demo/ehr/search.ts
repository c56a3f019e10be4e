import { type Refusal, refuse } from './fhir-errors'
import { findIndex, type Indexed, sortKey } from './search-parameters'
import { type ChartResource, parseReference, type ResourceType, referenceTo } from './seed/resources'
import type { Store } from './store'

const defaultCount = 50
const largestCount = 200
const sorts = ['date', '_lastUpdated', 'code'] as const
const includes = ['Observation:based-on', 'DiagnosticReport:based-on']

type Filter = { readonly name: string; readonly values: readonly string[] }
type Sort = { readonly by: (typeof sorts)[number]; readonly descending: boolean }

/** A search that this server will do, cut to what it understood. */
export type Search = {
  readonly type: ResourceType
  readonly filters: readonly Filter[]
  readonly sort: readonly Sort[]
  readonly count: number
  /** `_include=…:based-on` */
  readonly includeOrders: boolean
  /** `_revinclude=Provenance:target` */
  readonly includeProvenance: boolean
  /** The query as honoured, for the `self` link. */
  readonly honoured: URLSearchParams
}

/** Reads a query. Unknown parameters are dropped, or refused when the client asked for strict handling. */
export function parseSearch(type: ResourceType, query: URLSearchParams, strict: boolean): Search | Refusal {
  const filters: Filter[] = []
  const sort: Sort[] = []
  const honoured = new URLSearchParams()
  let count = defaultCount
  let includeOrders = false
  let includeProvenance = false
  for (const [name, value] of query) {
    if (value === '' || name === '_format') continue
    if (name === '_count') {
      if (!/^\d{1,6}$/.test(value)) return badParameter('_count')
      count = Math.min(Math.max(Number(value), 1), largestCount)
      continue
    }
    if (name === '_sort') {
      const parsed = parseSort(value)
      if (parsed) sort.push(...parsed)
      else if (strict) return badParameter('_sort')
      else continue
    } else if (name === '_include' && includes.includes(value) && value.startsWith(`${type}:`))
      includeOrders = true
    else if (name === '_revinclude' && value === 'Provenance:target') includeProvenance = true
    else if (findIndex(type, name)) {
      const filter = parseFilter(name, value)
      if (!filter) return badParameter(name)
      filters.push(filter)
    } else if (name.includes(':') && findIndex(type, name.slice(0, name.indexOf(':')))) {
      return refuse(400, 'not-supported', 'unsupported-modifier', 'This modifier is not supported.')
    } else if (strict) return badParameter('unknown')
    else continue
    honoured.append(name, value)
  }
  honoured.append('_count', String(count))
  return { type, filters, sort, count, includeOrders, includeProvenance, honoured }
}

/** All that matches, in order. The caller decides what of it may be seen. */
export function findMatches(
  search: Search,
  candidates: readonly ChartResource[],
  store: Store,
): ChartResource[] {
  const matches = candidates.filter((resource) =>
    search.filters.every(({ name, values }) => {
      const index = findIndex(search.type, name)
      return index !== undefined && values.some((value) => isMatch(index(resource, store), value))
    }),
  )
  return search.sort.length > 0 ? matches.sort((a, b) => compare(a, b, search.sort)) : matches
}

function parseFilter(name: string, text: string): Filter | undefined {
  const values = text.split(',').filter((value) => value !== '')
  const isDate = ['date', '_lastUpdated', 'birthdate'].includes(name)
  if (values.length === 0 || (isDate && values.some((value) => parseDate(value) === undefined)))
    return undefined
  return { name, values }
}

function parseSort(text: string): Sort[] | undefined {
  const parts = text.split(',').map((part) => {
    const descending = part.startsWith('-')
    const by = sorts.find((one) => one === (descending ? part.slice(1) : part))
    return by ? { by, descending } : undefined
  })
  const known = parts.filter((part) => part !== undefined)
  return known.length === parts.length ? known : undefined
}

function compare(a: ChartResource, b: ChartResource, order: readonly Sort[]): number {
  for (const { by, descending } of order) {
    const [left, right] = [sortKey(a, by), sortKey(b, by)]
    if (left !== right) return (left < right ? -1 : 1) * (descending ? -1 : 1)
  }
  // A tie is broken by id, so that pages never repeat or skip.
  return referenceTo(a) < referenceTo(b) ? -1 : 1
}

function isMatch(indexed: Indexed, value: string): boolean {
  switch (indexed.kind) {
    case 'token':
      return indexed.values.some((one) => isTokenMatch(one, value))
    case 'reference':
      return indexed.values.some((one) => one === parseReference(value) || one.split('/')[1] === value)
    case 'date':
      return indexed.values.some((one) => isDateMatch(one, value))
    case 'string':
      return indexed.values.some((one) => fold(one).startsWith(fold(value)))
  }
}

function isTokenMatch(
  one: { readonly system?: string | undefined; readonly code: string },
  value: string,
): boolean {
  const bar = value.indexOf('|')
  if (bar < 0) return one.code === value
  const [system, code] = [value.slice(0, bar), value.slice(bar + 1)]
  if (system !== (one.system ?? '')) return false
  return code === '' || code === one.code
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}

type DateTest = {
  readonly prefix: 'eq' | 'ge' | 'le' | 'gt' | 'lt'
  readonly from: number
  readonly to: number
}

function isDateMatch(stored: string, value: string): boolean {
  const wanted = parseDate(value)
  const own = parseDate(stored)
  if (!wanted || !own) return false
  switch (wanted.prefix) {
    case 'eq':
      return own.from >= wanted.from && own.to <= wanted.to
    case 'ge':
      return own.to > wanted.from
    case 'le':
      return own.from < wanted.to
    case 'gt':
      return own.to > wanted.to
    case 'lt':
      return own.from < wanted.from
  }
}

/** The half-open interval that a date of any FHIR precision covers, with its comparison prefix. */
function parseDate(text: string): DateTest | undefined {
  const found =
    /^(eq|ge|le|gt|lt)?(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d:\d\d)(?::(\d\d)(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?)?)?)?$/.exec(
      text,
    )
  if (!found) return undefined
  const [, prefixText, year = '', month, day, minute, second, zone = 'Z'] = found
  const prefix = (['ge', 'le', 'gt', 'lt'] as const).find((one) => one === prefixText) ?? 'eq'
  if (minute !== undefined) {
    const from = Date.parse(`${year}-${month}-${day}T${minute}:${second ?? '00'}${zone}`)
    return Number.isNaN(from)
      ? undefined
      : { prefix, from, to: from + (second === undefined ? 60_000 : 1_000) }
  }
  const from = Date.parse(`${year}-${month ?? '01'}-${day ?? '01'}T00:00:00Z`)
  if (Number.isNaN(from)) return undefined
  const end = new Date(from)
  if (day !== undefined) end.setUTCDate(end.getUTCDate() + 1)
  else if (month !== undefined) end.setUTCMonth(end.getUTCMonth() + 1)
  else end.setUTCFullYear(end.getUTCFullYear() + 1)
  return { prefix, from, to: end.getTime() }
}

function badParameter(name: string): Refusal {
  return refuse(400, 'invalid', 'bad-parameter', `Search parameter not supported or malformed: ${name}`)
}
