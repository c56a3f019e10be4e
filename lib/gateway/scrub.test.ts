import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject, JsonValue } from '@/lib/fhir/json-value'
import type { Resource } from '@/lib/fhir/resource'
import { judgedMentions } from '@/lib/gateway/reference-rules'
import { type ScrubFacts, scrub } from '@/lib/gateway/scrub'

const ehrBase = 'https://ehr.example/fhir'
const gatewayBase = 'https://broker.example/fhir/ehr'
const hiddenKey = 'Observation/hidden-1'
const facts: ScrubFacts = {
  ehrBase,
  gatewayBase,
  isShown: (key) => key !== hiddenKey,
  isResult: false,
  since: undefined,
}
const condition = (members: JsonObject): Resource => ({ resourceType: 'Condition', id: 'c1', ...members })
const cleaned = (members: JsonObject, more: Partial<ScrubFacts> = {}): Resource =>
  scrub(condition(members), { ...facts, ...more })
const pointer = (reference: string): JsonObject => ({ reference, display: 'Hemoglobin A1c' })

describe('[release-B6] what tells of something hidden', () => {
  it.each([
    ['relative', hiddenKey],
    ['absolute', `${ehrBase}/${hiddenKey}`],
    ['versioned', `${hiddenKey}/_history/2`],
    ['by our own base', `${gatewayBase}/${hiddenKey}`],
  ])('a reference goes with its display, however it is written: %s', (_name, reference) => {
    const text = JSON.stringify(
      cleaned({ reasonReference: [pointer(reference), pointer('Observation/shown-1')] }),
    )
    expect(text).not.toContain('hidden-1')
    expect(text.split('Hemoglobin A1c').length - 1).toBe(1)
  })

  it('an element goes whole, so that what stands beside the reference does not tell', () => {
    const code = { text: 'HIV positive' }
    expect(cleaned({ evidence: [{ code: [code], detail: [pointer(hiddenKey)] }] })).toEqual(condition({}))
    const partly = { code: [code], detail: [pointer(hiddenKey), pointer('Observation/shown-1')] }
    expect(cleaned({ evidence: [partly, { code: [{ text: 'Cough' }] }] })).toEqual(
      condition({ evidence: [{ code: [{ text: 'Cough' }] }] }),
    )
  })

  it('an extension goes that points to it, by reference or by address; the element it stands on stays', () => {
    const url = 'https://x.example/why'
    const subject = { reference: 'Patient/p1', extension: [{ url, valueReference: pointer(hiddenKey) }] }
    expect(cleaned({ subject })).toEqual(condition({ subject: { reference: 'Patient/p1' } }))
    expect(
      cleaned({
        extension: [
          { url, valueUri: `${ehrBase}/${hiddenKey}` },
          { url, valueString: 'kept' },
        ],
      }),
    ).toEqual(condition({ extension: [{ url, valueString: 'kept' }] }))
  })

  it('a name without an address goes where results are pointed to, and stays for people and places', () => {
    const display = { display: 'HbA1c of last week' }
    expect(cleaned({ evidence: [{ detail: [display] }], recorder: { display: 'Dr. Adeyemi' } })).toEqual(
      condition({ recorder: { display: 'Dr. Adeyemi' } }),
    )
  })

  it.each(['DocumentReference', 'Binary', 'Media', 'Task', 'Provenance', 'Composition', 'ImagingStudy'])(
    'a reference to a %s goes, for it could tell and cannot be judged',
    (type) => expect(cleaned({ reasonReference: [pointer(`${type}/x1`)] })).toEqual(condition({})),
  )

  it.each([
    'Practitioner',
    'Organization',
    'Patient',
    'Specimen',
    'ServiceRequest',
    'Location',
    'Medication',
  ])('a reference to a %s stays', (type) => {
    const members = { asserter: pointer(`${type}/x1`) }
    expect(cleaned(members)).toEqual(condition(members))
  })

  it('a narrative that mentions it goes; another stays as it came, scripts included', () => {
    const narrative = (div: string) => ({ status: 'generated', div: `<div>${div}</div>` })
    expect(cleaned({ text: narrative(`see <a href="${hiddenKey}">it</a>`) })).toEqual(condition({}))
    expect(cleaned({ text: narrative(`see ${ehrBase}/DocumentReference/d1`) })).toEqual(condition({}))
    const harmless = { text: narrative('<script>alert(1)</script> mg/dL and Observation/Follow-up') }
    expect(cleaned(harmless)).toEqual(condition(harmless))
  })

  it.each([
    ['an abbreviation', 'HIV', 'Evidence: HIV'],
    ['letters as entities', "Crohn's disease", 'Crohn&#39;s disease'],
    ['other words', 'Hemoglobin A1c', 'three months of sugar'],
  ])(
    'a narrative goes with anything that was taken out of the elements: it may say it as %s',
    (_name, display, said) => {
      const text = { status: 'generated', div: `<div>${said}</div>` }
      const evidence = [{ detail: [{ reference: hiddenKey, display }] }]
      expect(cleaned({ evidence, text })).toEqual(condition({}))
      const shown = [{ detail: [{ reference: 'Observation/shown-1', display }] }]
      expect(cleaned({ evidence: shown, text })).toEqual(condition({ evidence: shown, text }))
    },
  )

  it.each(['href="Observation/potassium"', "href='Observation/potassium'", 'src=Observation/potassium'])(
    'a narrative goes that links to it by letters alone: %s',
    (link) => {
      const text = { status: 'generated', div: `<div><a ${link}>it</a></div>` }
      const isShown = (key: string): boolean => key !== 'Observation/potassium'
      expect(cleaned({ text }, { isShown })).toEqual(condition({}))
      expect(cleaned({ text })).toEqual(condition({ text }))
      expect(judgedMentions(condition({ text }), [ehrBase])).toEqual(['Observation/potassium'])
    },
  )

  it.each(['GenomicStudy', 'QuestionnaireResponse', 'Procedure', 'NeverHeardOf'])(
    'a reference to a type that we do not know to be harmless goes: %s',
    (type) => {
      const evidence = (reference: string) => [{ detail: [{ reference, display: 'HIV' }] }]
      expect(cleaned({ evidence: evidence(`${type}/1`) })).toEqual(condition({}))
      const order = evidence('ServiceRequest/1')
      expect(cleaned({ evidence: order })).toEqual(condition({ evidence: order }))
    },
  )

  it('the narrative of a result goes always: it repeats what may be hidden elsewhere', () => {
    expect(cleaned({ text: { status: 'generated', div: '<div>5.9 %</div>' } }, { isResult: true })).toEqual(
      condition({}),
    )
  })

  it('labels, tags and versions go; the profile stays; a result is last updated when it may be seen', () => {
    const meta = {
      versionId: '7',
      lastUpdated: '2026-06-09T00:00:00Z',
      profile: ['http://hl7.org/fhir/us/core/StructureDefinition/us-core-condition'],
      security: [{ code: 'HIV' }],
      tag: [{ code: 'released' }],
    }
    const { profile, lastUpdated } = meta
    expect(cleaned({ meta })['meta']).toEqual({ profile, lastUpdated })
    const since = new Date('2026-06-10T00:00:00Z')
    expect(cleaned({ meta }, { isResult: true, since })['meta']).toEqual({
      profile,
      lastUpdated: since.toISOString(),
    })
    expect(cleaned({ meta }, { isResult: true })['meta']).toEqual({ profile })
  })

  it('what is contained comes without labels and narrative', () => {
    const inside = {
      resourceType: 'Practitioner',
      id: 'a',
      meta: { security: [{ code: 'R' }] },
      text: { div: '<div/>' },
    }
    expect(cleaned({ contained: [inside] })).toEqual(
      condition({ contained: [{ resourceType: 'Practitioner', id: 'a' }] }),
    )
  })

  it('addresses of the EHR become ours, in references relative', () => {
    const members = {
      asserter: { reference: `${ehrBase}/Practitioner/a` },
      note: [{ text: `see ${ehrBase}/Patient/p1` }],
    }
    expect(cleaned(members)).toEqual(
      condition({
        asserter: { reference: 'Practitioner/a' },
        note: [{ text: `see ${gatewayBase}/Patient/p1` }],
      }),
    )
  })

  it('keeps the places of primitive extensions', () => {
    const members = {
      given: ['A', 'B'],
      _given: [{ extension: [{ url: 'u', valueReference: pointer(hiddenKey) }] }, null],
    }
    expect(cleaned(members)['_given']).toHaveLength(2)
  })
})

const leaf: fc.Arbitrary<JsonValue> = fc.oneof(
  fc.constantFrom('text', 'mg/dL', `${ehrBase}/Patient/p1`, 'http://loinc.org', 4.5, true, null),
)
const anyPointer = fc
  .constantFrom(
    hiddenKey,
    `${ehrBase}/${hiddenKey}`,
    'Observation/shown-1',
    'Practitioner/a1',
    '#inside',
    'urn:uuid:1',
  )
  .map(pointer)
const tree: fc.Arbitrary<JsonValue> = fc.letrec<{ node: JsonValue }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'tree' },
    leaf,
    anyPointer,
    fc.array(tie('node'), { maxLength: 3 }),
    fc.dictionary(
      fc.constantFrom('a', 'b', 'extension', 'result', 'detail', 'valueUri', 'text', 'note'),
      tie('node'),
      { maxKeys: 3 },
    ),
  ),
})).node

describe('whatever the resource looks like', () => {
  it('no address of something hidden is left in it, nor the EHR’s own', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('x', 'y', 'evidence', 'text', 'extension'), tree),
        (members) => {
          const text = JSON.stringify(scrub(condition(members), facts))
          expect(text).not.toContain('hidden-1')
          expect(text).not.toContain(ehrBase)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('nothing changes in one that refers to nothing hidden', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('Observation/shown-1', 'Practitioner/a1', '#inside'), { minLength: 1 }),
        (keys) => {
          const members = {
            items: keys.map((key) => ({ item: pointer(key), note: [{ text: 'as it came' }] })),
          }
          expect(cleaned(members)).toEqual(condition(members))
        },
      ),
    )
  })

  it('everything whose visibility matters is looked up', () => {
    const one = condition({
      encounter: { reference: 'Encounter/e1' },
      evidence: [{ detail: [pointer(`${ehrBase}/${hiddenKey}`)] }],
      text: { div: '<div><a href="DiagnosticReport/d123">x</a></div>' },
      asserter: { reference: 'Practitioner/a1' },
    })
    expect([...judgedMentions(one, [ehrBase])].sort()).toEqual([
      'DiagnosticReport/d123',
      'Encounter/e1',
      hiddenKey,
    ])
  })
})
