import type { CallContext } from '@/lib/ehrs/door'
import type { Ehr } from '@/lib/ehrs/ehrs'
import { fetchFhir } from '@/lib/ehrs/fhir-client'
import {
  type PatientRecord,
  type PersonRecord,
  parseBundle,
  parsePatient,
  parsePerson,
  parseRelatedPerson,
  type RelatedPersonRecord,
} from '@/lib/ehrs/patients/parse-patient'
import { now } from '@/lib/time/clock'

export type { PatientRecord, RelatedPersonRecord } from '@/lib/ehrs/patients/parse-patient'
export { displayName } from '@/lib/ehrs/patients/parse-patient'

/** One record, or why there is none. */
export type FoundRecord =
  | { readonly outcome: 'found'; readonly record: PatientRecord }
  | { readonly outcome: 'not-found' }
  | { readonly outcome: 'unreachable' }

/** What staff type to find a chart: a record number, or a name with a birth date. */
export type PatientQuery =
  | { readonly by: 'mrn'; readonly mrn: string }
  | { readonly by: 'name'; readonly name: string; readonly birthDate: string }

/** Reads one Patient as the EHR sees the person now. An answer that cannot be understood counts as unreachable. */
export async function findPatientRecord(
  ehr: Ehr,
  patientId: string,
  context: CallContext,
): Promise<FoundRecord> {
  const answer = await fetchFhir(ehr, { path: `Patient/${encodeURIComponent(patientId)}` }, context)
  if (answer.outcome === 'unreachable') return answer
  if (answer.status === 404 || answer.status === 410) return { outcome: 'not-found' }
  const record = answer.status === 200 ? parsePatient(answer.body, now()) : undefined
  return record && record.id === patientId ? { outcome: 'found', record } : { outcome: 'unreachable' }
}

/** Finds Patients for staff, at most 20, by POST `_search`. */
export async function searchPatients(
  ehr: Ehr,
  query: PatientQuery,
  context: CallContext,
): Promise<
  | { readonly outcome: 'found'; readonly records: readonly PatientRecord[] }
  | { readonly outcome: 'unreachable' }
> {
  const form = new URLSearchParams(
    query.by === 'mrn' ? { identifier: query.mrn } : { name: query.name, birthdate: query.birthDate },
  )
  form.set('_count', '20')
  const answer = await fetchFhir(ehr, { path: 'Patient/_search', form }, context)
  if (answer.outcome === 'unreachable' || answer.status !== 200) return { outcome: 'unreachable' }
  const resources = parseBundle(answer.body)
  if (!resources) return { outcome: 'unreachable' }
  const records = resources
    .map((resource) => parsePatient(resource, now()))
    .filter((record) => record !== undefined)
  return { outcome: 'found', records: records.slice(0, 20) }
}

/** The people the EHR knows as acting for a patient, live ones first to be asked about. */
export async function listRelatedPersons(
  ehr: Ehr,
  patientId: string,
  context: CallContext,
): Promise<
  | { readonly outcome: 'found'; readonly persons: readonly RelatedPersonRecord[] }
  | { readonly outcome: 'unreachable' }
> {
  const form = new URLSearchParams({ patient: patientId })
  const answer = await fetchFhir(ehr, { path: 'RelatedPerson/_search', form }, context)
  if (answer.outcome === 'unreachable' || answer.status !== 200) return { outcome: 'unreachable' }
  const resources = parseBundle(answer.body)
  if (!resources) return { outcome: 'unreachable' }
  const persons = resources.map((one) => parseRelatedPerson(one, now())).filter((one) => one !== undefined)
  return { outcome: 'found', persons: persons.filter((one) => one.patientId === patientId) }
}

/** The one Person that names a RelatedPerson as themselves; undefined when there is none, or more than one. */
export async function findPersonOf(
  ehr: Ehr,
  relatedPersonId: string,
  context: CallContext,
): Promise<PersonRecord | undefined> {
  const form = new URLSearchParams({ relatedperson: `RelatedPerson/${relatedPersonId}` })
  const answer = await fetchFhir(ehr, { path: 'Person/_search', form }, context)
  if (answer.outcome === 'unreachable' || answer.status !== 200) return undefined
  const persons = (parseBundle(answer.body) ?? []).flatMap((one) => parsePerson(one) ?? [])
  const [only, ...more] = persons.filter((one) => one.relatedPersonIds.includes(relatedPersonId))
  return more.length === 0 ? only : undefined
}
