import {
  openChart,
  writeAllergy,
  writeAnswer,
  writeBloodPressure,
  writeCondition,
  writeEncounter,
  writeImmunization,
  writePatient,
  writePrescription,
} from './chart'
import { writePanel, writeReportedTest, writeSingle } from './laboratory'
import { personNamed } from './person-named'
import type { SeedEntry } from './resources'
import type { SeedClock } from './seed-clock'

/** The main character: everything released but one HbA1c with its report, which Dr. Adeyemi ordered. */
export function mayaRivera(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('maya'), clock)
  writePatient(chart, ['Maya', 'Elena'], 'Rivera', {
    gender: 'female',
    telecom: [
      {
        system: 'email',
        value: 'maya.rivera@example.org',
        use: 'home',
        rank: 1,
        period: { start: clock.day(900) },
      },
      {
        system: 'phone',
        value: '+1-202-555-0101',
        use: 'mobile',
        rank: 2,
        period: { start: clock.day(900) },
      },
      {
        system: 'email',
        value: 'mrivera.student@example.org',
        use: 'old',
        period: { start: clock.day(4000), end: clock.day(1500) },
      },
    ],
    address: [
      {
        use: 'home',
        line: ['14 Quay Street'],
        city: 'Harborview',
        state: 'MD',
        postalCode: '21230',
        country: 'US',
      },
    ],
    communication: [
      { language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'es' }], text: 'Spanish' }, preferred: true },
    ],
  })
  writeCondition(chart, ['15777000', 'Prediabetes'], 700)
  writeCondition(chart, ['59621000', 'Essential hypertension'], 1200)
  writeCondition(chart, ['43878008', 'Streptococcal sore throat'], 300, {
    resolved: true,
    category: 'encounter-diagnosis',
  })
  writeCondition(chart, ['733423003', 'Food insecurity'], 95, { category: 'health-concern' })
  writeAllergy(chart, ['91936005', 'Allergy to penicillin'], 3000, 'Hives')
  writeAllergy(chart, ['300913006', 'Allergy to shellfish'], 2100)
  writePrescription(chart, 'lisinopril', 380, 'Take one tablet every morning')
  writePrescription(
    chart,
    ['861007', 'metformin hydrochloride 500 MG Oral Tablet'],
    90,
    'One tablet with dinner',
  )
  writeImmunization(chart, ['140', 'Influenza, seasonal, injectable, preservative free'], 40)
  writeImmunization(chart, ['115', 'Tdap'], 1500)
  writeEncounter(chart, 3, 'Follow-up of blood sugar and blood pressure')
  writeEncounter(chart, 95, 'Yearly check-up')
  writeBloodPressure(chart, 3, 128, 82)
  writeBloodPressure(chart, 95, 134, 86)
  writeAnswer(chart, ['72166-2', 'Tobacco smoking status'], 'Never smoked', 95, ['social-history'])
  writeAnswer(chart, ['69725-0', 'Feeling nervous, anxious or on edge'], 'Several days', 95, ['survey'])
  writeAnswer(chart, ['88122-7', 'Worried that food would run out'], 'Sometimes true', 95, ['survey', 'sdoh'])
  writePanel(
    chart,
    'cbc',
    { wbc: 6.4, rbc: 4.5, hemoglobin: 13.4, hematocrit: 40.1, mcv: 89, platelets: 251 },
    { daysAgo: 95, released: { daysAgo: 94 } },
  )
  writePanel(
    chart,
    'lipids',
    { cholesterol: 212, triglycerides: 138, hdl: 51, ldl: 133 },
    { daysAgo: 95, time: '13:10', released: { daysAgo: 93 } },
  )
  writePanel(
    chart,
    'cmp',
    { glucose: 108, bun: 14, creatinine: 0.8, sodium: 140, potassium: 4.2, chloride: 102, calcium: 9.4 },
    { daysAgo: 12, released: { daysAgo: 11 } },
  )
  writeSingle(chart, 'tsh', 2.1, { daysAgo: 12, time: '13:30', released: { by: 'brandt', daysAgo: 11 } })
  writeReportedTest(chart, 'hba1c', 5.9, { daysAgo: 188, released: { daysAgo: 187 } })
  writeReportedTest(chart, 'hba1c', 6.8, { daysAgo: 3 })
  return chart.entries
}

/** Another patient of the same name. */
export function otherMayaRivera(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('maya-two'), clock)
  writePatient(chart, ['Maya'], 'Rivera', { gender: 'female' })
  writeCondition(chart, ['195967001', 'Asthma'], 2500)
  writeAllergy(chart, ['232350006', 'House dust mite allergy'], 2400)
  writePrescription(
    chart,
    ['745679', 'albuterol 0.09 MG/ACTUAT Inhaler'],
    200,
    'Two puffs when needed',
    'castillo',
  )
  writeImmunization(chart, ['207', 'COVID-19 mRNA vaccine'], 400)
  writeEncounter(chart, 20, 'Asthma review', 'castillo')
  writePanel(
    chart,
    'cbc',
    { wbc: 7.9, rbc: 4.2, hemoglobin: 11.6, hematocrit: 35.2, mcv: 78, platelets: 320 },
    { daysAgo: 20, by: 'castillo', released: { daysAgo: 19 } },
  )
  writeSingle(chart, 'ferritin', 9, { daysAgo: 6, by: 'castillo' })
  return chart.entries
}
