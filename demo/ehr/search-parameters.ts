import type { CodeableConcept, HumanName, Reference } from 'fhir/r4'
import { patientsOf } from './compartment'
import { type ChartResource, parseReference, type ResourceType, referenceTo } from './seed/resources'
import type { Store } from './store'

/** What a search parameter looks at in a resource: FHIR R4 search parameter types. */
export type Indexed =
  | {
      readonly kind: 'token'
      readonly values: readonly { readonly system?: string | undefined; readonly code: string }[]
    }
  | { readonly kind: 'reference'; readonly values: readonly string[] }
  | { readonly kind: 'date'; readonly values: readonly string[] }
  | { readonly kind: 'string'; readonly values: readonly string[] }

type Index = (resource: ChartResource, store: Store) => Indexed

const tokens = (concepts: readonly (CodeableConcept | undefined)[]): Indexed => ({
  kind: 'token',
  values: concepts.flatMap((concept) =>
    (concept?.coding ?? []).flatMap(({ system, code }) => (code ? [{ system, code }] : [])),
  ),
})
const codes = (...values: readonly (string | undefined)[]): Indexed => ({
  kind: 'token',
  values: values.flatMap((code) => (code ? [{ code }] : [])),
})
const references = (values: readonly (Reference | undefined)[]): Indexed => ({
  kind: 'reference',
  values: values.flatMap((one) => parseReference(one?.reference) ?? []),
})
const nothing: Indexed = { kind: 'token', values: [] }

const patient: Index = (resource, store) => {
  const patients = patientsOf(resource, store)
  return { kind: 'reference', values: patients === 'shared' ? [] : patients }
}

const codeOf = (resource: ChartResource): CodeableConcept | undefined =>
  'code' in resource && resource.code && !Array.isArray(resource.code) ? resource.code : undefined

const code: Index = (resource) => tokens([codeOf(resource)])

const category: Index = (resource) => {
  if (resource.resourceType === 'AllergyIntolerance') return codes(...(resource.category ?? []))
  return 'category' in resource && Array.isArray(resource.category)
    ? tokens(resource.category.filter((one) => typeof one === 'object'))
    : nothing
}

const status: Index = (resource) => ('status' in resource ? codes(resource.status) : nothing)

const clinicalStatus: Index = (resource) =>
  'clinicalStatus' in resource ? tokens([resource.clinicalStatus]) : nothing

const basedOn: Index = (resource) =>
  references('basedOn' in resource && Array.isArray(resource.basedOn) ? resource.basedOn : [])

const date: Index = (resource) => {
  const value = clinicalDate(resource)
  return { kind: 'date', values: value ? [value] : [] }
}

const names =
  (part: (name: HumanName) => readonly (string | undefined)[]): Index =>
  (resource) => ({
    kind: 'string',
    values:
      resource.resourceType === 'Patient'
        ? (resource.name ?? []).flatMap(part).flatMap((value) => value ?? [])
        : [],
  })

const common: Readonly<Record<string, Index>> = {
  _id: (resource) => codes(resource.id),
  _lastUpdated: (resource) => ({ kind: 'date', values: [resource.meta?.lastUpdated ?? ''] }),
}

const ofPatient = { patient, subject: patient }

const parameters: Readonly<Record<ResourceType, Readonly<Record<string, Index>>>> = {
  Patient: {
    identifier: (resource) => ({
      kind: 'token',
      values:
        resource.resourceType === 'Patient'
          ? (resource.identifier ?? []).flatMap(({ system, value }) =>
              value ? [{ system, code: value }] : [],
            )
          : [],
    }),
    name: names((name) => [name.text, name.family, ...(name.given ?? [])]),
    family: names((name) => [name.family]),
    given: names((name) => name.given ?? []),
    birthdate: (resource) => ({
      kind: 'date',
      values: resource.resourceType === 'Patient' && resource.birthDate ? [resource.birthDate] : [],
    }),
  },
  Observation: { ...ofPatient, category, code, date, status, 'based-on': basedOn },
  DiagnosticReport: { ...ofPatient, category, code, date, status, 'based-on': basedOn },
  Condition: { ...ofPatient, category, code, date, 'clinical-status': clinicalStatus },
  AllergyIntolerance: { ...ofPatient, category, code, date, 'clinical-status': clinicalStatus },
  MedicationRequest: { ...ofPatient, status, date },
  Medication: { code, status },
  Immunization: { ...ofPatient, status, date },
  Encounter: { ...ofPatient, status, date },
  Practitioner: {},
  PractitionerRole: {},
  Organization: {},
  ServiceRequest: { ...ofPatient, category, code, status, date },
  Provenance: {
    ...ofPatient,
    target: (resource) => references(resource.resourceType === 'Provenance' ? resource.target : []),
    date,
  },
  DocumentReference: { ...ofPatient, category, status, date },
  Binary: {},
  RelatedPerson: ofPatient,
  Person: {
    relatedperson: (resource) =>
      references(resource.resourceType === 'Person' ? (resource.link ?? []).map(({ target }) => target) : []),
  },
  Specimen: { ...ofPatient, status, date },
  Task: { ...ofPatient, status, code, date },
}

/** The index behind a parameter of a type; undefined when this server does not know the parameter. */
export function findIndex(type: ResourceType, name: string): Index | undefined {
  const own = parameters[type]
  if (Object.hasOwn(own, name)) return own[name]
  return Object.hasOwn(common, name) ? common[name] : undefined
}

export function listParameters(type: ResourceType): { name: string; kind: Indexed['kind'] }[] {
  const kinds: Readonly<Record<string, Indexed['kind']>> = {
    _lastUpdated: 'date',
    birthdate: 'date',
    date: 'date',
    patient: 'reference',
    subject: 'reference',
    target: 'reference',
    'based-on': 'reference',
    relatedperson: 'reference',
    name: 'string',
    family: 'string',
    given: 'string',
  }
  return [...Object.keys(common), ...Object.keys(parameters[type])].map((name) => ({
    name,
    kind: kinds[name] ?? 'token',
  }))
}

/** The date that `date` and `_sort=date` mean, by type. */
function clinicalDate(resource: ChartResource): string | undefined {
  switch (resource.resourceType) {
    case 'Observation':
    case 'DiagnosticReport':
      return resource.effectiveDateTime
    case 'Condition':
      return resource.onsetDateTime ?? resource.recordedDate
    case 'AllergyIntolerance':
      return resource.recordedDate
    case 'MedicationRequest':
    case 'ServiceRequest':
    case 'Task':
      return resource.authoredOn
    case 'Immunization':
      return resource.occurrenceDateTime
    case 'Encounter':
      return resource.period?.start
    case 'Provenance':
      return resource.recorded
    case 'DocumentReference':
      return resource.date
    case 'Specimen':
      return resource.collection?.collectedDateTime
    default:
      return undefined
  }
}

/** The key that `_sort` orders by. */
export function sortKey(resource: ChartResource, by: 'date' | '_lastUpdated' | 'code'): string {
  if (by === '_lastUpdated') return resource.meta?.lastUpdated ?? ''
  if (by === 'date') return clinicalDate(resource) ?? ''
  return codeOf(resource)?.coding?.[0]?.code ?? referenceTo(resource)
}
