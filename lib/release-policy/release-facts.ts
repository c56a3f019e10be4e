import { type Coding, codingsAt, hasCoding } from '@/lib/fhir/coding'
import { parseInstant } from '@/lib/fhir/date-time'
import { objectAt, objectsAt, textAt } from '@/lib/fhir/json-value'
import { localKey } from '@/lib/fhir/reference'
import { keyOf, type Resource } from '@/lib/fhir/resource'
import { isHeld } from '@/lib/release-policy/labels'

/** Somebody released a result: who, as `Practitioner/id`, and when. */
export type Release = { readonly by: string; readonly at: Date }

/** What is known about one result when its visibility is judged. */
export type ResultFacts = {
  readonly status: string | undefined
  readonly isHeld: boolean
  /** When the laboratory made this version available; where it does not say, when the record was written, or the specimen taken: a culture takes weeks, and its waiting time begins when it is done. */
  readonly issued: Date | undefined
  /** Who requested the orders it answers. Empty: no order can be verified. */
  readonly requesters: readonly string[]
  readonly releases: readonly Release[]
  /** An earlier version was shown though nobody released it: a correction of what was seen is never held. */
  readonly wasSeen: boolean
}

/** Orders and releases of a chart, by the key (`Type/id`) they concern. */
export type ReleaseIndex = {
  readonly orders: ReadonlyMap<string, { readonly requester: string; readonly subject: string }>
  readonly releases: ReadonlyMap<string, readonly Release[]>
}

const authenticated: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/v3-DocumentCompletion',
  code: 'LA',
}
const verifier: Coding = {
  system: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
  code: 'verifier',
}

/** Reads orders and releases out of what an EHR sent beside the results. Anything else in it is ignored. */
export function indexReleases(beside: readonly Resource[], bases: readonly string[]): ReleaseIndex {
  const orders = new Map<string, { readonly requester: string; readonly subject: string }>()
  const releases = new Map<string, readonly Release[]>()
  for (const resource of beside) {
    const [requester, subject] = ['requester', 'subject'].map((name) =>
      localKey(textAt(objectAt(resource, name), 'reference'), bases),
    )
    const isOrder = resource.resourceType === 'ServiceRequest' && resource['status'] !== 'entered-in-error'
    if (isOrder && requester && subject) orders.set(keyOf(resource), { requester, subject })
    if (resource.resourceType !== 'Provenance') continue
    for (const target of objectsAt(resource, 'target')) {
      const key = localKey(textAt(target, 'reference'), bases)
      if (key) releases.set(key, [...(releases.get(key) ?? []), ...readReleases(resource, bases)])
    }
  }
  return { orders, releases }
}

/** The facts of one result. An order for somebody else verifies nothing: the two were mixed up. */
export function gatherResultFacts(
  result: Resource,
  index: ReleaseIndex,
  bases: readonly string[],
  seen: ReadonlySet<string> = new Set(),
): ResultFacts {
  const subject = localKey(textAt(objectAt(result, 'subject'), 'reference'), bases)
  const orders = objectsAt(result, 'basedOn')
    .map((one) => index.orders.get(localKey(textAt(one, 'reference'), bases) ?? ''))
    .filter((order) => order?.subject === subject)
  return {
    status: textAt(result, 'status'),
    isHeld: isHeld(result),
    issued: issuedAt(result),
    requesters: orders.flatMap((order) => order?.requester ?? []),
    releases: index.releases.get(keyOf(result)) ?? [],
    wasSeen: seen.has(keyOf(result)),
  }
}

/** A release is a Provenance that authenticates (LA), by each of its verifiers. Anything else releases nothing. */
function readReleases(provenance: Resource, bases: readonly string[]): readonly Release[] {
  const at = parseInstant(textAt(provenance, 'recorded'))
  if (!at || !hasCoding(codingsAt(provenance, 'activity'), authenticated)) return []
  return objectsAt(provenance, 'agent')
    .filter((agent) => hasCoding(codingsAt(agent, 'type'), verifier))
    .flatMap((agent) => localKey(textAt(objectAt(agent, 'who'), 'reference'), bases) ?? [])
    .map((by) => ({ by, at }))
}

/** Before this nothing was issued by computer: such an instant is some system's way to say that it has none. */
const firstCredible = new Date('1900-01-01T00:00:00Z')

function issuedAt(result: Resource): Date | undefined {
  const period = objectAt(result, 'effectivePeriod')
  const candidates = [
    textAt(result, 'issued'),
    textAt(objectAt(result, 'meta'), 'lastUpdated'),
    textAt(result, 'effectiveDateTime'),
    textAt(result, 'effectiveInstant'),
    textAt(period, 'end'),
  ]
  for (const candidate of candidates) {
    const instant = parseInstant(candidate)
    if (instant && instant >= firstCredible) return instant
  }
  return undefined
}
