import { type Coding, codingsAt, hasCoding } from '@/lib/fhir/coding'
import type { JsonObject } from '@/lib/fhir/json-value'
import { objectsAt, textAt } from '@/lib/fhir/json-value'
import { isSensitiveLoinc } from '@/lib/release-policy/sensitive-codes'

const category = 'http://terminology.hl7.org/CodeSystem/observation-category'
const usCore = 'http://hl7.org/fhir/us/core/CodeSystem/us-core-category'

/** Observations that say positively they are something else than the answer to an ordered test. */
const notResults: readonly Coding[] = [
  ...['vital-signs', 'social-history', 'survey', 'activity', 'exam', 'therapy'].map((code) => ({
    system: category,
    code,
  })),
  ...[
    'sdoh',
    'functional-status',
    'disability-status',
    'cognitive-status',
    'treatment-intervention-preference',
    'care-experience-preference',
  ].map((code) => ({ system: usCore, code })),
]
const results: readonly Coding[] = ['laboratory', 'imaging', 'procedure'].map((code) => ({
  system: category,
  code,
}))

/**
 * Whether a resource is a result that a release policy governs: every DiagnosticReport, and every Observation that is not
 * positively something else. Laboratories forget categories, so silence counts as a result; so does a category that
 * contradicts itself, what was found in a specimen, and a code that only a sensitive test has. HL7 US Core, lab-release B3.
 */
export function isResult(resource: JsonObject): boolean {
  const type = textAt(resource, 'resourceType')
  if (type === 'DiagnosticReport') return true
  if (type !== 'Observation') return false
  const categories = codingsAt(resource, 'category')
  if (results.some((wanted) => hasCoding(categories, wanted))) return true
  if (resource['specimen'] !== undefined) return true
  const coded = [resource, ...objectsAt(resource, 'component')]
  if (coded.some((one) => codingsAt(one, 'code').some(isSensitiveLoinc))) return true
  return !notResults.some((wanted) => hasCoding(categories, wanted))
}
