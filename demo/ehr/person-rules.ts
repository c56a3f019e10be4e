import { people, restrictionExemptApp } from '../people'
import type { Caller } from './caller'
import { patientsOf } from './compartment'
import { hasCoding, hivLabel, restrictedLabel } from './seed/codes'
import { type ChartResource, parseReference } from './seed/resources'
import type { Store } from './store'

/** A wish on record: results of one class go to no app but those named. 45 CFR 164.522(a). */
const restrictions = people
  .filter((person) => person.key === 'naomi')
  .map((person) => ({ patientId: person.patientId, label: hivLabel, exceptApps: [restrictionExemptApp] }))

/**
 * What this EHR keeps from one person and gives to another, whatever the token's scopes say:
 * resources labelled R go to the patient herself and not to a RelatedPerson, and recorded restrictions hold.
 * Both concern requests of patients (`PATRQT`) and requests that name no purpose.
 */
export function isWithheld(resource: ChartResource, caller: Caller, store: Store): boolean {
  if (!concernsPatients(caller)) return false
  switch (resource.resourceType) {
    case 'Provenance':
      return resource.target.every((target) => isTargetWithheld(target.reference, caller, store))
    case 'Task':
      return isTargetWithheld(resource.focus?.reference, caller, store)
    default:
      return isLabelWithheld(resource, caller, store)
  }
}

/** The resource without the references that would tell of withheld ones. */
export function withoutWithheld(resource: ChartResource, caller: Caller, store: Store): ChartResource {
  if (resource.resourceType !== 'Provenance' || !concernsPatients(caller)) return resource
  const target = resource.target.filter((one) => !isTargetWithheld(one.reference, caller, store))
  return target.length === resource.target.length ? resource : { ...resource, target }
}

function isTargetWithheld(reference: string | undefined, caller: Caller, store: Store): boolean {
  const target = store.find(parseReference(reference) ?? '')
  return target !== undefined && isLabelWithheld(target, caller, store)
}

function isLabelWithheld(resource: ChartResource, caller: Caller, store: Store): boolean {
  const labels = resource.meta?.security
  const isHerself = caller.fhirUser !== undefined && caller.fhirUser === `Patient/${caller.patientId}`
  if (hasCoding(labels, restrictedLabel) && !isHerself) return true
  return restrictions.some(
    ({ patientId, label, exceptApps }) =>
      hasCoding(labels, label) &&
      !exceptApps.includes(caller.app) &&
      patientsOf(resource, store).includes(`Patient/${patientId}`),
  )
}

function concernsPatients({ purpose }: Caller): boolean {
  return purpose === undefined || purpose === 'PATRQT'
}
