/** How the value of a search parameter is read. */
export type ParameterKind = 'patient' | 'id' | 'token' | 'date'

/** What is offered of one resource type. */
export type OfferedType = {
  readonly search: boolean
  /** Parameters beside `_count`, `_sort`, `_total` and `_format`, which every search takes. */
  readonly parameters: Readonly<Record<string, ParameterKind>>
  readonly sorts: readonly string[]
  /** Read only when something that is shown refers to it. */
  readonly onlyIfReferred?: true
  /** Read only by the person it is: `fhirUser`. */
  readonly onlySelf?: true
}

const ofPatient = { patient: 'patient', _id: 'id', _lastUpdated: 'date' } as const
const ofSubject = { ...ofPatient, subject: 'patient' } as const
const byDate = ['date', '-date'] as const

/**
 * Everything the gateway offers, one line each. The parser admits exactly this and the CapabilityStatement says exactly
 * this. Only parameters on a resource's own visible attributes: no value, text, chain or reverse chain can be asked
 * about, for its answer would tell of results that are not shown (lab-release B6, B7). Sorting results by their last
 * update would tell of changes that are not shown.
 */
export const offeredTypes = {
  Patient: { search: true, parameters: { _id: 'id', identifier: 'token', _lastUpdated: 'date' }, sorts: [] },
  Observation: {
    search: true,
    parameters: { ...ofSubject, category: 'token', code: 'token', date: 'date', status: 'token' },
    sorts: byDate,
  },
  DiagnosticReport: {
    search: true,
    parameters: { ...ofSubject, category: 'token', code: 'token', date: 'date', status: 'token' },
    sorts: byDate,
  },
  Condition: {
    search: true,
    parameters: { ...ofSubject, category: 'token', code: 'token', 'clinical-status': 'token' },
    sorts: ['_lastUpdated', '-_lastUpdated', 'code', '-code'],
  },
  AllergyIntolerance: {
    search: true,
    parameters: { ...ofPatient, category: 'token', code: 'token', date: 'date', 'clinical-status': 'token' },
    sorts: [...byDate, '_lastUpdated', '-_lastUpdated', 'code', '-code'],
  },
  MedicationRequest: {
    search: true,
    parameters: { ...ofSubject, status: 'token' },
    sorts: ['_lastUpdated', '-_lastUpdated'],
  },
  Immunization: {
    search: true,
    parameters: { ...ofPatient, status: 'token', date: 'date' },
    sorts: [...byDate, '_lastUpdated', '-_lastUpdated'],
  },
  Encounter: {
    search: true,
    parameters: { ...ofSubject, status: 'token', date: 'date' },
    sorts: [...byDate, '_lastUpdated', '-_lastUpdated'],
  },
  Practitioner: { search: false, parameters: {}, sorts: [], onlyIfReferred: true },
  PractitionerRole: { search: false, parameters: {}, sorts: [], onlyIfReferred: true },
  Organization: { search: false, parameters: {}, sorts: [], onlyIfReferred: true },
  Medication: { search: false, parameters: {}, sorts: [], onlyIfReferred: true },
  RelatedPerson: { search: false, parameters: {}, sorts: [], onlySelf: true },
  Person: { search: false, parameters: {}, sorts: [], onlySelf: true },
} as const satisfies Record<string, OfferedType>

export type OfferedTypeName = keyof typeof offeredTypes

/** The types of a chart: those a patient's compartment holds and that may be searched. */
export const chartTypes: readonly OfferedTypeName[] = Object.keys(offeredTypes)
  .filter(isOffered)
  .filter((name) => findOffered(name).search)

/** Whether a type is offered at all. */
export function isOffered(name: string): name is OfferedTypeName {
  return Object.hasOwn(offeredTypes, name)
}

/** What is offered of a type. */
export function findOffered(name: OfferedTypeName): OfferedType {
  return offeredTypes[name]
}

/** Entries of a page when none are asked for, and the most that are given, whatever is asked for. */
export const defaultCount = 50
export const largestCount = 200
