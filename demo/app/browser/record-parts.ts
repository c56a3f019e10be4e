import type { AllergyIntolerance, Condition, Encounter, Immunization, MedicationRequest } from 'fhir/r4'
import type { Connection, Read } from './connection'
import { sortNewestFirst, textOf } from './results'

export type PartEntry = { readonly text: string; readonly date: string }

export type RecordPart = {
  readonly title: string
  list(connection: Connection): Promise<Read<readonly PartEntry[]>>
}

/** The other parts of the record that the app asks for, in the order they are shown. */
export const otherParts: readonly RecordPart[] = [
  part<Condition>('Conditions', 'Condition', (condition) => ({
    text: textOf(condition.code),
    date: condition.onsetDateTime ?? condition.recordedDate ?? '',
  })),
  part<AllergyIntolerance>('Allergies', 'AllergyIntolerance', (allergy) => ({
    text: textOf(allergy.code),
    date: allergy.recordedDate ?? '',
  })),
  part<MedicationRequest>('Medicines', 'MedicationRequest', (request) => ({
    text: textOf(request.medicationCodeableConcept) || (request.medicationReference?.display ?? ''),
    date: request.authoredOn ?? '',
  })),
  part<Immunization>('Vaccines', 'Immunization', (immunization) => ({
    text: textOf(immunization.vaccineCode),
    date: immunization.occurrenceDateTime ?? '',
  })),
  part<Encounter>('Visits', 'Encounter', (encounter) => ({
    text: textOf(encounter.type?.[0]) || (encounter.class.display ?? ''),
    date: encounter.period?.start ?? '',
  })),
]

function part<Body extends Condition | AllergyIntolerance | MedicationRequest | Immunization | Encounter>(
  title: string,
  type: Body['resourceType'],
  toEntry: (resource: Body) => PartEntry,
): RecordPart {
  return {
    title,
    list: async (connection) => {
      const found = await connection.search<Body>(
        `${type}?patient=${encodeURIComponent(connection.patientId ?? '')}`,
      )
      if (found.outcome === 'problem') return found
      const entries = found.body
        .map(toEntry)
        .map((entry) => ({ ...entry, text: entry.text || 'Unnamed entry' }))
      return { outcome: 'ok', body: sortNewestFirst(entries) }
    },
  }
}
