import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseScopes } from '@/demo/ehr/scopes'
import { type ChartResource, referenceTo } from '@/demo/ehr/seed/resources'
import { buildWorld } from '@/demo/ehr/seed/world'
import {
  type EhrUnderTest,
  patientIdOf,
  resourcesOf,
  startEhrUnderTest,
  testToday,
} from '@/demo/ehr/testing/ehr-under-test'
import { reaches, readScope } from '@/test/reference-scopes'

let ehr: EhrUnderTest
beforeAll(async () => {
  ehr = await startEhrUnderTest()
})
afterAll(() => ehr.close())

const maya = patientIdOf('maya')
const categories = [
  'http://terminology.hl7.org/CodeSystem/observation-category|laboratory',
  'http://terminology.hl7.org/CodeSystem/observation-category|vital-signs',
  'http://hl7.org/fhir/us/core/CodeSystem/us-core-category|sdoh',
  'http://hl7.org/fhir/us/core/CodeSystem/condition-category|health-concern',
  'survey',
] as const
const types = ['Observation', 'Condition'] as const
const query = fc.oneof(
  fc.constant(''),
  fc.constantFrom(...categories).map((one) => `?category=${one}`),
  fc
    .tuple(fc.constantFrom(...categories), fc.constantFrom(...categories))
    .map(([a, b]) => `?category=${a},${b}`),
  fc
    .tuple(fc.constantFrom(...categories), fc.constantFrom(...categories))
    .map(([a, b]) => `?category=${a}&category=${b}`),
  fc.constantFrom('?category:in=x', '?patient.name=x', '?_filter=x', '?category=', '?'),
)
const scope = fc
  .tuple(
    fc.constantFrom('patient', 'patient', 'patient', 'user', 'Patient'),
    fc.constantFrom(...types, '*', 'Immunization'),
    fc.constantFrom('r', 's', 'rs', 'sr', 'cud', 'read', 'write', '*', ''),
    query,
  )
  .map(([level, type, letters, rest]) => `${level}/${type}.${letters}${rest}`)

const chart = buildWorld(testToday).filter(
  (one): one is ChartResource & { resourceType: 'Observation' | 'Condition' } =>
    (one.resourceType === 'Observation' || one.resourceType === 'Condition') &&
    one.subject?.reference === `Patient/${maya}`,
)

describe('[P4] scopes at the EHR', () => {
  it('are read by the same grammar as the plainest reading', () => {
    fc.assert(
      fc.property(scope, (text) => {
        const plain = readScope(text)
        const isUnderstood = plain?.pairs.every(([name]) => name === 'category') ?? false
        expect(parseScopes(text).length === 1).toBe(isUnderstood)
      }),
      { numRuns: 2_000 },
    )
  })

  it('reach what the plainest reading of the union reaches, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(scope, { minLength: 1, maxLength: 4 }), async (granted) => {
        const token = await ehr.token(maya, { scope: granted.join(' ') })
        for (const type of types) {
          const answer = await ehr.get(`${type}?patient=${maya}&_count=200`, token)
          const mayAsk = granted.some((one) => {
            const plain = readScope(one)
            if (!plain?.pairs.every(([name]) => name === 'category')) return false
            return reaches([`${one.split('?')[0]}`], 'search', { resourceType: type })
          })
          expect(answer.status, granted.join(' ')).toBe(mayAsk ? 200 : 403)
          if (!mayAsk) continue
          const found = resourcesOf([await answer.json()]).map((one) => `${one.resourceType}/${one.id}`)
          const expected = chart.filter((one) => one.resourceType === type && reaches(granted, 'search', one))
          expect(found.sort(), granted.join(' ')).toEqual(expected.map(referenceTo).sort())
        }
        for (const one of chart.slice(0, 60).filter((_, index) => index % 6 === 0)) {
          const { status } = await ehr.get(referenceTo(one), token)
          expect(status === 200, `${granted.join(' ')} ${referenceTo(one)}`).toBe(
            reaches(granted, 'read', one),
          )
        }
      }),
      { numRuns: 40 },
    )
  }, 60_000)
})
