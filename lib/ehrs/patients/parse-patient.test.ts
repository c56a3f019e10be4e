import { describe, expect, it } from 'vitest'
import { parseBundle, parsePatient, parseRelatedPerson } from '@/lib/ehrs/patients/parse-patient'

const now = new Date('2026-11-20T12:00:00Z')
const patient = { resourceType: 'Patient', id: 'p1' }
const read = (more: object) => parsePatient({ ...patient, ...more }, now)

describe('a record as linking needs it', () => {
  it('takes only addresses the EHR marks usable today, best first', () => {
    const telecom = [
      { system: 'email', value: 'old@example.org', use: 'old' },
      { system: 'email', value: 'past@example.org', period: { end: '2026-11-19' } },
      { system: 'email', value: 'later@example.org', period: { start: '2026-11-21' } },
      { system: 'email', value: 'second@example.org', rank: 2 },
      { system: 'email', value: 'first@example.org', rank: 1, period: { end: '2026-11-20' } },
      { system: 'phone', value: '+1-202-555-0101' },
      { system: 'email', value: 'a@example.org, b@example.org' },
      { system: 'email', value: 'a@example.org\r\nBcc: b@example.org' },
    ]
    expect(read({ telecom })?.emails).toEqual(['first@example.org', 'second@example.org'])
  })

  it('puts the current official name first', () => {
    const name = [
      { use: 'maiden', family: 'Stone', given: ['Maya'], period: { end: '2015-01-01' } },
      { use: 'usual', text: 'May' },
      { use: 'official', family: 'Rivera', given: ['Maya', 'L'] },
    ]
    expect(read({ name })?.names.map((one) => one.text)).toEqual(['Maya L Rivera', 'May', 'Maya Stone'])
  })

  it('knows the dead by flag or date, the merged by their successor, the closed by `active`', () => {
    expect(read({ deceasedBoolean: true })?.deceased).toBe(true)
    expect(read({ deceasedDateTime: '2026' })?.deceased).toBe(true)
    expect(read({ deceasedBoolean: false })?.deceased).toBe(false)
    const link = [
      { type: 'seealso', other: { reference: 'Patient/p2' } },
      { type: 'replaced-by', other: { reference: 'http://ehr/fhir/Patient/p3' } },
    ]
    expect(read({ link })?.replacedBy).toBe('p3')
    expect(read({ active: false })?.active).toBe(false)
    expect(read({})?.active).toBe(true)
  })

  it('reads nothing that is no Patient, RelatedPerson or Bundle', () => {
    for (const body of [null, 'x', {}, { resourceType: 'Group', id: 'p1' }, { ...patient, id: '../x' }])
      expect(parsePatient(body, now)).toBeUndefined()
    expect(parseRelatedPerson(patient, now)).toBeUndefined()
    expect(parseBundle(patient)).toBeUndefined()
  })

  it('takes an ended RelatedPerson for one who acts no more', () => {
    const mother = { resourceType: 'RelatedPerson', id: 'r1', patient: { reference: 'Patient/p1' } }
    expect(parseRelatedPerson(mother, now)).toMatchObject({ live: true, patientId: 'p1' })
    expect(parseRelatedPerson({ ...mother, active: false }, now)?.live).toBe(false)
    expect(parseRelatedPerson({ ...mother, period: { end: '2026-11-19' } }, now)?.live).toBe(false)
  })
})

it.each([
  ['the preferred one', [spoken('en'), spoken('es', true)], 'es'],
  ['the only one', [spoken('es-MX')], 'es-MX'],
  ['none of two without a preference', [spoken('en'), spoken('es')], undefined],
  ['none that is only written out', [{ language: { text: 'Spanish' }, preferred: true }], undefined],
])('notices speak %s of the languages of a chart', (_, communication, language) => {
  const patient = { resourceType: 'Patient', id: 'p1', communication }
  expect(parsePatient(patient, new Date('2026-01-01'))?.language).toBe(language)
})

function spoken(code: string, preferred?: boolean): object {
  return { language: { coding: [{ system: 'urn:ietf:bcp:47', code }] }, ...(preferred ? { preferred } : {}) }
}
