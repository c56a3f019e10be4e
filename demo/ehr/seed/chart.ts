import type { Coding, Patient } from 'fhir/r4'
import { clinicians, type Person } from '../../people'
import { concept, systems } from './codes'
import { clinicId, type MedicineName, medicines } from './directory'
import { opaqueId } from './opaque-id'
import type { ChartResource, SeedEntry } from './resources'
import type { SeedClock } from './seed-clock'

export type ClinicianKey = 'adeyemi' | 'brandt' | 'castillo'

/** A chart being written: where its entries go, whose it is, and the calendar. */
export type Chart = {
  readonly person: Person
  readonly patientId: string
  readonly clock: SeedClock
  readonly entries: SeedEntry[]
}

export function openChart(person: Person, clock: SeedClock, patientId = person.patientId): Chart {
  return { person, patientId, clock, entries: [] }
}

export function chartId(chart: Chart, ...path: readonly string[]): string {
  return opaqueId('h', chart.patientId, ...path)
}

export function subjectOf(chart: Chart): { reference: string } {
  return { reference: `Patient/${chart.patientId}` }
}

export function clinicianReference(key: ClinicianKey): { reference: string; display: string } {
  const found = clinicians.find((one) => one.key === key)
  if (!found) throw new Error(`no such clinician: ${key}`)
  return { reference: `Practitioner/${found.id}`, display: found.name }
}

export function write(
  chart: Chart,
  resource: ChartResource,
  lastUpdated: string,
  more: Pick<SeedEntry, 'because' | 'narrative'> = {},
): string {
  chart.entries.push({ resource, lastUpdated, ...more })
  return `${resource.resourceType}/${resource.id}`
}

/** The Patient itself. Contacts: what the person's `contact` says is usable; old ones are added beside it. */
export function writePatient(
  chart: Chart,
  given: readonly string[],
  family: string,
  more: Omit<Partial<Patient>, 'id' | 'resourceType'> & {
    readonly lastUpdatedDaysAgo?: number
    readonly narrative?: string
  } = {},
): void {
  const { lastUpdatedDaysAgo = 400, narrative, ...fields } = more
  const { person, clock } = chart
  const period = { start: clock.day(900) }
  const telecom: Patient['telecom'] = [
    ...(person.contact.email
      ? [{ system: 'email' as const, value: person.contact.email, use: 'home' as const, rank: 1, period }]
      : []),
    ...(person.contact.phone
      ? [{ system: 'phone' as const, value: person.contact.phone, use: 'mobile' as const, rank: 2, period }]
      : []),
  ]
  const resource: ChartResource = {
    resourceType: 'Patient',
    id: chart.patientId,
    active: true,
    identifier: [
      {
        use: 'usual',
        type: concept('http://terminology.hl7.org/CodeSystem/v2-0203', 'MR', 'Medical record number'),
        system: systems.mrn,
        value: person.mrn,
      },
    ],
    name: [{ use: 'official', text: person.name, family, given: [...given] }],
    birthDate: person.birthDate,
    ...(telecom.length > 0 ? { telecom } : {}),
    managingOrganization: { reference: `Organization/${clinicId}`, display: 'Harbor Clinic' },
    ...fields,
  }
  write(chart, resource, clock.at(lastUpdatedDaysAgo), narrative ? { narrative } : {})
}

const conditionCategory = 'http://terminology.hl7.org/CodeSystem/condition-category'
const conditionCategories = {
  'problem-list-item': concept(conditionCategory, 'problem-list-item', 'Problem List Item'),
  'encounter-diagnosis': concept(conditionCategory, 'encounter-diagnosis', 'Encounter Diagnosis'),
  'health-concern': concept(`${systems.usCore}/condition-category`, 'health-concern', 'Health Concern'),
}

export function writeCondition(
  chart: Chart,
  code: readonly [snomed: string, display: string],
  daysAgo: number,
  more: {
    readonly resolved?: boolean
    readonly category?: keyof typeof conditionCategories
    readonly security?: readonly Coding[]
    readonly narrative?: string
  } = {},
): string {
  return write(
    chart,
    {
      resourceType: 'Condition',
      id: chartId(chart, 'condition', code[0]),
      ...(more.security ? { meta: { security: [...more.security] } } : {}),
      clinicalStatus: concept(
        'http://terminology.hl7.org/CodeSystem/condition-clinical',
        more.resolved ? 'resolved' : 'active',
        more.resolved ? 'Resolved' : 'Active',
      ),
      verificationStatus: concept(
        'http://terminology.hl7.org/CodeSystem/condition-ver-status',
        'confirmed',
        'Confirmed',
      ),
      category: [conditionCategories[more.category ?? 'problem-list-item']],
      code: concept(systems.snomed, code[0], code[1]),
      subject: subjectOf(chart),
      onsetDateTime: chart.clock.day(daysAgo),
      recordedDate: chart.clock.day(daysAgo),
    },
    chart.clock.at(daysAgo),
    more.narrative ? { narrative: more.narrative } : {},
  )
}

export function writeAllergy(
  chart: Chart,
  code: readonly [snomed: string, display: string],
  daysAgo: number,
  reaction?: string,
): string {
  return write(
    chart,
    {
      resourceType: 'AllergyIntolerance',
      id: chartId(chart, 'allergy', code[0]),
      clinicalStatus: concept(
        'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical',
        'active',
        'Active',
      ),
      verificationStatus: concept(
        'http://terminology.hl7.org/CodeSystem/allergyintolerance-verification',
        'confirmed',
        'Confirmed',
      ),
      code: concept(systems.snomed, code[0], code[1]),
      patient: subjectOf(chart),
      recordedDate: chart.clock.day(daysAgo),
      ...(reaction ? { reaction: [{ manifestation: [{ text: reaction }] }] } : {}),
    },
    chart.clock.at(daysAgo),
  )
}

/** A prescription: of one of the clinic's `medicines` by reference, or coded in place. */
export function writePrescription(
  chart: Chart,
  medicine: MedicineName | readonly [rxnorm: string, display: string],
  daysAgo: number,
  dosage: string,
  by: ClinicianKey = 'adeyemi',
  status: 'active' | 'completed' | 'stopped' = 'active',
): string {
  const kept = typeof medicine === 'string' ? medicines[medicine] : undefined
  const coded = typeof medicine === 'string' ? undefined : medicine
  return write(
    chart,
    {
      resourceType: 'MedicationRequest',
      id: chartId(chart, 'prescription', kept?.id ?? coded?.[0] ?? '', String(daysAgo)),
      status,
      intent: 'order',
      ...(kept ? { medicationReference: { reference: `Medication/${kept.id}`, display: kept.display } } : {}),
      ...(coded ? { medicationCodeableConcept: concept(systems.rxnorm, coded[0], coded[1]) } : {}),
      subject: subjectOf(chart),
      authoredOn: chart.clock.day(daysAgo),
      requester: clinicianReference(by),
      dosageInstruction: [{ text: dosage }],
    },
    chart.clock.at(daysAgo),
  )
}

export function writeImmunization(
  chart: Chart,
  code: readonly [cvx: string, display: string],
  daysAgo: number,
): string {
  return write(
    chart,
    {
      resourceType: 'Immunization',
      id: chartId(chart, 'immunization', code[0], String(daysAgo)),
      status: 'completed',
      vaccineCode: concept(systems.cvx, code[0], code[1]),
      patient: subjectOf(chart),
      occurrenceDateTime: chart.clock.day(daysAgo),
      primarySource: true,
    },
    chart.clock.at(daysAgo),
  )
}

export function writeEncounter(
  chart: Chart,
  daysAgo: number,
  reason: string,
  by: ClinicianKey = 'adeyemi',
): string {
  return write(
    chart,
    {
      resourceType: 'Encounter',
      id: chartId(chart, 'encounter', String(daysAgo)),
      status: 'finished',
      class: { system: systems.actCode, code: 'AMB', display: 'ambulatory' },
      type: [concept(systems.snomed, '185349003', 'Check up')],
      subject: subjectOf(chart),
      participant: [{ individual: clinicianReference(by) }],
      period: { start: chart.clock.at(daysAgo, '08:30'), end: chart.clock.at(daysAgo, '09:00') },
      reasonCode: [{ text: reason }],
      serviceProvider: { reference: `Organization/${clinicId}`, display: 'Harbor Clinic' },
    },
    chart.clock.at(daysAgo, '09:05'),
  )
}

/** Blood pressure: an Observation that is no laboratory result and needs no release. */
export function writeBloodPressure(
  chart: Chart,
  daysAgo: number,
  systolic: number,
  diastolic: number,
): string {
  const part = (code: string, display: string, value: number) => ({
    code: concept(systems.loinc, code, display),
    valueQuantity: { value, unit: 'mmHg', system: systems.ucum, code: 'mm[Hg]' },
  })
  return write(
    chart,
    {
      resourceType: 'Observation',
      id: chartId(chart, 'blood-pressure', String(daysAgo)),
      status: 'final',
      category: [concept(systems.observationCategory, 'vital-signs', 'Vital Signs')],
      code: concept(systems.loinc, '85354-9', 'Blood pressure'),
      subject: subjectOf(chart),
      effectiveDateTime: chart.clock.at(daysAgo, '08:35'),
      component: [part('8480-6', 'Systolic', systolic), part('8462-4', 'Diastolic', diastolic)],
    },
    chart.clock.at(daysAgo, '08:36'),
  )
}

/** An answer or a fact about how somebody lives: an Observation that is no laboratory result. */
export function writeAnswer(
  chart: Chart,
  question: readonly [loinc: string, display: string],
  answer: string,
  daysAgo: number,
  kinds: readonly ('social-history' | 'survey' | 'sdoh')[],
): string {
  const category = kinds.map((kind) =>
    kind === 'sdoh'
      ? concept(`${systems.usCore}/us-core-category`, 'sdoh', 'SDOH')
      : concept(systems.observationCategory, kind, kind === 'survey' ? 'Survey' : 'Social History'),
  )
  return write(
    chart,
    {
      resourceType: 'Observation',
      id: chartId(chart, 'answer', question[0], String(daysAgo)),
      status: 'final',
      category,
      code: concept(systems.loinc, question[0], question[1]),
      subject: subjectOf(chart),
      effectiveDateTime: chart.clock.at(daysAgo, '08:40'),
      valueString: answer,
    },
    chart.clock.at(daysAgo, '08:41'),
  )
}
