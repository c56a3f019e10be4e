import type { CallContext } from '@/lib/ehrs/door'
import type { Ehr } from '@/lib/ehrs/ehrs'
import { type FhirAnswer, fetchFhir } from '@/lib/ehrs/fhir-client'
import { parseResource, type Resource } from '@/lib/fhir/resource'
import { parseSearchset, type Searchset } from '@/lib/fhir/searchset'
import { refuse } from '@/lib/gateway/refusal'
import { log } from '@/lib/log/log'

/** Types whose orders and releases come along with every search. */
const withReleases: ReadonlySet<string> = new Set(['Observation', 'DiagnosticReport'])

/** A search at the EHR, by POST, with what is needed to judge its results. @throws FhirRefusal 502, 503 */
export async function searchEhr(
  ehr: Ehr,
  query: { readonly type: string; readonly parameters: readonly (readonly [string, string])[] },
  context: CallContext,
): Promise<Searchset> {
  const form = new URLSearchParams(query.parameters.map(([name, value]) => [name, value]))
  if (withReleases.has(query.type)) {
    form.append('_include', `${query.type}:based-on`)
    form.append('_revinclude', 'Provenance:target')
  }
  const answer = await fetchFhir(ehr, { path: `${query.type}/_search`, form, exactNumbers: true }, context)
  return readSearchset(answer, query.type)
}

/** A further page of a search, by the EHR's own link. @throws FhirRefusal 410 when the EHR has forgotten it, 502, 503 */
export async function fetchNextPage(
  ehr: Ehr,
  link: string,
  type: string,
  context: CallContext,
): Promise<Searchset> {
  const answer = await fetchFhir(ehr, { path: link, exactNumbers: true }, context)
  if (answer.outcome === 'answered' && [400, 404, 410].includes(answer.status)) refuse(pageExpired)
  return readSearchset(answer, type)
}

/** One resource that belongs to no chart, by id. Undefined when the EHR has none for us. @throws FhirRefusal 502, 503 */
export async function readShared(
  ehr: Ehr,
  target: { readonly type: string; readonly id: string },
  context: CallContext,
): Promise<Resource | undefined> {
  const answer = await fetchFhir(ehr, { path: `${target.type}/${target.id}`, exactNumbers: true }, context)
  if (answer.outcome === 'answered' && [403, 404, 410].includes(answer.status)) return undefined
  const resource = parseResource(requireBody(answer))
  if (!resource || resource.resourceType !== target.type || resource.id !== target.id)
    return refuseUpstream('unreadable')
  return resource
}

/** A page link that cannot be followed any more. */
export const pageExpired = {
  status: 410,
  issue: 'expired',
  text: 'This page link has expired. Search again.',
  because: 'page-expired',
} as const

/** The EHR knows who asks and says no: it has ended, for one, that this person acts for the patient. */
const notAllowedThere = {
  status: 403,
  issue: 'forbidden',
  text: 'The health record does not allow this person to read it.',
  because: 'ehr-status-403',
} as const

function readSearchset(answer: FhirAnswer, type: string): Searchset {
  return parseSearchset(requireBody(answer), type) ?? refuseUpstream('unreadable')
}

function requireBody(answer: FhirAnswer): unknown {
  if (answer.outcome === 'answered') {
    if (answer.status === 403) {
      log.warn('gateway.ehr-refused')
      return refuse(notAllowedThere)
    }
    return answer.status === 200 ? answer.body : refuseUpstream(`status-${answer.status}`)
  }
  if (answer.why === 'too-large' || answer.why === 'not-json') return refuseUpstream(answer.why)
  log.warn('gateway.ehr-unreachable', { why: answer.why })
  return refuse({
    status: 503,
    issue: 'transient',
    text: 'The health record cannot be reached right now. Try again shortly.',
    because: `ehr-${answer.why}`,
    headers: { 'retry-after': '10' },
  })
}

/** The EHR answered, but not with anything that can be judged: nothing of it is passed on. */
function refuseUpstream(because: string): never {
  log.warn('gateway.ehr-answer-unusable', { because })
  return refuse({
    status: 502,
    issue: 'exception',
    text: 'The health record gave an answer that cannot be used.',
    because: `ehr-${because}`,
  })
}
