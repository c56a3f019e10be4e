import { type JsonObject, type JsonValue, visit } from '@/lib/fhir/json-value'
import { parseReference, spellOut } from '@/lib/fhir/reference'

/** Types whose visibility is looked up before a reference to one of them is shown. */
const judged: ReadonlySet<string> = new Set([
  'Observation',
  'DiagnosticReport',
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'Immunization',
  'Encounter',
])

/** Types of what belongs to nobody's chart. */
export const definitions: ReadonlySet<string> = new Set([
  'ActivityDefinition',
  'Library',
  'Measure',
  'PlanDefinition',
  'Questionnaire',
])

/**
 * Types that may be named: people, places, orders, specimens, things, and definitions that speak of nobody. The
 * whole list stands here; any other type, one we have never heard of too, can carry or tell of a result that we cannot
 * judge, and a reference to it is never shown. lab-release B6
 */
const named: ReadonlySet<string> = new Set([
  ...definitions,
  'Account',
  'Appointment',
  'CareTeam',
  'Coverage',
  'Device',
  'Endpoint',
  'EpisodeOfCare',
  'Group',
  'HealthcareService',
  'Location',
  'Medication',
  'Organization',
  'Patient',
  'Person',
  'Practitioner',
  'PractitionerRole',
  'RelatedPerson',
  'ServiceRequest',
  'Specimen',
  'Substance',
])

/** Elements that point at results: here a reference that names no resource may not keep its display either. */
export const resultElements: ReadonlySet<string> = new Set([
  'assessment',
  'derivedFrom',
  'detail',
  'focus',
  'hasMember',
  'reasonReference',
  'result',
  'supportingInformation',
  'valueReference',
])

/** How a reference to a type is treated: shown, shown if its target is, or never. */
export function ruleFor(type: string): 'named' | 'judged' | 'untold' {
  if (judged.has(type)) return 'judged'
  return named.has(type) ? 'named' : 'untold'
}

const mention = /(?<![A-Za-z0-9])([A-Z][A-Za-z]{2,40})\/([A-Za-z0-9.-]{1,64})/g

/** What stands before an address that a narrative links to: there it is no pair of words, whatever its letters. */
const linkBegins = /\b(?:href|src)\s*=\s*["']?\s*(?:\.{0,2}\/)*$/i

/** Every `Type/id` of the EHR that a text mentions: in a reference, an address, or a narrative. */
export function mentionsIn(text: string, bases: readonly string[]): readonly { type: string; key: string }[] {
  if (!text.includes('/') || isForeignAddress(text, bases)) return []
  const whole = parseReference(text, bases)
  if (whole.kind === 'local') return [{ type: whole.type, key: whole.key }]
  const isBehindBase = (at: number): boolean => bases.some((base) => text.endsWith(`${base}/`, at))
  const isLinked = (at: number): boolean => linkBegins.test(text.slice(Math.max(0, at - 40), at))
  return [...text.matchAll(mention)]
    .filter(
      ({ 2: id = '', index }) => /\d/.test(id) || id.length >= 16 || isBehindBase(index) || isLinked(index),
    ) // else: words with a stroke between
    .map(([key, type = '']) => ({ type, key: key.replace(/\.$/, '') }))
}

/** An address elsewhere, of a code system or a profile, mentions nothing of this EHR. */
function isForeignAddress(text: string, bases: readonly string[]): boolean {
  return /^[a-z][a-z0-9+.-]*:\S*$/i.test(text) && !bases.some((base) => spellOut(text).startsWith(`${base}/`))
}

/**
 * Whether an address that cannot be resolved here has a type in it that could be a result: of another server, or of this
 * one by a name of its own that we do not know; a search; a canonical; or one that is misspelled.
 */
export function speaksOfJudged(address: string): boolean {
  const types = address.matchAll(/(?<![A-Za-z0-9])([A-Z][A-Za-z]{2,40})(?=[/?])/g)
  return [...types].some(([, type = '']) => ruleFor(type) !== 'named')
}

/** Keys a resource mentions whose visibility has to be known before it is shown. */
export function judgedMentions(resource: JsonObject, bases: readonly string[]): readonly string[] {
  const keys = new Set<string>()
  visit(resource, (value: JsonValue) => {
    if (typeof value === 'string' && value.length < 2_000_000 && !isEncoded(value))
      for (const { type, key } of mentionsIn(value, bases)) if (ruleFor(type) === 'judged') keys.add(key)
  })
  return [...keys]
}

/** Base64 content of attachments: long, without spaces; looking for references in it finds only noise. */
export function isEncoded(text: string): boolean {
  return text.length > 200 && /^[A-Za-z0-9+/=\s]{200}/.test(text) && !/[ <:]/.test(text.slice(0, 200))
}
