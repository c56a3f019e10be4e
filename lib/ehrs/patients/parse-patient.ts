import { createHash } from 'node:crypto'
import type { z } from 'zod'
import {
  bundleSchema,
  type name,
  patientSchema,
  type period,
  personSchema,
  relatedPersonSchema,
} from '@/lib/ehrs/patients/patient-schemas'

/** A name as the chart spells it. It may hold markup or any script: always shown as text. */
export type PersonName = { readonly text: string; readonly family: string; readonly given: string }

/** What linking needs to know of a Patient. `version` is `meta.versionId`, or a digest of what stands here. */
export type PatientRecord = {
  readonly id: string
  readonly version: string
  readonly active: boolean
  readonly deceased: boolean
  /** FHIR date: may be a year or a month only, or missing. */
  readonly birthDate?: string
  /** Current names first. */
  readonly names: readonly PersonName[]
  /** Id of the record that took this one's place. */
  readonly replacedBy?: string
  /** Addresses the EHR marks usable today, best first. */
  readonly emails: readonly string[]
  readonly mrn?: string
  /** BCP 47, as the chart prefers: notices speak it, whoever caused them. */
  readonly language?: string
}

/** A person acting for a patient. `live` is false when the EHR ended it. */
export type RelatedPersonRecord = {
  readonly id: string
  readonly patientId: string
  readonly live: boolean
  /** When the EHR says that it ends; undefined while that is open. */
  readonly endsAt?: Date
  readonly name: string
  readonly relationship?: string
}

/** A human being as the EHR knows them across records: the RelatedPersons that they are. */
export type PersonRecord = { readonly id: string; readonly relatedPersonIds: readonly string[] }

/** The record in a Patient resource, or undefined when it is none. */
export function parsePatient(body: unknown, now: Date): PatientRecord | undefined {
  const parsed = patientSchema.safeParse(body)
  if (!parsed.success) return undefined
  const patient = parsed.data
  const replacedBy = patient.link
    ?.find((link) => link.type === 'replaced-by')
    ?.other.reference?.split('/')
    .at(-1)
  const mrn = patient.identifier?.find((one) => one.type?.coding?.some((c) => c.code === 'MR'))?.value
  const names = orderNames(patient.name ?? [], now)
  const language = preferredLanguage(patient.communication ?? [])
  return {
    id: patient.id,
    version: patient.meta?.versionId ?? digestOf([patient.birthDate, names, patient.active, replacedBy]),
    active: patient.active !== false,
    deceased: patient.deceasedBoolean === true || patient.deceasedDateTime !== undefined,
    names,
    emails: usableEmails(patient.telecom ?? [], now),
    ...(patient.birthDate ? { birthDate: patient.birthDate } : {}),
    ...(replacedBy ? { replacedBy } : {}),
    ...(mrn ? { mrn } : {}),
    ...(language ? { language } : {}),
  }
}

/** The language marked as preferred, else the only one. FHIR R4 binds it to BCP 47. */
function preferredLanguage(
  spoken: NonNullable<z.infer<typeof patientSchema>['communication']>,
): string | undefined {
  const chosen = spoken.find((one) => one.preferred) ?? (spoken.length === 1 ? spoken[0] : undefined)
  return chosen?.language.coding?.find(({ code }) => code !== undefined)?.code
}

/** The person in a RelatedPerson resource, or undefined when it is none. */
export function parseRelatedPerson(body: unknown, now: Date): RelatedPersonRecord | undefined {
  const parsed = relatedPersonSchema.safeParse(body)
  if (!parsed.success) return undefined
  const person = parsed.data
  const relation = person.relationship?.[0]
  const relationship = relation?.text ?? relation?.coding?.[0]?.display
  return {
    id: person.id,
    patientId: person.patient.reference.split('/').at(-1) ?? '',
    live: person.active !== false && isCurrent(person.period, now),
    name: orderNames(person.name ?? [], now)[0]?.text ?? '',
    ...(relationship ? { relationship } : {}),
    ...endOf(person.period),
  }
}

/** The person in a Person resource, or undefined when it is none, or no longer used. */
export function parsePerson(body: unknown): PersonRecord | undefined {
  const parsed = personSchema.safeParse(body)
  if (!parsed.success || parsed.data.active === false) return undefined
  const relatedPersonIds = (parsed.data.link ?? []).flatMap(
    ({ target }) => /(?:^|\/)RelatedPerson\/([A-Za-z0-9.-]{1,64})$/.exec(target.reference ?? '')?.[1] ?? [],
  )
  return { id: parsed.data.id, relatedPersonIds }
}

/** The resources of a searchset, or undefined when the body is no Bundle. */
export function parseBundle(body: unknown): readonly unknown[] | undefined {
  const parsed = bundleSchema.safeParse(body)
  return parsed.success ? (parsed.data.entry ?? []).map((entry) => entry.resource) : undefined
}

/** The name to show for a record; empty when the chart has none. */
export function displayName(record: PatientRecord): string {
  return record.names[0]?.text ?? ''
}

type RawName = z.infer<typeof name>
type RawTelecom = NonNullable<z.infer<typeof patientSchema>['telecom']>

function orderNames(names: readonly RawName[], now: Date): readonly PersonName[] {
  const rank = (one: RawName): number =>
    (one.use === 'old' || !isCurrent(one.period, now) ? 10 : 0) +
    (one.use === 'official' ? 0 : one.use === 'usual' ? 1 : 2)
  return [...names]
    .sort((a, b) => rank(a) - rank(b))
    .map((one) => {
      const given = (one.given ?? []).join(' ')
      return {
        family: one.family ?? '',
        given,
        text: one.text ?? [given, one.family].filter(Boolean).join(' '),
      }
    })
    .filter((one) => one.text !== '')
}

function usableEmails(telecom: RawTelecom, now: Date): readonly string[] {
  return telecom
    .filter((one) => one.system === 'email' && one.use !== 'old' && isCurrent(one.period, now))
    .sort((a, b) => (a.rank ?? 99) - (b.rank ?? 99))
    .map((one) => one.value?.trim() ?? '')
    .filter((value) => /^[^\s@<>,;:"()[\]\\]+@[^\s@<>,;:"()[\]\\]+$/.test(value))
}

/** FHIR periods are inclusive; a date without a time counts for its whole day. */
function isCurrent(span: z.infer<typeof period>, now: Date): boolean {
  const at = now.toISOString()
  const started = !span?.start || span.start.slice(0, 10) <= at.slice(0, 10)
  const ended = !!span?.end && span.end.slice(0, 10) < at.slice(0, 10)
  return started && !ended
}

/** The end of the last day of a period, if it names one. */
function endOf(span: z.infer<typeof period>): { readonly endsAt?: Date } {
  const endsAt = new Date(`${span?.end?.slice(0, 10)}T24:00:00Z`)
  return Number.isNaN(endsAt.getTime()) ? {} : { endsAt }
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url')
}
