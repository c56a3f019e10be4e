import type { Coding } from 'fhir/r4'
import { hasCoding, holdLabel, labTests, systems } from './seed/codes'
import { type ChartResource, parseReference, type ResultResource, referenceTo } from './seed/resources'

const verifier: Coding = { system: systems.participant, code: 'verifier' }
const authenticated: Coding = { system: systems.documentCompletion, code: 'LA' }
const labCodes = new Set<string>(Object.values(labTests).map((test) => test.code))

/** Statuses a clinician can release: the laboratory has finished. */
export const releasableStatuses: readonly string[] = ['final', 'amended', 'corrected', 'appended']

/** A laboratory result: an Observation by its category or, where the category was forgotten, by its code; any report. */
export function isResult(resource: ChartResource): resource is ResultResource {
  if (resource.resourceType === 'DiagnosticReport') return true
  if (resource.resourceType !== 'Observation') return false
  const laboratory = { system: systems.observationCategory, code: 'laboratory' }
  return (
    (resource.category ?? []).some((category) => hasCoding(category.coding, laboratory)) ||
    (resource.code.coding ?? []).some(
      ({ system, code }) => system === systems.loinc && labCodes.has(code ?? ''),
    )
  )
}

export function isHeld(resource: ChartResource): boolean {
  return hasCoding(resource.meta?.security, holdLabel)
}

/** What a Provenance releases: the references of its targets; nothing when it is not a release. */
export function releasedBy(resource: ChartResource): string[] {
  if (resource.resourceType !== 'Provenance') return []
  const isRelease =
    hasCoding(resource.activity?.coding, authenticated) &&
    resource.agent.some((agent) => hasCoding(agent.type?.coding, verifier))
  return isRelease ? resource.target.flatMap((target) => parseReference(target.reference) ?? []) : []
}

/** Results that a patient should not see yet: no release, or held in spite of one. */
export function listUnreleasedResults(world: readonly ChartResource[]): ResultResource[] {
  const released = new Set(world.flatMap(releasedBy))
  return world.filter(isResult).filter((result) => isHeld(result) || !released.has(referenceTo(result)))
}
