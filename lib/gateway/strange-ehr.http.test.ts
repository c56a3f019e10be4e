import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TestBroker } from '@/test/broker'
import { type SeededAccess, seedAccess } from '@/test/fixtures'
import { startStrangeClinic } from '@/test/strange-clinic'
import { released, type StrangeAnswer, type StrangeEhr, searchset } from '@/test/strange-ehr'

/** What an EHR may send, by mistake or on purpose, and what of it reaches an app. */
let ehr: StrangeEhr
let broker: TestBroker
let access: SeededAccess

let stop: () => Promise<void>
beforeAll(async () => {
  ;({ ehr, broker, access, stop } = await startStrangeClinic())
}, 60_000)
afterAll(() => stop())

const ask = (path: string): Promise<Response> =>
  fetch(path.startsWith('http') ? path : `${broker.url}/fhir/strange/${path}`, {
    headers: { authorization: `Bearer ${access.token}` },
  })
const rowsOf = async (response: Response): Promise<Row[]> =>
  ((await response.json()).entry ?? []).map((entry: { resource: Row }) => entry.resource)

type Row = Record<string, unknown> & { id: string }
const canary = 'CANARY-7731'
const subject = { reference: 'Patient/p1' }
const loinc = (code: string) => ({ coding: [{ system: 'http://loinc.org', code }], text: `test ${code}` })
const order = {
  resourceType: 'ServiceRequest',
  id: 's1',
  subject,
  requester: { reference: 'Practitioner/a' },
}
const result = (id: string, more: object = {}) => ({
  resourceType: 'Observation',
  id,
  status: 'final',
  code: loinc(`${id}-0`),
  subject,
  basedOn: [{ reference: 'ServiceRequest/s1' }],
  issued: '2026-06-01T10:00:00Z',
  valueString: `value of ${id}`,
  ...more,
})
const report = (id: string, results: readonly object[], more: object = {}) => ({
  ...result(id, more),
  resourceType: 'DiagnosticReport',
  valueString: undefined,
  result: results,
  conclusion: `${canary} all values together`,
  conclusionCode: [{ text: canary }],
  presentedForm: [{ contentType: 'text/plain', data: Buffer.from(canary).toString('base64') }],
  media: [{ link: { reference: 'Media/m1' } }],
  text: { status: 'generated', div: `<div>${canary}</div>` },
  ...more,
})

type Charted = {
  readonly resourceType: string
  readonly id: string
  readonly meta?: { readonly lastUpdated?: string }
}

/** Answers every search from one chart: by type, `_id` and its own `_lastUpdated`. */
function chart(resources: readonly Charted[], beside: readonly object[]): void {
  ehr.answerWith(({ type, parameters }) => {
    const wanted = parameters.get('_id')?.split(',')
    const after = parameters.get('_lastUpdated')?.replace('gt', '') ?? ''
    const matches = resources.filter(
      (one) =>
        one.resourceType === type &&
        (!wanted || wanted.includes(one.id)) &&
        (after === '' || (one.meta?.lastUpdated ?? '') > after),
    )
    return { body: searchset(matches, beside) }
  })
}

describe('an answer that cannot be judged is refused whole', () => {
  const condition = { resourceType: 'Condition', id: 'c1', subject, code: { text: canary } }
  const cases: readonly (readonly [string, StrangeAnswer, number])[] = [
    ['a page of HTML', { body: `<html>${canary}</html>`, contentType: 'text/html' }, 502],
    ['JSON that is cut off', { body: `{"resourceType":"Bundle","entry":[{"${canary}` }, 502],
    ['XML', { body: `<Bundle>${canary}</Bundle>`, contentType: 'application/fhir+xml' }, 502],
    ['a single resource', { body: condition }, 502],
    [
      'a Bundle of history',
      { body: { resourceType: 'Bundle', type: 'history', entry: [{ resource: condition }] } },
      502,
    ],
    ['an entry that is no resource', { body: searchset([condition, { id: 'x', name: canary }]) }, 502],
    ['an entry without an id', { body: searchset([{ ...condition, id: undefined }]) }, 502],
    [
      'a match of another type',
      { body: searchset([condition, { resourceType: 'Task', id: 't', description: canary }]) },
      502,
    ],
    ['a redirect', { status: 302, body: canary, headers: { location: 'http://127.0.0.1:1/' } }, 502],
    [
      'a refusal of our own token',
      { status: 401, body: { resourceType: 'OperationOutcome', text: canary } },
      502,
    ],
    [
      'a refusal of the person or our scopes',
      { status: 403, body: { resourceType: 'OperationOutcome', text: canary } },
      403,
    ],
    ['a fault with a stack', { status: 500, body: { stack: canary } }, 503],
    ['too many requests', { status: 429, body: { canary } }, 503],
    [
      'a next page on another server',
      {
        body: searchset(
          [{ ...condition, subject: { reference: 'Patient/p2' } }],
          [],
          'http://127.0.0.1:1/fhir?page=2',
        ),
      },
      500,
    ],
  ]
  it.each(cases)('%s', async (_name, answer, status) => {
    ehr.answerWith(() => answer)
    const response = await ask('Condition')
    expect(response.status).toBe(status)
    const text = await response.text()
    expect(text).toContain('OperationOutcome')
    expect(text).not.toContain(canary)
    expect([...response.headers].join()).not.toContain(canary)
  })
})

describe('rows that do not belong in the answer', () => {
  it('of another patient, or of nobody, are not shown, whatever was asked', async () => {
    const row = (id: string, more: object) => ({ resourceType: 'Condition', id, code: { text: id }, ...more })
    ehr.answerWith(() => ({
      body: searchset([
        row('mine', { subject }),
        row('theirs', { subject: { reference: 'Patient/p2' } }),
        row('elsewhere', { subject: { reference: 'https://other.example/fhir/Patient/p1' } }),
        row('nobodys', {}),
        row('by-name', { subject: { display: 'Patient/p1' } }),
        row('by-list', { subject: [{ reference: 'Patient/p1' }] }),
        row('absolute', { subject: { reference: `${ehr.fhirBase}/Patient/p1` } }),
      ]),
    }))
    expect((await rowsOf(await ask('Condition'))).map(({ id }) => id)).toEqual(['mine', 'absolute'])
  })

  it('[P4] outside a granular scope are not shown, though the EHR did not look at it', async () => {
    const { token } = await seedAccess({
      ehrId: 'strange',
      patientId: 'p1',
      scopes: ['patient/Condition.rs?category=mine'],
    })
    const row = (id: string, code: string) => ({
      resourceType: 'Condition',
      id,
      subject,
      category: [{ coding: [{ code }] }],
    })
    ehr.answerWith(() => ({ body: searchset([row('c1', 'mine'), row('c2', 'other')]) }))
    const response = await fetch(`${broker.url}/fhir/strange/Condition`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect((await rowsOf(response)).map(({ id }) => id)).toEqual(['c1'])
  })

  it('outcomes and what came to judge by are dropped, and so are totals and scores', async () => {
    ehr.answerWith(() => ({
      body: searchset(
        [result('o1')],
        [
          order,
          released('Observation/o1'),
          { resourceType: 'OperationOutcome', id: 'x', issue: [{ diagnostics: canary }] },
        ],
      ),
    }))
    const text = await (await ask('Observation')).text()
    expect(text).toContain('value of o1')
    for (const word of [
      canary,
      'Provenance/',
      '"total"',
      '"score"',
      'ServiceRequest","id',
      'urn:uuid:strange',
    ])
      expect(text).not.toContain(word)
  })

  it('labels on parts, a hold on any type, and a held thing inside withhold the whole', async () => {
    const system = 'http://terminology.hl7.org/CodeSystem/v3-ActCode'
    const row = (id: string, more: object) => ({ resourceType: 'Condition', id, subject, ...more })
    const inline = 'http://hl7.org/fhir/uv/security-label-ds4p/StructureDefinition/extension-inline-sec-label'
    ehr.answerWith(() => ({
      body: searchset([
        row('plain', {}),
        row('part', { note: [{ text: canary, extension: [{ url: inline }] }] }),
        row('parts', { meta: { security: [{ system, code: 'PROCESSINLINELABEL' }] } }),
        row('held', { meta: { security: [{ system, code: 'NOPAT' }] } }),
        row('taboo', { meta: { security: [{ system, code: 'TBOO' }] } }),
        row('around-result', { contained: [{ resourceType: 'Observation', id: 'in', status: 'final' }] }),
        row('around-unknown', { contained: [{ resourceType: 'Composition', id: 'in' }] }),
        row('around-doctor', { contained: [{ resourceType: 'Practitioner', id: 'in' }] }),
        row('sensitive', { meta: { security: [{ system, code: 'HIV' }] } }),
      ]),
    }))
    const rows = await rowsOf(await ask('Condition'))
    expect(rows.map(({ id }) => id)).toEqual(['plain', 'around-doctor', 'sensitive'])
    expect(JSON.stringify(rows)).not.toMatch(/HIV|security/)
  })
})

describe('[release-B5] reports and panels of which a part is hidden', () => {
  const all = ['DiagnosticReport/r1', 'Observation/o1', 'Observation/panel']
  const members = [
    { reference: 'Observation/o1', display: 'shown' },
    { reference: 'Observation/o2', display: canary },
  ]

  it('come without what was written about all of them, and hide no sibling', async () => {
    chart([report('r1', members), result('o1'), result('o2')], [order, released(...all)])
    const [shown] = await rowsOf(await ask('DiagnosticReport'))
    expect(shown).toMatchObject({ id: 'r1', result: [{ reference: 'Observation/o1' }] })
    expect(JSON.stringify(shown)).not.toContain(canary)
    expect(Object.keys(shown ?? {})).not.toEqual(
      expect.arrayContaining(['conclusion', 'presentedForm', 'text', 'media']),
    )
    expect((await rowsOf(await ask('Observation'))).map(({ id }) => id)).toEqual(['o1'])
  })

  it('come whole when everything in them is released', async () => {
    chart([report('r1', members), result('o1'), result('o2')], [order, released(...all, 'Observation/o2')])
    const [shown] = await rowsOf(await ask('DiagnosticReport'))
    expect(shown).toMatchObject({ result: members, conclusion: `${canary} all values together`, media: [{}] })
    expect(shown?.['presentedForm']).toHaveLength(1)
  })

  it('a member that the EHR does not give, or names without an address, counts as hidden', async () => {
    chart([report('r1', members), result('o1')], [order, released(...all, 'Observation/o2')])
    expect(JSON.stringify(await rowsOf(await ask('DiagnosticReport')))).not.toContain(canary)
    chart([report('r1', [members[0] ?? {}, { display: canary }]), result('o1')], [order, released(...all)])
    const [shown] = await rowsOf(await ask('DiagnosticReport'))
    expect(shown).toMatchObject({ result: [{ reference: 'Observation/o1' }] })
    expect(JSON.stringify(shown)).not.toContain(canary)
  })

  it('are hidden whole when nothing would be left, or their own code names the hidden test', async () => {
    chart([report('r1', [members[1] ?? {}]), result('o2')], [order, released(...all)])
    expect(await rowsOf(await ask('DiagnosticReport'))).toEqual([])
    expect((await ask('DiagnosticReport/r1')).status).toBe(404)
    chart(
      [report('r1', members, { code: loinc('o2-0') }), result('o1'), result('o2')],
      [order, released(...all)],
    )
    expect(await rowsOf(await ask('DiagnosticReport'))).toEqual([])
  })

  it('a panel inside a report passes it on: what is hidden two levels down redacts both', async () => {
    const panel = result('panel', {
      hasMember: members,
      valueString: undefined,
      note: [{ text: canary }],
      component: [{ code: loinc('1') }],
    })
    chart(
      [report('r1', [{ reference: 'Observation/panel' }]), panel, result('o1'), result('o2')],
      [order, released(...all)],
    )
    for (const type of ['DiagnosticReport', 'Observation']) {
      const text = JSON.stringify(await rowsOf(await ask(type)))
      expect(text).toContain('Observation/')
      expect(text).not.toContain(canary)
    }
  })

  it('a panel written again, and labelled, for the sake of a hidden member answers in the same bytes as before', async () => {
    const panel = (meta: object, hasMember: object[]) =>
      result('panel', { meta, hasMember, valueString: undefined, component: [{ code: loinc('1') }] })
    const beside = [order, released(...all)]
    const bytes = async (): Promise<string[]> => {
      const answers = [
        await ask('Observation/panel'),
        await ask('Observation'),
        await ask('Observation?_lastUpdated=gt2026-06-05'),
      ]
      return Promise.all(answers.map(async (one) => `${one.headers.get('etag')} ${await one.text()}`))
    }
    chart(
      [panel({ versionId: '1', lastUpdated: '2026-06-02T00:00:00Z' }, members.slice(0, 1)), result('o1')],
      beside,
    )
    const before = await bytes()
    const security = [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActCode', code: 'HIV' }]
    const meta = { versionId: '2', lastUpdated: '2026-06-09T00:00:00Z', security }
    chart([panel(meta, members), result('o1'), result('o2')], beside)
    expect(await bytes()).toEqual(before)
  })

  it('a panel that contains itself is judged once', async () => {
    chart([result('panel', { hasMember: [{ reference: 'Observation/panel' }] })], [order, released(...all)])
    expect((await rowsOf(await ask('Observation'))).map(({ id }) => id)).toEqual(['panel'])
  })

  it('a result found wrong after its release is a stub that says so; before, it never was', async () => {
    const wrong = result('o1', { status: 'entered-in-error' })
    chart([wrong], [order, released('Observation/o1')])
    const [stub] = await rowsOf(await ask('Observation'))
    expect(stub).toMatchObject({
      status: 'entered-in-error',
      note: [{ text: 'Withdrawn by the laboratory.' }],
    })
    expect(JSON.stringify(stub)).not.toContain('value of o1')
    chart([wrong], [order])
    expect(await rowsOf(await ask('Observation'))).toEqual([])
  })

  it('other resources lose what points to a hidden result, and nothing else', async () => {
    const condition = {
      resourceType: 'Condition',
      id: 'c1',
      subject,
      code: { text: 'Cough' },
      evidence: [
        { code: [{ text: canary }], detail: [{ reference: 'Observation/o2' }] },
        { detail: [{ reference: 'Observation/o1' }] },
      ],
    }
    chart([condition, result('o1'), result('o2')], [order, released('Observation/o1')])
    expect(await rowsOf(await ask('Condition'))).toEqual([
      { ...condition, evidence: [condition.evidence[1]] },
    ])
  })
})

describe('[B7] pages', () => {
  const condition = (id: string, patient = 'p1') => ({
    resourceType: 'Condition',
    id,
    subject: { reference: `Patient/${patient}` },
  })

  it('are filled past hidden rows, and a next link stands only where there is something behind it', async () => {
    const pages = [
      [condition('a'), condition('x1', 'p2')],
      [condition('x2', 'p2'), condition('x3', 'p2')],
      [condition('x4', 'p2'), condition('b'), condition('c')],
      [condition('x5', 'p2')],
    ]
    ehr.answerWith(({ parameters }) => {
      const page = Number(parameters.get('page') ?? 0)
      const next = page < 3 ? `${ehr.fhirBase}?page=${page + 1}` : undefined
      return { body: searchset(pages[page] ?? [], [], next) }
    })
    const first = await (await ask('Condition?_count=2')).json()
    expect(first.entry.map((one: { resource: Row }) => one.resource.id)).toEqual(['a', 'b'])
    const second = await (await ask(first.link[1].url)).json()
    expect(second.entry.map((one: { resource: Row }) => one.resource.id)).toEqual(['c'])
    expect(second.link).toHaveLength(1)
    const full = await (await ask('Condition?_count=3')).json()
    expect([full.entry.length, full.link.length]).toEqual([3, 1])
  })

  it('give up after twenty pages of the EHR, with a link to go on', async () => {
    ehr.answerWith(({ parameters }) => {
      const page = Number(parameters.get('page') ?? 0)
      return { body: searchset([condition(`x${page}`, 'p2')], [], `${ehr.fhirBase}?page=${page + 1}`) }
    })
    const body = await (await ask('Condition?_count=2')).json()
    expect(ehr.asked).toHaveLength(20)
    expect([body.entry, body.link.length]).toEqual([undefined, 2])
  })

  it('a small page does not tell of many hidden rows before it', async () => {
    const rows = [...Array.from({ length: 150 }, (_, at) => condition(`x${at}`, 'p2')), condition('a')]
    ehr.answerWith(({ parameters }) => {
      const size = Number(parameters.get('_count') ?? parameters.get('size'))
      const from = Number(parameters.get('from') ?? 0)
      const next = `${ehr.fhirBase}?size=${size}&from=${from + size}`
      const page = rows.slice(from, from + size)
      return { body: searchset(page, [], from + size < rows.length ? next : undefined) }
    })
    const body = await (await ask('Condition?_count=1')).json()
    expect([body.entry?.map((one: { resource: Row }) => one.resource.id), body.link.length]).toEqual([
      ['a'],
      1,
    ])
  })

  it('a page link that the EHR has forgotten is gone', async () => {
    ehr.answerWith(({ parameters }) =>
      parameters.has('page')
        ? { status: 410, body: { canary } }
        : { body: searchset([condition('a'), condition('b')], [], `${ehr.fhirBase}?page=1`) },
    )
    const first = await (await ask('Condition?_count=1')).json()
    const second = await (await ask(first.link[1].url)).json()
    expect(second.resourceType).toBe('OperationOutcome')
  })
})

describe('an EHR that is not there', () => {
  it('is told from a refusal, and nothing of how it failed', async () => {
    await ehr.close()
    const response = await ask('Condition')
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10'])
    expect(await response.text()).not.toMatch(/ECONN|127\.0\.0\.1|undici/)
  })
})
