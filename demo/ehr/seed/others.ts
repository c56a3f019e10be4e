import {
  openChart,
  writeAllergy,
  writeBloodPressure,
  writeCondition,
  writeEncounter,
  writeImmunization,
  writePatient,
  writePrescription,
} from './chart'
import { hivLabel, systems } from './codes'
import { writeOrder, writePanel, writeReportedTest, writeResult, writeSingle } from './laboratory'
import { personNamed } from './person-named'
import { writeReport } from './report'
import type { SeedEntry } from './resources'
import type { SeedClock } from './seed-clock'

/** Deceased. */
export function walterHughes(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('walter'), clock)
  writePatient(chart, ['Walter'], 'Hughes', {
    gender: 'male',
    deceasedDateTime: clock.day(200),
    lastUpdatedDaysAgo: 199,
  })
  writeCondition(chart, ['42343007', 'Congestive heart failure'], 1500)
  writeEncounter(chart, 230, 'Shortness of breath', 'brandt')
  writeSingle(chart, 'creatinine', 2.3, { daysAgo: 230, by: 'brandt', released: { daysAgo: 229 } })
  writeSingle(chart, 'potassium', 5.6, { daysAgo: 205, by: 'brandt' })
  return chart.entries
}

/** No phone, no e-mail. A biopsy report that nobody has released, and a cancelled test. */
export function agnesThornbury(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('agnes'), clock)
  writePatient(chart, ['Agnes', 'May'], 'Thornbury', {
    gender: 'female',
    address: [{ use: 'home', line: ['3 Mill Lane'], city: 'Harborview', state: 'MD', postalCode: '21230' }],
  })
  writeCondition(chart, ['64859006', 'Osteoporosis'], 2600)
  writeAllergy(chart, ['294505008', 'Allergy to amoxicillin'], 5000)
  writeImmunization(chart, ['33', 'Pneumococcal polysaccharide vaccine'], 1100)
  writeEncounter(chart, 8, 'Breast lump')
  writePanel(
    chart,
    'cbc',
    { wbc: 6.9, rbc: 4.1, hemoglobin: 12.4, hematocrit: 37.5, mcv: 91, platelets: 210 },
    { daysAgo: 45, released: { daysAgo: 44 } },
  )
  const biopsy = { daysAgo: 6 } as const
  const order = writeOrder(chart, 'breast-biopsy', 'Breast biopsy', biopsy)
  writeReport(chart, order, 'breast-biopsy', { code: '11526-1', display: 'Pathology study' }, [], biopsy, {
    document: true,
    section: 'PAT',
    conclusion: 'Invasive ductal carcinoma, grade 2.',
  })
  writeSingle(chart, 'vitaminD', 28, { daysAgo: 46, status: 'cancelled' })
  writeSingle(chart, 'calcium', 9.1, { daysAgo: 6, status: 'preliminary' })
  return chart.entries
}

/** Scripts in names, narratives, comments and texts. All of it is data. */
export function robinScript(clock: SeedClock): SeedEntry[] {
  const attack = '<script>alert("chart")</script><img src=x onerror=alert(2)>'
  const chart = openChart(personNamed('robin'), clock)
  writePatient(chart, ['Robin <img src=x onerror=alert(1)>'], 'O\'Script<script>alert("name")</script>', {
    narrative: `<div xmlns="http://www.w3.org/1999/xhtml">${attack}<a href="javascript:alert(3)">me</a></div>`,
  })
  writeCondition(chart, ['73211009', `Diabetes ${attack}`], 400, {
    narrative: `<div xmlns="http://www.w3.org/1999/xhtml"><p onmouseover="alert(4)">Diabetes</p>${attack}</div>`,
  })
  writeAllergy(chart, ['91936005', `Allergy to penicillin "><svg onload=alert(5)>`], 300, attack)
  writePrescription(chart, ['861007', 'metformin </script><script>alert(6)</script>'], 100, attack, 'brandt')
  writeEncounter(chart, 10, attack)
  writeSingle(chart, 'hiv', `Negative ${attack}`, {
    daysAgo: 10,
    released: { daysAgo: 9 },
    comment: `{{constructor.constructor('alert(7)')()}} ${attack}`,
  })
  writeSingle(chart, 'glucose', 97, { daysAgo: 10, time: '12:55', released: { daysAgo: 9 }, comment: attack })
  const held = { daysAgo: 4, time: '13:05' } as const
  const order = writeOrder(chart, 'hostile-order', `Follow-up ${attack}`, held)
  writeResult(chart, order, 'hcg', `Negative ${attack}`, held)
  return chart.entries
}

/** A right-to-left name; a panel that is released with one child held by the clinician. */
export function laylaHaddad(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('layla'), clock)
  writePatient(chart, ['ليلى'], 'حدّاد', {
    gender: 'female',
    communication: [
      { language: { coding: [{ system: 'urn:ietf:bcp:47', code: 'ar' }], text: 'العربية' }, preferred: true },
    ],
  })
  writeCondition(chart, ['37796009', 'Migraine (شقيقة)'], 900)
  writeImmunization(chart, ['140', 'Influenza, seasonal, injectable, preservative free'], 45)
  writeEncounter(chart, 7, 'صداع')
  writePanel(
    chart,
    'cmp',
    {
      glucose: 91,
      bun: 11,
      creatinine: 0.7,
      sodium: 139,
      potassium: 3.1,
      chloride: 101,
      calcium: 9.2,
      alt: 88,
    },
    { daysAgo: 7, released: { daysAgo: 6 } },
    { apart: { alt: { held: true }, potassium: { time: '12:41' } }, document: false },
  )
  return chart.entries
}

/** Left the clinic: the chart is inactive. */
export function priyaNair(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('priya'), clock)
  writePatient(chart, ['Priya'], 'Nair', { gender: 'female', active: false, lastUpdatedDaysAgo: 365 })
  writeCondition(chart, ['195967001', 'Asthma'], 3000)
  writeSingle(chart, 'tsh', 1.4, { daysAgo: 700, released: { daysAgo: 698 } })
  return chart.entries
}

/**
 * Over a hundred results of the last two weeks: two draws a day, every third result not released, so that released
 * and unreleased ones alternate by date and within one order.
 */
export function georgePapadakis(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('george'), clock)
  writePatient(chart, ['Georgios', 'George'], 'Papadakis', { gender: 'male' })
  writeCondition(chart, ['49436004', 'Atrial fibrillation'], 2200)
  writeCondition(chart, ['709044004', 'Chronic kidney disease'], 1600)
  writePrescription(chart, 'warfarin', 300, 'As written in the warfarin booklet', 'brandt')
  writePrescription(chart, 'lisinopril', 900, 'One tablet every morning', 'brandt')
  writeEncounter(chart, 14, 'Admitted to watch anticoagulation and kidneys', 'brandt')
  const usual = { inr: 2.5, creatinine: 1.6, potassium: 4.6, hemoglobin: 12.9, glucose: 104 }
  const swing = { inr: 0.6, creatinine: 0.3, potassium: 0.5, hemoglobin: 0.8, glucose: 18 }
  const tests = ['inr', 'creatinine', 'potassium', 'hemoglobin', 'glucose'] as const
  for (let draw = 0; draw < 26; draw += 1) {
    const hour = draw % 2 === 0 ? '18' : '06'
    const at = { daysAgo: 1 + Math.floor(draw / 2), drawn: `${hour}:00`, by: 'brandt' } as const
    const order = writeOrder(chart, `monitoring-${draw}`, 'Anticoagulation and kidney monitoring', at)
    for (const [index, test] of tests.entries()) {
      const number = draw * tests.length + index
      const value = usual[test] + Math.sin(number * 1.7) * swing[test]
      writeResult(chart, order, test, Math.round(value * 10) / 10, {
        ...at,
        time: `${hour}:${30 + index}`,
        ...(number % 3 === 1 ? {} : { released: { daysAgo: at.daysAgo - 1 } }),
      })
    }
    if (draw % 6 === 0) writeBloodPressure(chart, at.daysAgo, 138 + (draw % 9), 84)
  }
  return chart.entries
}

/** Asked that her HIV results go to no app but the clinic's own (see `person-rules.ts`). */
export function naomiFeld(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('naomi'), clock)
  writePatient(chart, ['Naomi'], 'Feld', { gender: 'female' })
  writeEncounter(chart, 22, 'Yearly check-up')
  writeImmunization(chart, ['189', 'Hepatitis B vaccine (recombinant)'], 60)
  writeReportedTest(chart, 'hiv', 'Negative', { daysAgo: 22, released: { daysAgo: 21 }, labels: [hivLabel] })
  writePanel(
    chart,
    'lipids',
    { cholesterol: 171, triglycerides: 84, hdl: 62, ldl: 92 },
    { daysAgo: 22, time: '13:20', released: { daysAgo: 21 } },
  )
  writePanel(
    chart,
    'cbc',
    { wbc: 5.1, rbc: 4.4, hemoglobin: 13.1, hematocrit: 39, mcv: 88, platelets: 280 },
    { daysAgo: 5 },
  )
  return chart.entries
}

/** Sensitive tests: some released, some held by the clinician, one that nobody has looked at. */
export function chloeBennett(clock: SeedClock): SeedEntry[] {
  const chart = openChart(personNamed('chloe'), clock)
  writePatient(chart, ['Chloe'], 'Bennett', { gender: 'female' })
  writeCondition(chart, ['48694002', 'Anxiety'], 500)
  writeEncounter(chart, 8, 'Contraception', 'castillo')
  const pregnancy = [{ system: systems.actCode, code: 'PREGNANT' }]
  const substance = [{ system: systems.actCode, code: 'SUD' }]
  writeSingle(chart, 'hcg', 'Negative', {
    daysAgo: 70,
    by: 'castillo',
    released: { daysAgo: 69 },
    labels: pregnancy,
  })
  writeSingle(chart, 'hcg', 'Positive', { daysAgo: 8, by: 'castillo', held: true, labels: pregnancy })
  writeSingle(chart, 'hiv', 'Negative', {
    daysAgo: 70,
    by: 'castillo',
    released: { daysAgo: 68 },
    labels: [hivLabel],
  })
  writeSingle(chart, 'hiv', 'Reactive, confirmation follows', {
    daysAgo: 9,
    by: 'castillo',
    uncategorised: true,
  })
  writePanel(
    chart,
    'drugScreen',
    { cannabinoids: 'Positive', opiates: 'Negative', amphetamines: 'Negative' },
    { daysAgo: 8, time: '13:40', by: 'castillo', held: true, labels: substance },
  )
  writePanel(
    chart,
    'cmp',
    { glucose: 85, bun: 12, creatinine: 0.7, sodium: 141, potassium: 4, calcium: 9.6 },
    { daysAgo: 70, by: 'castillo', released: { by: 'brandt', daysAgo: 69 } },
  )
  return chart.entries
}
