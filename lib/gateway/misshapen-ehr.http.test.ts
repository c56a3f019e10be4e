import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import type { TestBroker } from '@/test/broker'
import { type SeededAccess, seedAccess } from '@/test/fixtures'
import { startStrangeClinic } from '@/test/strange-clinic'
import { released, type StrangeEhr, searchset } from '@/test/strange-ehr'

/** Resources that are written in ways no EHR should write them: what cannot be judged must not be shown for it. */
let ehr: StrangeEhr
let broker: TestBroker
let access: SeededAccess

let stop: () => Promise<void>
beforeAll(async () => {
  ;({ ehr, broker, access, stop } = await startStrangeClinic())
}, 60_000)
afterAll(() => stop())

type Row = Record<string, unknown> & { readonly resourceType: string; readonly id: string }

const canary = 'CANARY-7731'
const subject = { reference: 'Patient/p1' }
const actCode = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
const observationCategory = 'http://terminology.hl7.org/CodeSystem/observation-category'
const order: Row = {
  resourceType: 'ServiceRequest',
  id: 's1',
  subject,
  requester: { reference: 'Practitioner/a' },
}
const result = (id: string, more: object = {}): Row => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: { coding: [{ system: 'http://loinc.org', code: `${id}-0` }] },
  subject,
  basedOn: [{ reference: 'ServiceRequest/s1' }],
  issued: '2026-06-01T10:00:00Z',
  ...more,
})
const condition = (more: object = {}): Row => ({ resourceType: 'Condition', id: 'c1', subject, ...more })
const hidden = { reference: 'Observation/held1', display: canary }
const releases = released('Observation/o1', 'Observation/o2', 'DiagnosticReport/r1')

/** Answers every search from one chart, by type and `_id`. */
function chart(resources: readonly Row[], beside: readonly Row[] = [order, releases]): void {
  ehr.answerWith(({ type, parameters }) => {
    const wanted = parameters.get('_id')?.split(',')
    return {
      body: searchset(
        resources.filter((one) => one.resourceType === type && (!wanted || wanted.includes(one.id))),
        beside,
      ),
    }
  })
}
const ask = (path: string): Promise<Response> =>
  fetch(`${broker.url}/fhir/strange/${path}`, { headers: { authorization: `Bearer ${access.token}` } })
async function told(type: string): Promise<string> {
  const response = await ask(type)
  return `${response.status} ${await response.text()}`
}

describe('lists that are none', () => {
  const cases: Record<string, Row> = {
    'a label that is no list': result('o1', {
      meta: { security: { system: actCode, code: 'NOPAT' } },
      valueString: canary,
    }),
    'labels in a list of lists': result('o1', {
      meta: { security: [[{ system: actCode, code: 'NOPAT' }]] },
      valueString: canary,
    }),
    'contained that is no list': condition({
      contained: { resourceType: 'Observation', id: 'in', valueString: canary },
    }),
    'contained in a list of lists': condition({
      contained: [[{ resourceType: 'Observation', id: 'in', valueString: canary }]],
    }),
    'a member that is no list': {
      ...result('r1'),
      resourceType: 'DiagnosticReport',
      result: hidden,
      conclusion: canary,
    },
    'a reference that is a list': condition({
      extension: [
        { url: 'https://x.example', valueReference: { reference: ['Observation/held1'], display: canary } },
      ],
    }),
    'a resource that stands where none may': condition({
      note: [{ text: 'x', inside: { resourceType: 'Observation', id: 'in', valueString: canary } }],
    }),
    'a resource in an extension': condition({
      extension: [
        {
          url: 'https://x.example',
          valueResource: { resourceType: 'Observation', id: 'i', valueString: canary },
        },
      ],
    }),
  }
  it.each(Object.entries(cases))('show nothing: %s', async (_name, row) => {
    chart([row, result('held1', { valueString: canary })])
    const text = await told(row.resourceType)
    expect(text).not.toContain(canary)
    expect(text).not.toContain('held1')
  })
})

describe('what stands inside a result', () => {
  it.each([
    [
      'another patient’s result',
      {
        resourceType: 'Observation',
        id: 'in',
        status: 'final',
        subject: { reference: 'Patient/p2' },
        valueString: canary,
      },
    ],
    [
      'another patient’s specimen',
      { resourceType: 'Specimen', id: 'in', subject: { reference: 'Patient/p2' }, note: [{ text: canary }] },
    ],
    [
      'another patient’s order',
      {
        resourceType: 'ServiceRequest',
        id: 'in',
        subject: { reference: 'Patient/p2' },
        note: [{ text: canary }],
      },
    ],
  ])('is not shown: %s', async (_name, inside) => {
    chart([result('o1', { contained: [inside] })])
    expect(await told('Observation')).not.toContain(canary)
  })
})

describe('two versions of one resource on one page', () => {
  const held = { meta: { security: [{ system: actCode, code: 'NOPAT' }] }, valueString: canary }
  it.each([
    ['held first', [result('o1', held), result('o1')]],
    ['held last', [result('o1'), result('o1', held)]],
    [
      'another patient’s first',
      [result('o1', { subject: { reference: 'Patient/p2' }, valueString: canary }), result('o1')],
    ],
  ])('show nothing of the one that is hidden: %s', async (_name, rows) => {
    chart(rows)
    expect(await told('Observation')).not.toContain(canary)
    expect(await told('Observation/o1')).not.toContain(canary)
  })
})

describe('references that name a hidden result in another way', () => {
  const url = 'https://x.example/why'
  const ways: Record<string, object> = {
    'by another address of the EHR': {
      reference: 'https://ehr.internal.example/r4/Observation/held1',
      display: canary,
    },
    'by a search': { reference: 'Observation?identifier=held1', display: canary },
    'with a fragment': { reference: 'Observation/held1#x', display: canary },
    'with a stroke at the end': { reference: 'Observation/held1/', display: canary },
    'with a stroke before': { reference: '/Observation/held1', display: canary },
    'as a canonical': { reference: 'Observation/held1|1', display: canary },
    'by a urn and a type': { reference: 'urn:uuid:held1', type: 'Observation', display: canary },
    'by identifier and type': { type: 'Observation', identifier: { value: 'held1' }, display: canary },
    'by display in a reference of unknown kind': { display: canary },
  }
  it.each(Object.entries(ways))('%s', async (_name, valueReference) => {
    chart([condition({ extension: [{ url, valueReference }] }), result('held1')])
    const text = await told('Condition')
    expect(text).toMatch(/^200/)
    expect(text).toContain('"c1"')
    expect(text).not.toContain(canary)
    expect(text).not.toContain('held1')
  })
  it.each([
    ['in capitals', (base: string) => base.replace('http', 'HTTP')],
    ['after dots', (base: string) => base.replace('/fhir', '/x/../fhir')],
  ])('by an address spelled otherwise: %s', async (_name, spell) => {
    const address = `${spell(ehr.fhirBase)}/Observation/held1`
    chart([
      condition({
        extension: [
          { url, valueUri: address },
          { url, valueString: address },
        ],
      }),
      result('held1'),
    ])
    expect(await told('Condition')).not.toContain('held1')
  })
  it('a canonical, and an id without digits in a sentence', async () => {
    chart([
      condition({
        extension: [{ url, valueCanonical: `${ehr.fhirBase}/Observation/heldone|1` }],
        note: [{ text: `see ${ehr.fhirBase}/Observation/heldone for it` }],
      }),
      result('heldone'),
    ])
    expect(await told('Condition')).not.toContain('heldone')
  })
  it.each([
    ['with an address that is withheld', { _reference: { extension: [{ url }] }, display: canary }],
    ['with a note on its display', { display: canary, _display: { extension: [{ url }] } }],
    ['to something inside that is not there', { reference: '#gone', display: canary }],
  ])('in an element of results: %s', async (_name, detail) => {
    chart([condition({ evidence: [{ detail: [detail] }] })])
    const text = await told('Condition')
    expect(text).toContain('"c1"')
    expect(text).not.toContain(canary)
  })
  it('a narrative that repeats what was taken out goes too', async () => {
    chart([
      condition({
        evidence: [{ detail: [hidden] }],
        text: { status: 'generated', div: `<div>Evidence: ${canary}</div>` },
      }),
      result('held1'),
    ])
    expect(await told('Condition')).not.toContain(canary)
  })
})

describe('[release-B5] what is written about all parts', () => {
  const members = [{ reference: 'Observation/o1' }, hidden]
  const report = (more: object): Row => ({
    ...result('r1', more),
    resourceType: 'DiagnosticReport',
    result: members,
  })
  it.each([
    [
      'a note of a later FHIR',
      {
        extension: [
          {
            url: 'http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.note',
            valueAnnotation: { text: canary },
          },
        ],
      },
    ],
    [
      'an extension on the conclusion',
      { _conclusion: { extension: [{ url: 'https://x.example', valueString: canary }] } },
    ],
    [
      'an extension on the document',
      { _presentedForm: { extension: [{ url: 'https://x.example', valueString: canary }] } },
    ],
  ])('goes from a report: %s', async (_name, more) => {
    chart([report(more), result('o1'), result('held1')])
    const text = await told('DiagnosticReport')
    expect(text).toContain('"r1"')
    expect(text).not.toContain(canary)
  })
  it('a panel that says something only about hidden parts is not there', async () => {
    chart([result('o1', { hasMember: [hidden], valueString: canary }), result('held1')])
    const text = await told('Observation')
    expect(text).not.toContain('"o1"')
    expect((await ask('Observation/o1')).status).toBe(404)
  })
  it('goes from a panel of another kind than results', async () => {
    const category = [{ coding: [{ system: observationCategory, code: 'vital-signs' }] }]
    chart([
      result('o1', { category, hasMember: members, note: [{ text: canary }], component: [{}] }),
      result('held1'),
    ])
    expect(await told('Observation')).not.toContain(canary)
  })
  it('goes from panels that contain one another', async () => {
    chart([
      result('o1', { hasMember: [{ reference: 'Observation/o2' }, hidden], component: [{}] }),
      result('o2', {
        hasMember: [{ reference: 'Observation/o1' }],
        note: [{ text: canary }],
        component: [{}],
      }),
      result('held1'),
    ])
    expect(await told('Observation')).not.toContain(canary)
  })
})

describe('labels and categories', () => {
  it.each([
    ['of FHIR STU3', { system: 'http://hl7.org/fhir/v3/ActCode', code: 'NOPAT' }],
    ['by OID', { system: 'urn:oid:2.16.840.1.113883.5.4', code: 'NOPAT' }],
    ['without a system', { code: 'NOPAT' }],
    ['in small letters', { system: actCode, code: 'nopat' }],
  ])('a hold is a hold: %s', async (_name, label) => {
    chart([result('o1', { meta: { security: [label] }, valueString: canary })])
    expect(await told('Observation')).not.toContain(canary)
  })
  it.each([
    ['analysed from a specimen', { specimen: { reference: 'Specimen/s' } }],
    [
      'sensitive in a component',
      {
        component: [
          {
            code: {
              coding: [
                { system: 'http://loinc.org', code: '25835-0' },
                { system: 'http://loinc.org', code: '75622-1' },
              ],
            },
          },
        ],
      },
    ],
    [
      'sensitive, with LOINC by its OID',
      { code: { coding: [{ system: 'urn:oid:2.16.840.1.113883.6.1', code: '75622-1' }] } },
    ],
  ])('a result that is filed as a vital sign is a result: %s', async (_name, more) => {
    const category = [{ coding: [{ system: observationCategory, code: 'vital-signs' }] }]
    chart([result('held1', { category, valueString: canary, ...more })])
    expect(await told('Observation')).not.toContain(canary)
  })
})

describe('orders and releases that do not count', () => {
  const by = (more: object): Row => ({ ...releases, ...more })
  it.each([
    ['an order for another patient', [{ ...order, subject: { reference: 'Patient/p2' } }, releases]],
    ['an order entered in error', [{ ...order, status: 'entered-in-error' }, releases]],
    ['a release of tomorrow', [order, by({ recorded: new Date(Date.now() + 86_400_000).toISOString() })]],
    ['a release without a zone', [order, by({ recorded: '2026-06-02T10:00:00' })]],
    ['a release by somebody else', [{ ...order, requester: { reference: 'Practitioner/b' } }, releases]],
    [
      'a release of another server’s result',
      [order, by({ target: [{ reference: 'https://other.example/fhir/Observation/o1' }] })],
    ],
    ['a signature that is none', [order, by({ activity: { text: 'LA' } })]],
  ])('%s', async (_name, beside) => {
    chart([result('o1', { valueString: canary })], beside)
    expect(await told('Observation')).not.toContain(canary)
  })
})

describe('more than can be judged', () => {
  it('nested deeper than can be walked, nothing of it is sent, and the next request is served', async () => {
    const deep = `${'['.repeat(50_000)}"${canary}"${']'.repeat(50_000)}`
    for (const digits of ['7', '7.0']) {
      const row = JSON.stringify(condition({ note: 'DEEP', value: 'DIGITS' }))
      const body = JSON.stringify(searchset([{ placeholder: 1 }]))
      ehr.answerWith(() => ({
        body: body.replace(
          '{"placeholder":1}',
          row.replace('"DEEP"', () => deep).replace('"DIGITS"', digits),
        ),
      }))
      const text = await told('Condition')
      expect(text).toMatch(/^50[02] \{"resourceType":"OperationOutcome"/)
      expect(text).not.toContain(canary)
    }
    chart([condition()])
    expect(await told('Condition')).toMatch(/^200/)
  })
  it('many references are looked up in as many requests as needed, and what is hidden among them goes', async () => {
    const shown = Array.from({ length: 400 }, (_, index) => result(`m${index}`))
    const keys = shown.map(({ id }) => `Observation/${id}`)
    const evidence = [...keys, 'Observation/held1'].map((reference) => ({ detail: [{ reference }] }))
    chart([condition({ evidence }), ...shown, result('held1')], [order, released(...keys)])
    const text = await told('Condition')
    expect(text).not.toContain('held1')
    expect(text.split('"detail"').length - 1).toBe(400)
    expect(ehr.asked.length).toBeLessThan(12)
  })
})

describe('an EHR that is slow', () => {
  it('[W3] brings nothing to an app whose access ended meanwhile', async () => {
    const other = await seedAccess({ ehrId: 'strange', patientId: 'p1' })
    let ended: Promise<unknown> = Promise.resolve()
    ehr.answerWith(({ parameters }) => {
      if (parameters.has('page')) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_100)
        return { body: searchset([condition({ code: { text: canary } })]) }
      }
      ended = db()
        .grant.update({ where: { id: other.grantId }, data: { endedAt: new Date() } })
        .then(() => undefined) // it is sent only when somebody waits for it
      return { body: searchset([], [], `${ehr.fhirBase}?page=1`) }
    })
    const response = await fetch(`${broker.url}/fhir/strange/Condition`, {
      headers: { authorization: `Bearer ${other.token}` },
    })
    await ended
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect(await response.text()).not.toContain(canary)
  })
})

describe('what nobody hides comes as it is', () => {
  it('numbers keep their digits: 7.0 is not 7', async () => {
    const row = JSON.stringify(result('o1', { valueQuantity: { value: 'VALUE', unit: 'mmol/L' } }))
    const body = JSON.stringify(searchset([{ placeholder: 1 }], [order, releases]))
    ehr.answerWith(() => ({ body: body.replace('{"placeholder":1}', row.replace('"VALUE"', '7.0')) }))
    expect(await told('Observation')).toContain('"value":7.0,')
    expect(await told('Observation/o1')).toContain('"value":7.0,')
  })
  it('parts of a report are found though the EHR gives few at a time', async () => {
    const parts = Array.from({ length: 12 }, (_, index) => result(`m${index}`))
    const report: Row = {
      ...result('r1'),
      resourceType: 'DiagnosticReport',
      result: parts.map(({ id }) => ({ reference: `Observation/${id}` })),
      conclusion: 'all well',
    }
    const beside = [order, released('DiagnosticReport/r1', ...parts.map(({ id }) => `Observation/${id}`))]
    ehr.answerWith(({ type, parameters }) => {
      if (type === 'DiagnosticReport') return { body: searchset([report], beside) }
      const from = Number(parameters.get('page') ?? 0)
      const next = from + 5 < parts.length ? `${ehr.fhirBase}?page=${from + 5}` : undefined
      return { body: searchset(parts.slice(from, from + 5), beside, next) }
    })
    expect(await told('DiagnosticReport')).toContain('all well')
  })
})
