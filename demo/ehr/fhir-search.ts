import type { Caller } from './caller'
import { type Refusal, refuse } from './fhir-errors'
import { type Answer, fhirJson, outOfScope } from './fhir-read'
import type { PageKeeper } from './result-pages'
import { scopesFor } from './scopes'
import { findMatches, type Search } from './search'
import { type ChartResource, parseReference, type ResourceType, referenceTo } from './seed/resources'
import type { Store } from './store'
import { look } from './visibility'

type Parts = { readonly store: Store; readonly fhirBase: string; readonly pages: PageKeeper }

/** First page of a search. `total` counts what this caller may see. */
export function searchType(search: Search, caller: Caller, parts: Parts): Answer | Refusal {
  if (!isInScope(search, caller)) return outOfScope
  const { store } = parts
  const all = store.list().filter((one) => one.resourceType === search.type)
  const seen = findMatches(search, all, store).map((one) => look(one, caller, 'search', store))
  const matches = seen.flatMap((one) => (one.sight === 'visible' ? [referenceTo(one.resource)] : []))
  const withheld = seen.filter((one) => one.sight === 'withheld').length
  const id = matches.length > search.count ? parts.pages.keep(search, matches, caller) : undefined
  return answerPage({ search, matches, offset: 0, id, withheld }, caller, parts)
}

/** A later page, by the link this server gave. Scope and visibility are looked at again. */
export function nextPage(query: URLSearchParams, caller: Caller, parts: Parts): Answer | Refusal {
  const id = query.get('_getpages') ?? ''
  const offset = Number(query.get('_getpagesoffset') ?? '0')
  const found = parts.pages.find(id, caller)
  if (!found || !Number.isSafeInteger(offset) || offset < 0)
    return refuse(410, 'expired', 'page-gone', 'These search results are no longer kept.')
  if (!isInScope(found.search, caller)) return outOfScope
  return answerPage({ search: found.search, matches: found.matches, offset, id, withheld: 0 }, caller, parts)
}

type Page = {
  readonly search: Search
  readonly matches: readonly string[]
  readonly offset: number
  readonly id: string | undefined
  readonly withheld: number
}

function answerPage(page: Page, caller: Caller, parts: Parts): Answer {
  const { search, matches, offset, id } = page
  const { store, fhirBase } = parts
  const rows = visible(
    matches.slice(offset, offset + search.count).flatMap((reference) => store.find(reference) ?? []),
    caller,
    store,
  )
  const included = visible(listIncluded(search, rows, store), caller, store)
  const next = offset + search.count
  const link = [{ relation: 'self', url: `${fhirBase}/${search.type}?${search.honoured}` }]
  if (id !== undefined && next < matches.length)
    link.push({
      relation: 'next',
      url: `${fhirBase}?_getpages=${id}&_getpagesoffset=${next}&_count=${search.count}&_bundletype=searchset`,
    })
  const entry = (mode: 'match' | 'include') => (resource: ChartResource) => ({
    fullUrl: `${fhirBase}/${referenceTo(resource)}`,
    resource,
    search: { mode },
  })
  const entries = [...rows.map(entry('match')), ...included.map(entry('include'))]
  const bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matches.length,
    link,
    ...(entries.length > 0 ? { entry: entries } : {}),
  }
  return { response: fhirJson(bundle), rows: entries.length, withheld: page.withheld }
}

/** The type and everything asked to be included with it. A search that would leave out an include is refused. */
function isInScope(search: Search, caller: Caller): boolean {
  const types: ResourceType[] = [search.type]
  if (search.includeOrders) types.push('ServiceRequest')
  if (search.includeProvenance) types.push('Provenance')
  return types.every((type) => scopesFor(caller.scopes, type, 'search').length > 0)
}

function listIncluded(search: Search, rows: readonly ChartResource[], store: Store): ChartResource[] {
  const onPage = new Set(rows.map(referenceTo))
  const included = new Map<string, ChartResource>()
  const add = (resource: ChartResource | undefined): void => {
    if (resource && !onPage.has(referenceTo(resource))) included.set(referenceTo(resource), resource)
  }
  if (search.includeOrders)
    for (const row of rows)
      if (row.resourceType === 'Observation' || row.resourceType === 'DiagnosticReport')
        for (const order of row.basedOn ?? []) add(store.find(parseReference(order.reference) ?? ''))
  if (search.includeProvenance)
    for (const one of store.list())
      if (
        one.resourceType === 'Provenance' &&
        one.target.some((target) => onPage.has(parseReference(target.reference) ?? ''))
      )
        add(one)
  return [...included.values()]
}

function visible(resources: readonly ChartResource[], caller: Caller, store: Store): ChartResource[] {
  return resources.flatMap((one) => {
    const seen = look(one, caller, 'search', store)
    return seen.sight === 'visible' ? [seen.resource] : []
  })
}
