import type {
  AllergyIntolerance,
  Binary,
  Condition,
  DiagnosticReport,
  DocumentReference,
  Encounter,
  Immunization,
  Medication,
  MedicationRequest,
  Observation,
  Organization,
  Patient,
  Person,
  Practitioner,
  PractitionerRole,
  Provenance,
  RelatedPerson,
  ServiceRequest,
  Specimen,
  Task,
} from 'fhir/r4'

/** Every type this server holds; the order is that of the CapabilityStatement. */
export const resourceTypes = [
  'Patient',
  'Observation',
  'DiagnosticReport',
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'Medication',
  'Immunization',
  'Encounter',
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'ServiceRequest',
  'Provenance',
  'DocumentReference',
  'Binary',
  'RelatedPerson',
  'Person',
  'Specimen',
  'Task',
] as const

export type ResourceType = (typeof resourceTypes)[number]

type Kept<T> = T & { id: string }

/** A resource of this server. It always has an id. */
export type ChartResource = Kept<
  | Patient
  | Observation
  | DiagnosticReport
  | Condition
  | AllergyIntolerance
  | MedicationRequest
  | Medication
  | Immunization
  | Encounter
  | Practitioner
  | PractitionerRole
  | Organization
  | ServiceRequest
  | Provenance
  | DocumentReference
  | Binary
  | RelatedPerson
  | Person
  | Specimen
  | Task
>

/** A laboratory result in the sense of release: the two types a clinician releases. */
export type ResultResource = Kept<Observation | DiagnosticReport>

/** One line of the seed: a resource and what it exists only because of (`Type/id`). */
export type SeedEntry = {
  readonly resource: ChartResource
  readonly lastUpdated: string
  readonly because?: readonly string[]
  /** A narrative taken as it stands, to plant hostile markup. */
  readonly narrative?: string
}

export function isResourceType(value: string): value is ResourceType {
  return resourceTypes.some((type) => type === value)
}

export function referenceTo(resource: { readonly resourceType: string; readonly id: string }): string {
  return `${resource.resourceType}/${resource.id}`
}

/** `Type/id` of a relative or absolute reference, with the version cut off; undefined for anything else. */
export function parseReference(reference: string | undefined): string | undefined {
  const found = /([A-Z][A-Za-z]+)\/([A-Za-z0-9.-]{1,64})(?:\/_history\/[A-Za-z0-9.-]+)?$/.exec(
    reference ?? '',
  )
  return found ? `${found[1]}/${found[2]}` : undefined
}
