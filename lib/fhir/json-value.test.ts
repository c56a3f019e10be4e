import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseJsonExactly } from '@/lib/fhir/json-value'

const through = (text: string): string => JSON.stringify(parseJsonExactly(text))

test.each([
  '7.0',
  '-0',
  '-0.0',
  '1e3',
  '1.50E-7',
  '12345678901234567890',
  '0.12345678901234567',
  '12345678.123456789',
  '100.00',
])('the number %s is passed on as it was measured', (number) => {
  for (const text of [`{"value":${number}}`, `[${number}]`, `{"a":[1,${number}],"b":2}`])
    expect(through(text)).toBe(text)
  expect(through(`{ "value" : ${number} }`)).toBe(`{"value":${number}}`)
})

test('every number of every document comes out as it went in', () => {
  const number = fc.stringMatching(/^-?(0|[1-9]\d{0,19})(\.\d{1,19})?([eE][+-]?\d{1,2})?$/)
  fc.assert(
    fc.property(fc.array(number, { minLength: 1 }), (numbers) => {
      const text = `{"resourceType":"Bundle","at":"2026-11-23T10:00:10.000Z","oid":"2.16.840","v":[${numbers.join(',')}]}`
      expect(through(text)).toBe(text)
    }),
  )
})
