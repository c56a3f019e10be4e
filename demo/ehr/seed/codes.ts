import type { CodeableConcept, Coding } from 'fhir/r4'

export const systems = {
  loinc: 'http://loinc.org',
  snomed: 'http://snomed.info/sct',
  rxnorm: 'http://www.nlm.nih.gov/research/umls/rxnorm',
  cvx: 'http://hl7.org/fhir/sid/cvx',
  ucum: 'http://unitsofmeasure.org',
  observationCategory: 'http://terminology.hl7.org/CodeSystem/observation-category',
  usCore: 'http://hl7.org/fhir/us/core/CodeSystem',
  reportCategory: 'http://terminology.hl7.org/CodeSystem/v2-0074',
  interpretation: 'http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation',
  actCode: 'http://terminology.hl7.org/CodeSystem/v3-ActCode',
  confidentiality: 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality',
  documentCompletion: 'http://terminology.hl7.org/CodeSystem/v3-DocumentCompletion',
  participant: 'http://terminology.hl7.org/CodeSystem/provenance-participant-type',
  mrn: 'https://harbor.example.org/mrn',
  accession: 'https://harbor.example.org/accession',
} as const

/** "Not to the patient without the attending clinician": the label of a held result. */
export const holdLabel: Coding = { system: systems.actCode, code: 'NOPAT' }
export const restrictedLabel: Coding = { system: systems.confidentiality, code: 'R' }
export const hivLabel: Coding = { system: systems.actCode, code: 'HIV' }

export function concept(system: string, code: string, display: string): CodeableConcept {
  return { coding: [{ system, code, display }], text: display }
}

export function hasCoding(codings: readonly Coding[] | undefined, wanted: Coding): boolean {
  return (codings ?? []).some((one) => one.system === wanted.system && one.code === wanted.code)
}

export type LabTest = {
  readonly code: string
  readonly display: string
  readonly unit?: string
  readonly low?: number
  readonly high?: number
}

/** Laboratory tests by the short name that the charts use. Codes and names: LOINC, loinc.org/license. */
export const labTests = {
  wbc: { code: '6690-2', display: 'Leukocytes', unit: '10*3/uL', low: 4, high: 11 },
  rbc: { code: '789-8', display: 'Erythrocytes', unit: '10*6/uL', low: 3.9, high: 5.6 },
  hemoglobin: { code: '718-7', display: 'Hemoglobin', unit: 'g/dL', low: 12, high: 16.5 },
  hematocrit: { code: '4544-3', display: 'Hematocrit', unit: '%', low: 36, high: 49 },
  mcv: { code: '787-2', display: 'MCV', unit: 'fL', low: 80, high: 100 },
  platelets: { code: '777-3', display: 'Platelets', unit: '10*3/uL', low: 150, high: 400 },
  glucose: { code: '2345-7', display: 'Glucose', unit: 'mg/dL', low: 70, high: 99 },
  bun: { code: '3094-0', display: 'Urea nitrogen', unit: 'mg/dL', low: 7, high: 20 },
  creatinine: { code: '2160-0', display: 'Creatinine', unit: 'mg/dL', low: 0.6, high: 1.2 },
  sodium: { code: '2951-2', display: 'Sodium', unit: 'mmol/L', low: 135, high: 145 },
  potassium: { code: '2823-3', display: 'Potassium', unit: 'mmol/L', low: 3.5, high: 5.1 },
  chloride: { code: '2075-0', display: 'Chloride', unit: 'mmol/L', low: 98, high: 107 },
  calcium: { code: '17861-6', display: 'Calcium', unit: 'mg/dL', low: 8.6, high: 10.3 },
  albumin: { code: '1751-7', display: 'Albumin', unit: 'g/dL', low: 3.5, high: 5 },
  alt: { code: '1742-6', display: 'Alanine aminotransferase', unit: 'U/L', low: 7, high: 40 },
  ast: { code: '1920-8', display: 'Aspartate aminotransferase', unit: 'U/L', low: 8, high: 40 },
  cholesterol: { code: '2093-3', display: 'Cholesterol', unit: 'mg/dL', high: 200 },
  triglycerides: { code: '2571-8', display: 'Triglyceride', unit: 'mg/dL', high: 150 },
  hdl: { code: '2085-9', display: 'Cholesterol in HDL', unit: 'mg/dL', low: 40 },
  ldl: { code: '13457-7', display: 'Cholesterol in LDL (calculated)', unit: 'mg/dL', high: 130 },
  hba1c: { code: '4548-4', display: 'Hemoglobin A1c', unit: '%', high: 5.7 },
  tsh: { code: '3016-3', display: 'Thyrotropin', unit: 'm[IU]/L', low: 0.4, high: 4 },
  ferritin: { code: '2276-4', display: 'Ferritin', unit: 'ng/mL', low: 15, high: 150 },
  vitaminD: { code: '1989-3', display: '25-hydroxyvitamin D3', unit: 'ng/mL', low: 30, high: 100 },
  psa: { code: '2857-1', display: 'Prostate specific antigen', unit: 'ng/mL', high: 4 },
  inr: { code: '6301-6', display: 'INR', unit: '{INR}', low: 2, high: 3 },
  hiv: { code: '56888-1', display: 'HIV 1+2 antibody and p24 antigen' },
  hcg: { code: '2118-8', display: 'Choriogonadotropin (pregnancy test)' },
  chlamydia: { code: '43304-5', display: 'Chlamydia trachomatis rRNA' },
  cannabinoids: { code: '18282-4', display: 'Cannabinoids, urine screen' },
  opiates: { code: '19295-5', display: 'Opiates, urine screen' },
  amphetamines: { code: '19343-3', display: 'Amphetamines, urine screen' },
} as const satisfies Record<string, LabTest>

export type LabTestName = keyof typeof labTests

export const labPanels = {
  cbc: { code: '58410-2', display: 'Complete blood count' },
  cmp: { code: '24323-8', display: 'Comprehensive metabolic panel' },
  lipids: { code: '24331-1', display: 'Lipid panel' },
  drugScreen: { code: '65750-2', display: 'Drug screen panel, urine' },
} as const

export type LabPanelName = keyof typeof labPanels
