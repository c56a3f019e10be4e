import {
  openChart,
  writeCondition,
  writeEncounter,
  writeImmunization,
  writePatient,
  writePrescription,
} from './chart'
import { concept } from './codes'
import { writeOrder, writePanel, writeSingle } from './laboratory'
import { personNamed } from './person-named'
import { writeRelease } from './release-fact'
import { writeReport } from './report'
import type { SeedEntry } from './resources'
import type { SeedClock } from './seed-clock'

/** The surviving chart, and the duplicate that was merged into it. Amended and corrected results. */
export function danielOkafor(clock: SeedClock): SeedEntry[] {
  const person = personNamed('daniel')
  const chart = openChart(person, clock)
  writePatient(chart, ['Daniel'], 'Okafor', {
    gender: 'male',
    link: [{ other: { reference: `Patient/${person.formerPatientId}` }, type: 'replaces' }],
    lastUpdatedDaysAgo: 120,
  })
  writeCondition(chart, ['396275006', 'Osteoarthritis'], 2000)
  writePrescription(
    chart,
    ['197806', 'ibuprofen 600 MG Oral Tablet'],
    100,
    'One tablet when needed',
    'brandt',
  )
  writeImmunization(chart, ['187', 'Zoster vaccine recombinant'], 250)
  writeEncounter(chart, 35, 'Mole on the back', 'brandt')
  writeSingle(chart, 'psa', 2.2, { daysAgo: 60, by: 'brandt', status: 'amended', released: { daysAgo: 59 } })
  writeSingle(chart, 'potassium', 4.4, {
    daysAgo: 58,
    by: 'brandt',
    status: 'corrected',
    released: { daysAgo: 57 },
    comment: 'Corrected: the first sample was haemolysed.',
  })
  const biopsy = { daysAgo: 33, by: 'brandt', status: 'amended', released: { daysAgo: 30 } } as const
  const order = writeOrder(chart, 'skin-biopsy', 'Skin biopsy', biopsy)
  const report = writeReport(
    chart,
    order,
    'skin-biopsy',
    { code: '11526-1', display: 'Pathology study' },
    [],
    biopsy,
    { document: true, section: 'PAT', conclusion: 'Benign naevus. Margins are clear.' },
  )
  writeRelease(chart, 'skin-biopsy', [report], biopsy)

  const former = openChart(person, clock, person.formerPatientId)
  writePatient(former, ['Dan'], 'Okafor', {
    gender: 'male',
    active: false,
    identifier: [
      {
        use: 'old',
        type: concept('http://terminology.hl7.org/CodeSystem/v2-0203', 'MR', 'Medical record number'),
        system: 'https://harbor.example.org/mrn',
        value: 'HC-079902',
      },
    ],
    link: [{ other: { reference: `Patient/${person.patientId}` }, type: 'replaced-by' }],
    lastUpdatedDaysAgo: 120,
  })
  writePanel(
    former,
    'lipids',
    { cholesterol: 188, triglycerides: 120, hdl: 45, ldl: 119 },
    { daysAgo: 500, by: 'brandt', released: { daysAgo: 499 } },
  )
  return [...chart.entries, ...former.entries]
}
