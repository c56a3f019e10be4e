import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseClinicalScope } from '@/lib/fhir/clinical-scope'
import { readScope } from '@/test/reference-scopes'

const level = fc.constantFrom('patient', 'user', 'system')
const type = fc.constantFrom('*', 'Patient', 'Observation', 'Condition', 'MedicationRequest')
const versionTwo = fc.subarray(['c', 'r', 'u', 'd', 's'], { minLength: 1 }).map((all) => all.join(''))
const characters = Array.from({ length: 0x7f - 0x21 }, (_, at) => String.fromCharCode(0x21 + at)).filter(
  (one) => one !== '"' && one !== '\\' && one !== '&',
)
const value = fc
  .array(fc.constantFrom(...characters), { minLength: 1, maxLength: 12 })
  .map((all) => all.join(''))
const name = value.map((text) => text.replaceAll('=', 'x'))
const query = fc
  .array(fc.tuple(name, value), { maxLength: 3 })
  .map((pairs) => (pairs.length > 0 ? `?${pairs.map(([key, text]) => `${key}=${text}`).join('&')}` : ''))

/** Scopes by the ABNF. */
const grammatical = fc.oneof(
  fc.tuple(level, type, versionTwo, query).map(([a, b, c, d]) => `${a}/${b}.${c}${d}`),
  fc
    .tuple(level, type, fc.constantFrom('read', 'write', '*'))
    .map(([a, b, permission]) => `${a}/${b}.${permission}`),
)

/** Pieces of scopes in any order, and scopes with one character changed: nearly all of them are none. */
const pieces = fc
  .array(
    fc.constantFrom(
      'patient/',
      'Patient/',
      'user/',
      'system/',
      '/',
      '*',
      'Observation',
      'observation',
      'A',
      '.',
      '..',

      'r',
      's',
      'rs',
      'sr',
      'rr',
      'cruds',
      'dus',
      'read',
      'write',
      '?',
      '?a=b',
      '&',
      '=',
      'category=x|y',
      ' ',
    ),
    { maxLength: 8 },
  )
  .map((all) => all.join(''))
const changed = fc
  .tuple(grammatical, fc.nat(80), fc.string({ minLength: 0, maxLength: 1 }))
  .map(([text, at, more]) => {
    const place = at % text.length
    return text.slice(0, place) + more + text.slice(place + 1)
  })

describe('[S1] the grammar of scopes on resources', () => {
  it('takes every scope of the ABNF, with its letters and constraints as they were written', () => {
    fc.assert(
      fc.property(grammatical, (text) => {
        const found = parseClinicalScope(text)
        const plain = readScope(text)
        expect(found).toEqual({
          level: plain?.level,
          type: plain?.type,
          read: plain?.letters.includes('r'),
          search: plain?.letters.includes('s'),
          query: plain?.pairs,
        })
      }),
      { numRuns: 3_000 },
    )
  })

  it('[S3] takes nothing else: what the plainest reading refuses grants nothing here either', () => {
    fc.assert(
      fc.property(fc.oneof(pieces, changed, fc.string()), (text) => {
        expect(parseClinicalScope(text) === undefined).toBe(readScope(text) === undefined)
      }),
      { numRuns: 5_000 },
    )
  })

  it.each([
    'patient/Observation.',
    'patient/Observation.sr',
    'patient/Observation.dus',
    'patient/Observation.rrs',
    'patient/Observation.rs?',
    'patient/Observation.rs?category',
    'patient/Observation.rs?category=',
    'patient/Observation.rs?=x',
    'patient/Observation.rs?a=b&',
    'patient/Observation.rs?&a=b',

    'patient/Observation.read?category=x',
    'patient/Observation.*?category=x',
    'patient/Observation.READ',
    'Patient/Observation.rs',
    'patient/observation.rs',
    'patient/.rs',
    'patient/**.rs',
    'patient.rs',
    'patient/Observation.rs?a="b"',
    'patient/Observation.rs?a=b\\,c',
    'patient/Observation.rs?a=b c',
    'patient/Observation.rs?a=\u00e9',
    'patient/Observation.rs\n',
    ' patient/Observation.rs',
    '',
  ])('[S3] %j is no scope', (text) => {
    expect(parseClinicalScope(text)).toBeUndefined()
  })

  it('[S2] v1 is v2 in other words: read is rs, write is cud, the star is all, and .rd is not .read', () => {
    const letters = (text: string) => {
      const { read, search } = parseClinicalScope(text) ?? {}
      return [read, search]
    }
    expect(letters('patient/Patient.read')).toEqual(letters('patient/Patient.rs'))
    expect(letters('patient/Patient.write')).toEqual(letters('patient/Patient.cud'))
    expect(letters('patient/Patient.*')).toEqual(letters('patient/Patient.cruds'))
    expect(letters('patient/Patient.rd')).toEqual([true, false])
  })

  it('[S5] a percent sign is no escape: an encoded space or ampersand cannot become a second scope', () => {
    const text = 'patient/Observation.rs?category=a%20patient/*.rs%26code=b'
    expect(parseClinicalScope(text)?.query).toEqual([['category', 'a%20patient/*.rs%26code=b']])
  })
})
