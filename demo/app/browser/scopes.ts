const resourceWords: Record<string, string> = {
  Patient: 'Name and birth date',
  Observation: 'Lab results and measurements',
  DiagnosticReport: 'Reports',
  Condition: 'Conditions',
  AllergyIntolerance: 'Allergies',
  MedicationRequest: 'Medicines',
  Immunization: 'Vaccines',
  Encounter: 'Visits',
}

const otherWords: Record<string, string> = {
  openid: 'That it is you',
  fhirUser: 'Who you are at the clinic',
  'launch/patient': 'Which record',
  launch: 'Which record',
  offline_access: 'Access also when you are away',
  online_access: 'Access while you are signed in',
}

/** A granted scope in plain words; one that is not known stays as it is. */
export function scopeWords(scope: string): string {
  const known = otherWords[scope]
  if (known !== undefined) return known
  const [, type, query] = /^patient\/(\w+)\.(?:\w+)(?:\?(.*))?$/.exec(scope) ?? []
  const words = resourceWords[type ?? '']
  if (words === undefined) return scope
  return query === undefined ? words : `${words} (${query.split('|').at(-1) ?? query})`
}
