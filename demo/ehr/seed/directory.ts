import { clinicians } from '../../people'
import { concept, systems } from './codes'
import type { SeedEntry } from './resources'

export const clinicId = 'oHarborMain01'
export const laboratoryId = 'oHarborLab02'

/** The clinic, its laboratory, its clinicians and the medicines its charts refer to. */
export function directory(): SeedEntry[] {
  const lastUpdated = '2020-01-02T08:00:00.000Z'
  const organizations: SeedEntry[] = [
    { id: clinicId, name: 'Harbor Clinic', phone: '+1-202-555-0190' },
    { id: laboratoryId, name: 'Harbor Clinic Laboratory', phone: '+1-202-555-0191' },
  ].map(({ id, name, phone }) => ({
    lastUpdated,
    resource: {
      resourceType: 'Organization',
      id,
      active: true,
      name,
      telecom: [{ system: 'phone', value: phone, use: 'work' }],
    },
  }))
  const practitioners: SeedEntry[] = clinicians.flatMap(({ id, name, title }): SeedEntry[] => [
    {
      lastUpdated,
      resource: {
        resourceType: 'Practitioner',
        id,
        active: true,
        identifier: [
          { system: 'http://hl7.org/fhir/sid/us-npi', value: `99999${id.length}${id.charCodeAt(4)}01` },
        ],
        name: [
          {
            use: 'official',
            text: name,
            family: name.split(' ').at(-1) ?? name,
            given: [name.split(' ').at(1) ?? name],
            prefix: ['Dr.'],
          },
        ],
      },
    },
    {
      lastUpdated,
      resource: {
        resourceType: 'PractitionerRole',
        id: `r${id}`,
        active: true,
        practitioner: { reference: `Practitioner/${id}`, display: name },
        organization: { reference: `Organization/${clinicId}`, display: 'Harbor Clinic' },
        specialty: [{ text: title }],
      },
    },
  ])
  const medications: SeedEntry[] = Object.values(medicines).map(({ id, code, display }) => ({
    lastUpdated,
    resource: {
      resourceType: 'Medication',
      id,
      status: 'active',
      code: concept(systems.rxnorm, code, display),
    },
  }))
  return [...organizations, ...practitioners, ...medications]
}

/** Medicines that prescriptions point to by reference; others are coded in place. */
export const medicines = {
  lisinopril: { id: 'mLis10mgTab', code: '314076', display: 'lisinopril 10 MG Oral Tablet' },
  warfarin: { id: 'mWar5mgTab', code: '855332', display: 'warfarin sodium 5 MG Oral Tablet' },
} as const

export type MedicineName = keyof typeof medicines
