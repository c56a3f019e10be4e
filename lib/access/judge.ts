import { isWithinScopes } from '@/lib/access/scope-match'
import { isSensitive, type StepUpRule } from '@/lib/access/step-up'
import type { ClinicalScope } from '@/lib/fhir/clinical-scope'
import { isObject, type JsonObject, objectAt, objectsAt, textAt, visit } from '@/lib/fhir/json-value'
import { localKey, parseReference } from '@/lib/fhir/reference'
import type { Resource } from '@/lib/fhir/resource'
import { isResult } from '@/lib/release-policy/classify-result'
import {
  evaluateRelease,
  type HiddenReason,
  type ReleaseClock,
  type ReleasePolicy,
  type ShownReason,
} from '@/lib/release-policy/evaluate-release'
import { hasLabelledParts, isHeld } from '@/lib/release-policy/labels'
import { gatherResultFacts, type ReleaseIndex } from '@/lib/release-policy/release-facts'

/** Whether one resource may be shown to the person and app behind a call, and why. */
export type Verdict =
  | { readonly shown: true; readonly reason: ShownReason | 'not-a-result'; readonly since: Date | undefined }
  | {
      readonly shown: false
      readonly because:
        | HiddenReason
        | 'another-patient'
        | 'out-of-scope'
        | 'labelled-parts'
        | 'contained'
        | 'ambiguous'
        | 'step-up'
    }

/** What a resource is judged by. */
export type JudgeFacts = {
  readonly patientId: string
  readonly policy: ReleasePolicy
  readonly clock: ReleaseClock
  readonly releases: ReleaseIndex
  /** Results (`Type/id`) that were shown before though nobody released them. */
  readonly seen?: ReadonlySet<string>
  /** Bases under which a reference is one of the EHR's own. */
  readonly bases: readonly string[]
  /** What the person has not proven freshly enough to see. */
  readonly unmetStepUps: readonly StepUpRule[]
}

/** The element that says whose a resource is. A type without one is never shown to a patient by compartment. */
const ownerOf: Readonly<Record<string, 'self' | 'subject' | 'patient' | 'nobody'>> = {
  Patient: 'self',
  Observation: 'subject',
  DiagnosticReport: 'subject',
  Condition: 'subject',
  AllergyIntolerance: 'patient',
  MedicationRequest: 'subject',
  Immunization: 'patient',
  Encounter: 'subject',
  Practitioner: 'nobody',
  PractitionerRole: 'nobody',
  Organization: 'nobody',
  Medication: 'nobody',
  RelatedPerson: 'patient',
  Person: 'nobody',
}

/** Types that may stand inside another resource without being judged: people, places, things and orders. */
const harmlessInside: ReadonlySet<string> = new Set([
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'Medication',
  'RelatedPerson',
  'CareTeam',
  'HealthcareService',
  'Location',
  'Device',
  'Substance',
  'ServiceRequest',
])

/**
 * Judges one resource: whose it is, what a clinician holds, what the release policy says, what stands inside it. Whether
 * the app's scopes reach it is `isReached`. Pure.
 */
export function judge(resource: Resource, facts: JudgeFacts): Verdict {
  if (!isOwn(resource, facts)) return { shown: false, because: 'another-patient' }
  if (isSensitive(resource, facts.unmetStepUps)) return { shown: false, because: 'step-up' }
  if (isHeld(resource)) return { shown: false, because: 'held' }
  if (hasLabelledParts(resource)) return { shown: false, because: 'labelled-parts' }
  const contained = objectsAt(resource, 'contained')
  const isUnderstood = countResources(resource) === 1 + contained.length
  if (!isUnderstood || !contained.every((inside) => mayStandInside(inside, resource, facts)))
    return { shown: false, because: 'contained' }
  if (!isResult(resource)) return { shown: true, reason: 'not-a-result', since: undefined }
  const decision = evaluateRelease(
    gatherResultFacts(resource, facts.releases, facts.bases, facts.seen),
    facts.policy,
    facts.clock,
  )
  return decision.visible
    ? { shown: true, reason: decision.reason, since: decision.since }
    : { shown: false, because: decision.reason }
}

/** Whether the app's scopes reach a resource that the person may see. */
export function isReached(resource: Resource, scopes: readonly ClinicalScope[]): boolean {
  return isWithinScopes(scopes, resource)
}

function isOwn(resource: Resource, facts: JudgeFacts): boolean {
  const owner = Object.hasOwn(ownerOf, resource.resourceType) ? ownerOf[resource.resourceType] : undefined
  if (owner === undefined) return false
  if (owner === 'nobody') return true
  if (owner === 'self') return resource.id === facts.patientId
  const reference = textAt(objectAt(resource, owner), 'reference')
  return localKey(reference, facts.bases) === `Patient/${facts.patientId}`
}

/**
 * A resource inside another shares its release: it left the laboratory in the same piece. What is labelled, belongs to
 * somebody else, or is of a type that could carry a result into something that is none withholds the whole.
 */
function mayStandInside(inside: JsonObject, outer: Resource, facts: JudgeFacts): boolean {
  const type = textAt(inside, 'resourceType') ?? ''
  if (!isOfNobodyElse(inside, facts)) return false
  if (isSensitive(inside, facts.unmetStepUps)) return false
  if (isHeld(inside) || hasLabelledParts(inside) || objectsAt(inside, 'contained').length > 0) return false
  if (harmlessInside.has(type)) return true
  const isFinished = ['final', 'amended', 'corrected', 'appended'].includes(textAt(inside, 'status') ?? '')
  if (type === 'Observation') return isResult(outer) && isFinished
  return type === 'Specimen' && isResult(outer)
}

/** A contained resource may name nobody, its patient, or something that is no person (a device, a sample's source). */
function isOfNobodyElse(inside: JsonObject, facts: JudgeFacts): boolean {
  return ['subject', 'patient'].every((name) => {
    const text = textAt(objectAt(inside, name), 'reference')
    if (text === undefined) return true
    const owner = parseReference(text, facts.bases)
    if (owner.kind === 'foreign') return false
    return owner.kind === 'contained' || owner.type !== 'Patient' || owner.id === facts.patientId
  })
}

/** How many resources are in one, itself included: one that stands anywhere but in `contained` is not understood. */
function countResources(resource: Resource): number {
  let count = 0
  visit(resource, (value) => {
    if (isObject(value) && value['resourceType'] !== undefined) count += 1
  })
  return count
}
