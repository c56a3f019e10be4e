import { parseDateTime } from '@/lib/fhir/date-time'
import { objectAt, textAt } from '@/lib/fhir/json-value'
import type { Resource } from '@/lib/fhir/resource'
import type { Searchset } from '@/lib/fhir/searchset'
import { fetchNextPage, searchEhr } from '@/lib/gateway/ask-ehr'
import type { Call } from '@/lib/gateway/call'
import type { Continuation, Position } from '@/lib/gateway/cursor'
import { judgePage } from '@/lib/gateway/judge-page'
import { largestCount, type OfferedTypeName } from '@/lib/gateway/offered'
import type { Search } from '@/lib/gateway/parse-search'

/** A page of what may be shown, and where the next one begins, if there is anything on it. */
export type CollectedPage = { readonly rows: readonly Resource[]; readonly next: Position | undefined }

/** How much is read of the EHR for one page. Beyond it the page may be short, with a link to go on. lab-release B7.2 */
const mostPages = 20
const mostMilliseconds = 4_000

/**
 * Reads the EHR's pages until the page asked for is full of what may be shown, and one entry further: a link to a next
 * page is given only when there is something on it. So neither short pages nor empty ones tell of hidden entries.
 */
export async function collectPage(
  call: Call,
  type: OfferedTypeName,
  from: Continuation,
): Promise<CollectedPage> {
  const { search } = from
  const begun = performance.now()
  const rows: Resource[] = []
  let position = from.position
  for (let pages = 0; ; pages += 1) {
    if (pages > 0 && (pages >= mostPages || performance.now() - begun > mostMilliseconds))
      return { rows, next: position }
    const page = await fetchPage(call, type, search, position)
    const judged = await judgePage(call, { ...page, matches: page.matches.slice(position.skip) })
    for (const [index, row] of judged.entries()) {
      if (!row) call.tally.hidden += 1
      else if (!isInTime(row, type, search)) continue
      else if (rows.length === search.count)
        return { rows, next: { ...position, skip: position.skip + index } }
      else rows.push(row)
    }
    if (!page.next) return { rows, next: undefined }
    position = { link: page.next, skip: 0 }
  }
}

function fetchPage(
  call: Call,
  type: OfferedTypeName,
  search: Search,
  position: Position,
): Promise<Searchset> {
  if (position.link) return fetchNextPage(call.ehr, position.link, type, call.dataContext)
  const { patientId } = call.obligations
  const sort = search.sort ?? (isOfResults(type) ? '-date' : undefined)
  return searchEhr(
    call.ehr,
    {
      type,
      parameters: [
        type === 'Patient' ? ['_id', patientId] : ['patient', patientId],
        ...search.filters.filter(([name]) => forwards(type, name)),
        ...(sort ? [['_sort', sort] as const] : []),
        ['_count', String(countFor(search.count))],
      ],
    },
    call.dataContext,
  )
}

/**
 * More than the page, to spare for what is hidden: a second page of the EHR costs more than rows, and a page of one that
 * ended early would tell how much is hidden in a row.
 */
function countFor(count: number): number {
  return Math.min(largestCount, Math.ceil(count * 1.6) + 10)
}

/** Types whose resources are results. */
function isOfResults(type: OfferedTypeName): boolean {
  return type === 'Observation' || type === 'DiagnosticReport'
}

/**
 * A result's last update is when it may be seen, which the EHR does not know: it is asked without that filter, and ours
 * is applied to what is shown. Also, one chart is searched for a Patient: its own `_id` is asked for once.
 */
function forwards(type: OfferedTypeName, name: string): boolean {
  if (type === 'Patient') return name === 'identifier'
  return !(isOfResults(type) && name === '_lastUpdated')
}

function isInTime(row: Resource, type: OfferedTypeName, search: Search): boolean {
  return search.filters
    .filter(([name]) => !forwards(type, name))
    .every(([name, value]) => (name === '_id' ? value.split(',').includes(row.id) : isUpdated(row, value)))
}

function isUpdated(row: Resource, filter: string): boolean {
  const own = parseDateTime(textAt(objectAt(row, 'meta'), 'lastUpdated') ?? '')
  const prefix = /^[a-z]{2}/.exec(filter)?.[0] ?? 'eq'
  const wanted = parseDateTime(filter.replace(/^[a-z]{2}/, ''))
  if (!own || !wanted) return false
  if (prefix === 'ge') return own.to > wanted.from
  if (prefix === 'gt') return own.from >= wanted.to
  if (prefix === 'le') return own.from < wanted.to
  if (prefix === 'lt') return own.to <= wanted.from
  return own.from >= wanted.from && own.to <= wanted.to
}
