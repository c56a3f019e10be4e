import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@/lib/fhir/json-value'
import type { Resource } from '@/lib/fhir/resource'
import { isResult } from '@/lib/release-policy/classify-result'
import { gatherResultFacts, indexReleases } from '@/lib/release-policy/release-facts'

const bases = ['https://ehr.example/fhir']
const coding = (system: string, code: string) => ({ coding: [{ system, code }] })
const categorySystem = 'http://terminology.hl7.org/CodeSystem/observation-category'
const result: Resource = {
  resourceType: 'Observation',
  id: 'o1',
  status: 'final',
  subject: { reference: 'Patient/p1' },
  basedOn: [{ reference: 'ServiceRequest/s1' }],
  issued: '2026-06-01T10:00:00Z',
}
const order: Resource = {
  resourceType: 'ServiceRequest',
  id: 's1',
  subject: { reference: 'Patient/p1' },
  requester: { reference: 'Practitioner/a' },
}
const release: Resource = {
  resourceType: 'Provenance',
  id: 'p1',
  target: [{ reference: 'Observation/o1' }],
  recorded: '2026-06-02T10:00:00Z',
  activity: coding('http://terminology.hl7.org/CodeSystem/v3-DocumentCompletion', 'LA'),
  agent: [
    {
      type: coding('http://terminology.hl7.org/CodeSystem/provenance-participant-type', 'verifier'),
      who: { reference: 'Practitioner/a' },
    },
  ],
}
const factsWith = (...beside: Resource[]) => gatherResultFacts(result, indexReleases(beside, bases), bases)

describe('what the EHR’s resources say about a release', () => {
  it('a result without a credible issue waits from when it was written, not from when the specimen was taken', () => {
    const written = '2026-06-05T10:00:00Z'
    const facts = (more: JsonObject) =>
      gatherResultFacts(
        { ...result, meta: { lastUpdated: written }, ...more },
        indexReleases([], bases),
        bases,
      )
    const taken = { effectiveDateTime: '2026-04-01T10:00:00Z' }
    expect(facts({ ...taken, issued: undefined }).issued).toEqual(new Date(written))
    expect(facts({ ...taken, issued: '0001-01-01T00:00:00Z' }).issued).toEqual(new Date(written))
    expect(facts({ ...taken, issued: undefined, meta: undefined }).issued).toEqual(
      new Date('2026-04-01T10:00:00Z'),
    )
  })

  it('an order for another patient, or entered in error, verifies nobody', () => {
    expect(factsWith({ ...order, subject: { reference: 'Patient/p2' } }, release).requesters).toEqual([])
    expect(factsWith({ ...order, status: 'entered-in-error' }, release).requesters).toEqual([])
    expect(factsWith({ ...order, subject: undefined }, release).requesters).toEqual([])
  })

  it('reads order, requester and release, by relative, absolute and versioned references alike', () => {
    const facts = { by: 'Practitioner/a', at: new Date('2026-06-02T10:00:00Z') }
    expect(factsWith(order, release)).toMatchObject({ requesters: ['Practitioner/a'], releases: [facts] })
    const target = [{ reference: 'https://ehr.example/fhir/Observation/o1/_history/3' }]
    expect(factsWith(order, { ...release, target }).releases).toEqual([facts])
  })

  it.each([
    [
      'another activity',
      { activity: coding('http://terminology.hl7.org/CodeSystem/v3-DocumentCompletion', 'IN') },
    ],
    ['the same code of another system', { activity: coding('https://elsewhere.example', 'LA') }],
    ['no activity', { activity: undefined }],
    [
      'an author instead of a verifier',
      {
        agent: [
          {
            type: coding('http://terminology.hl7.org/CodeSystem/provenance-participant-type', 'author'),
            who: { reference: 'Practitioner/a' },
          },
        ],
      },
    ],
    ['no time', { recorded: undefined }],
    ['a time that is none', { recorded: 'yesterday' }],
    ['a day without a time', { recorded: '2026-06-02' }],
    ['another target', { target: [{ reference: 'Observation/o2' }] }],
    [
      'a target on another server',
      { target: [{ reference: 'https://elsewhere.example/fhir/Observation/o1' }] },
    ],
  ])('a Provenance with %s releases nothing', (_name, changes: JsonObject) => {
    expect(
      factsWith(order, { ...release, ...changes, resourceType: 'Provenance', id: 'p1' }).releases,
    ).toEqual([])
  })

  it('an order that did not come, or whose requester is on another server, verifies nothing', () => {
    expect(factsWith(release).requesters).toEqual([])
    const foreign = { reference: 'https://elsewhere.example/fhir/Practitioner/a' }
    expect(factsWith({ ...order, requester: foreign }, release).requesters).toEqual([])
  })
})

describe('[B3] what counts as a result', () => {
  const observation = (category: unknown, code?: object): JsonObject =>
    JSON.parse(JSON.stringify({ resourceType: 'Observation', id: 'x', category, code }))
  const hiv = coding('http://loinc.org', '56888-1')

  it.each([
    ['a report of any kind', { resourceType: 'DiagnosticReport', id: 'x' }, true],
    ['a laboratory Observation', observation([coding(categorySystem, 'laboratory')]), true],
    ['one without a category', observation(undefined), true],
    ['one of a category nobody knows', observation([coding('https://local.example', 'vital-signs')]), true],
    ['imaging', observation([coding(categorySystem, 'imaging')]), true],
    ['vital signs', observation([coding(categorySystem, 'vital-signs')]), false],
    ['social history', observation([coding(categorySystem, 'social-history')]), false],
    ['a survey', observation([coding(categorySystem, 'survey')]), false],
    [
      'vital signs that say laboratory too',
      observation([coding(categorySystem, 'vital-signs'), coding(categorySystem, 'laboratory')]),
      true,
    ],
    [
      'an HIV test filed under social history',
      observation([coding(categorySystem, 'social-history')], hiv),
      true,
    ],
    ['a condition', { resourceType: 'Condition', id: 'x' }, false],
  ] as const)('%s', (_name, resource, expected) => {
    expect(isResult(resource)).toBe(expected)
  })
})
