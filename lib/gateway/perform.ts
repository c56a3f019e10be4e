import { findNeed } from '@/lib/access/step-up'
import type { Resource } from '@/lib/fhir/resource'
import { resourceAnswer, searchAnswer } from '@/lib/gateway/answers'
import type { Call } from '@/lib/gateway/call'
import { collectPage } from '@/lib/gateway/collect-page'
import { issueCursor, openCursor } from '@/lib/gateway/cursor'
import type { OfferedTypeName } from '@/lib/gateway/offered'
import type { Interaction } from '@/lib/gateway/parse-interaction'
import type { Search } from '@/lib/gateway/parse-search'
import { readResource } from '@/lib/gateway/read-resource'
import { notFound, refuse } from '@/lib/gateway/refusal'
import { shapeRefusal } from '@/lib/gateway/refusal-shapes'
import { keepSeen } from '@/lib/release-policy/seen'

/** Does what was permitted. Every row was judged, and what only the automatic end shows is kept as seen. @throws FhirRefusal */
export async function perform(request: Request, interaction: Interaction, call: Call): Promise<Response> {
  if (interaction.kind === 'search') return search(request, interaction.type, interaction.search, call)
  const resource = await readResource(call, interaction.type, interaction.id)
  if (!resource) return refuse(notFound)
  call.tally.returned = 1
  await keepShown(call, [resource])
  return resourceAnswer(request, resource)
}

async function search(request: Request, type: OfferedTypeName, asked: Search, call: Call): Promise<Response> {
  const from = asked.cursor
    ? openCursor(call, type, asked.cursor)
    : { search: asked, position: { link: undefined, skip: 0 } }
  checkProof(call, type, from.search)
  const { rows, next } = await collectPage(call, type, from)
  call.tally.returned = rows.length
  await keepShown(call, rows)
  const link = (cursor: string): string => `${call.ehr.gatewayBase}/${type}?_cursor=${cursor}`
  return searchAnswer(request, call, {
    rows,
    self: asked.cursor ? link(asked.cursor) : selfLink(type, asked, call),
    next: next && link(issueCursor(call, type, { search: from.search, position: next })),
  })
}

/** What a page link goes on with was not in the request when it was decided upon. @throws FhirRefusal */
function checkProof(call: Call, type: OfferedTypeName, search: Search): void {
  const need = findNeed(call.obligations.unmetStepUps, { type, categories: categoriesOf(search) })
  const { isKeyBound } = call
  if (need) refuse(shapeRefusal('step-up', call.ehr.gatewayBase, { need, isKeyBound }))
}

/** The categories a search asks for, `system|code` or `code`. */
export function categoriesOf(search: Search): readonly string[] {
  return search.filters.flatMap(([name, value]) => (name === 'category' ? value.split(',') : []))
}

/** What only the automatic end made visible is now seen: it is kept before the answer leaves, as the audit is. */
async function keepShown(call: Call, rows: readonly Resource[]): Promise<void> {
  const keys = rows.flatMap((row) => call.byAutomaticEnd.get(row) ?? [])
  if (keys.length > 0)
    await keepSeen({ ehrId: call.ehr.id, patientId: call.obligations.patientId }, keys, call.now)
}

/** The search as it was understood, in our own words. FHIR R4 search §3.1.1.1.1 */
function selfLink(type: OfferedTypeName, asked: Search, call: Call): string {
  const query = new URLSearchParams(asked.filters.map(([name, value]) => [name, value]))
  if (asked.patientId) query.set('patient', asked.patientId)
  if (asked.sort) query.set('_sort', asked.sort)
  query.set('_count', String(asked.count))
  return `${call.ehr.gatewayBase}/${type}?${query}`
}
