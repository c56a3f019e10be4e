/** Through which record a person acts, as far as it says who they are at the EHR. */
export type ActingPerson = {
  readonly patientId: string
  /** RelatedPerson of a proxy; null for one's own chart. */
  readonly relatedPersonId: string | null
  /** Person of a proxy for several patients, where the EHR has one. */
  readonly personId: string | null
}

/**
 * The person as apps read them in `fhirUser`: a Patient in their own chart, a RelatedPerson who acts for another, and a
 * Person only where they act for several, so that an app knows them as one. SMART App Launch 2.2 @197-199, spec S16
 */
export function fhirUserOf(acting: ActingPerson): string {
  if (acting.relatedPersonId === null) return `Patient/${acting.patientId}`
  return acting.personId === null ? personAtRecord(acting) : `Person/${acting.personId}`
}

/** The person as the EHR knows them in this one record: what it decides by. */
export function personAtRecord(acting: Pick<ActingPerson, 'patientId' | 'relatedPersonId'>): string {
  return acting.relatedPersonId === null
    ? `Patient/${acting.patientId}`
    : `RelatedPerson/${acting.relatedPersonId}`
}

/** Every reference that a token of this person may carry: one issued earlier still names the RelatedPerson. */
export function listFhirUsers(acting: ActingPerson): readonly string[] {
  return [...new Set([fhirUserOf(acting), personAtRecord(acting)])]
}
