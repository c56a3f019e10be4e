import { type ChartResource, parseReference } from './seed/resources'
import type { Store } from './store'

/**
 * The patients a resource is about, as `Patient/id`. `shared`: about nobody (clinicians, organizations,
 * medicines), so any chart may refer to it. FHIR R4 CompartmentDefinition patient, cut to what is held here.
 */
export function patientsOf(resource: ChartResource, store: Store): 'shared' | string[] {
  switch (resource.resourceType) {
    case 'Practitioner':
    case 'PractitionerRole':
    case 'Organization':
    case 'Medication':
      return 'shared'
    case 'Patient':
      return [`Patient/${resource.id}`]
    case 'AllergyIntolerance':
    case 'Immunization':
    case 'RelatedPerson':
      return only(resource.patient.reference)
    case 'Person':
      return (resource.link ?? []).flatMap(({ target }) => patientsOfReference(target.reference, store))
    case 'Task':
      return only(resource.for?.reference)
    case 'Provenance':
      return resource.target.flatMap((target) => patientsOfReference(target.reference, store))
    case 'Binary':
      return patientsOfReference(resource.securityContext?.reference, store)
    default:
      return only(resource.subject?.reference)
  }
}

/**
 * All of it in this patient's compartment, or shared. A Person who acts for several patients is in no single one: `look`
 * lets the person themselves through.
 */
export function isInCompartment(resource: ChartResource, patientId: string, store: Store): boolean {
  const patients = patientsOf(resource, store)
  if (patients === 'shared') return true
  return patients.length > 0 && patients.every((one) => one === `Patient/${patientId}`)
}

function patientsOfReference(reference: string | undefined, store: Store): string[] {
  const target = store.find(parseReference(reference) ?? '')
  const patients = target ? patientsOf(target, store) : 'shared'
  return patients === 'shared' ? [] : patients
}

function only(reference: string | undefined): string[] {
  return (parseReference(reference) ?? '') ? [parseReference(reference) ?? ''] : []
}
