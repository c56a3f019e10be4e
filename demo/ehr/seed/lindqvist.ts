import {
  openChart,
  write,
  writeAllergy,
  writeCondition,
  writeEncounter,
  writeImmunization,
  writePatient,
  writePrescription,
} from './chart'
import { concept, restrictedLabel, systems } from './codes'
import { writePanel, writeReportedTest, writeSingle } from './laboratory'
import { personNamed } from './person-named'
import type { SeedEntry } from './resources'
import type { SeedClock } from './seed-clock'

/** The mother: a patient herself. */
export function ingridLindqvist(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('ingrid'), clock)
  writePatient(chart, ['Ingrid'], 'Lindqvist', { gender: 'female' })
  writeCondition(chart, ['40930008', 'Hypothyroidism'], 1800)
  writePrescription(
    chart,
    ['966222', 'levothyroxine sodium 0.05 MG Oral Tablet'],
    500,
    'One tablet before breakfast',
  )
  writeImmunization(chart, ['140', 'Influenza, seasonal, injectable, preservative free'], 50)
  writeEncounter(chart, 30, 'Thyroid check')
  writeSingle(chart, 'tsh', 4.6, { daysAgo: 30, released: { daysAgo: 28 } })
  writeSingle(chart, 'vitaminD', 22, { daysAgo: 30, time: '12:50', released: { by: 'brandt', daysAgo: 28 } })
  return [...chart.entries, ...ingridForAgnes(clock)]
}

/** She also looks after a neighbour's affairs, and one Person says that both times it is she. */
function ingridForAgnes(clock: SeedClock): SeedEntry[] {
  const ingrid = personNamed('ingrid')
  const chart = openChart(personNamed('agnes'), clock)
  const name = [{ use: 'official' as const, text: ingrid.name, family: 'Lindqvist', given: ['Ingrid'] }]
  const second = ingrid.alsoActsFor?.relatedPersonId ?? ''
  write(
    chart,
    {
      resourceType: 'RelatedPerson',
      id: second,
      active: true,
      patient: { reference: `Patient/${chart.patientId}` },
      relationship: [
        concept(
          'http://terminology.hl7.org/CodeSystem/v3-RoleCode',
          'HPOWATT',
          'healthcare power of attorney',
        ),
      ],
      name,
      birthDate: ingrid.birthDate,
      period: { start: clock.day(300) },
    },
    clock.at(300),
  )
  write(
    chart,
    {
      resourceType: 'Person',
      id: ingrid.personId ?? '',
      active: true,
      name,
      birthDate: ingrid.birthDate,
      link: [ingrid.relatedPersonId, second].map((id) => ({
        target: { reference: `RelatedPerson/${id}` },
        assurance: 'level3' as const,
      })),
    },
    clock.at(300),
  )
  return chart.entries
}

/** The son, 15. One test he came for alone is labelled R: his to see, not his mother's. */
export function theoLindqvist(clock: SeedClock): SeedEntry[] {
  const mother = personNamed('ingrid')
  const chart = openChart(personNamed('theo'), clock)
  writePatient(chart, ['Theo'], 'Lindqvist', { gender: 'male' })
  write(
    chart,
    {
      resourceType: 'RelatedPerson',
      id: mother.relatedPersonId ?? '',
      active: true,
      patient: { reference: `Patient/${chart.patientId}` },
      relationship: [concept('http://terminology.hl7.org/CodeSystem/v3-RoleCode', 'MTH', 'mother')],
      name: [{ use: 'official', text: mother.name, family: 'Lindqvist', given: ['Ingrid'] }],
      birthDate: mother.birthDate,
      telecom: [{ system: 'email', value: 'lindqvist.family@example.org', use: 'home', rank: 1 }],
      period: { start: clock.day(2000) },
    },
    clock.at(2000),
  )
  writeCondition(chart, ['24079001', 'Atopic dermatitis'], 3000)
  writeCondition(chart, ['35489007', 'Depressive disorder'], 60, { security: [restrictedLabel] })
  writeAllergy(chart, ['91935009', 'Allergy to peanut'], 4000, 'Swelling of the lips')
  writeImmunization(chart, ['165', 'HPV9'], 800)
  writeImmunization(chart, ['115', 'Tdap'], 1400)
  writeEncounter(chart, 25, 'Sports physical', 'castillo')
  writePanel(
    chart,
    'cbc',
    { wbc: 5.8, rbc: 4.9, hemoglobin: 14.2, hematocrit: 42, mcv: 86, platelets: 240 },
    { daysAgo: 25, by: 'castillo', released: { daysAgo: 24 } },
  )
  writeReportedTest(chart, 'chlamydia', 'Not detected', {
    daysAgo: 14,
    by: 'castillo',
    released: { daysAgo: 13 },
    labels: [restrictedLabel, { system: systems.actCode, code: 'ADOL' }],
  })
  return chart.entries
}
