import { isReached } from '@/lib/access/judge'
import { scopesFor } from '@/lib/access/scope-match'
import { isObject, textAt, visit } from '@/lib/fhir/json-value'
import { localKey } from '@/lib/fhir/reference'
import type { Resource } from '@/lib/fhir/resource'
import { readShared, searchEhr } from '@/lib/gateway/ask-ehr'
import { basesOf, type Call } from '@/lib/gateway/call'
import { type CollectedPage, collectPage } from '@/lib/gateway/collect-page'
import type { Position } from '@/lib/gateway/cursor'
import { judgePage } from '@/lib/gateway/judge-page'
import { chartTypes, findOffered, largestCount, type OfferedTypeName } from '@/lib/gateway/offered'
import { readSelf } from '@/lib/gateway/read-self'
import { showAlone } from '@/lib/gateway/show-alone'

/** One resource as it may be shown. Undefined for hidden, foreign and unknown ones alike, by the same way. */
export async function readResource(
  call: Call,
  type: OfferedTypeName,
  id: string,
): Promise<Resource | undefined> {
  if (findOffered(type).onlySelf) return readSelf(call, type, id)
  if (findOffered(type).onlyIfReferred) return readReferred(call, type, id)
  const { patientId } = call.obligations
  const parameters =
    type === 'Patient'
      ? ([['_id', id === patientId ? id : patientId]] as const)
      : ([
          ['patient', patientId],
          ['_id', id],
        ] as const)
  const found = await searchEhr(call.ehr, { type, parameters }, call.dataContext)
  const matches = found.matches.filter((resource) => resource.id === id)
  const [row] = await judgePage(call, { matches, included: found.included })
  if (matches.length > 0 && !row) call.tally.hidden += 1
  return row
}

/**
 * A clinician, organization or medicine is read only when something shown to this app names it: whoever only ordered a
 * hidden test is as unknown as the test. Every page of the chart is looked through, so that both take the same way.
 */
async function readReferred(call: Call, type: OfferedTypeName, id: string): Promise<Resource | undefined> {
  const [isNamed, resource] = await Promise.all([
    isReferredTo(call, `${type}/${id}`),
    readShared(call.ehr, { type, id }, call.dataContext),
  ])
  if (!resource || !isNamed || !isReached(resource, call.obligations.scopes)) return undefined
  return showAlone(resource, call)
}

async function isReferredTo(call: Call, key: string): Promise<boolean> {
  const found = await Promise.all(chartTypes.map((type) => isReferredFrom(call, type, key)))
  return found.includes(true)
}

async function isReferredFrom(call: Call, type: OfferedTypeName, key: string): Promise<boolean> {
  const scopes = (['read', 'search'] as const).flatMap((interaction) =>
    scopesFor(call.authority.scopes, type, interaction),
  )
  if (scopes.length === 0) return false
  const looking: Call = {
    ...call,
    obligations: { ...call.obligations, scopes },
    dataContext: call.factsContext(type),
    tally: { hidden: 0, returned: 0 },
  }
  const search = {
    filters: [],
    patientId: undefined,
    sort: undefined,
    count: largestCount,
    cursor: undefined,
  }
  let position: Position | undefined = { link: undefined, skip: 0 }
  for (let pages = 0; position && pages < 10; pages += 1) {
    const page: CollectedPage = await collectPage(looking, type, { search, position })
    if (page.rows.some((row) => refersTo(row, key, basesOf(call.ehr)))) return true
    position = page.next
  }
  return false
}

function refersTo(resource: Resource, key: string, bases: readonly string[]): boolean {
  let found = false
  visit(resource, (value) => {
    if (isObject(value) && localKey(textAt(value, 'reference'), bases) === key) found = true
  })
  return found
}
