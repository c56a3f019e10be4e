import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { people } from '../people'
import { listUnreleased } from './landmarks'
import { startEhr } from './server'
import { parseEnvironment } from './settings'
import { type EhrUnderTest, patientIdOf, startEhrUnderTest, testToday } from './testing/ehr-under-test'

const maya = patientIdOf('maya')
let ehr: EhrUnderTest

beforeAll(async () => {
  ehr = await startEhrUnderTest()
})
afterAll(() => ehr.close())

describe('the access log', () => {
  it('names person, app, purpose, interaction and outcome, under the caller’s request id', async () => {
    await ehr.get('Observation?code=4548-4', await ehr.token(maya), { 'x-request-id': 'req-abc-123' })
    const entry = ehr.logLines.map((line) => JSON.parse(line)).find((one) => one.requestId === 'req-abc-123')
    expect(entry).toMatchObject({
      log: 'ehr-access',
      door: 'gateway-token',
      sub: 'account-1',
      fhirUser: `Patient/${maya}`,
      patient: maya,
      app: 'lab-window',
      purpose: 'PATRQT',
      linkLevel: 'L-code',
      interaction: 'search',
      type: 'Observation',
      status: 200,
      outcome: 'ok',
      rows: 2,
      withheld: 0,
    })
  })

  it('records refusals too, and what the rules about persons kept back', async () => {
    const theo = patientIdOf('theo')
    await ehr.get(`Patient/${maya}`, 'nonsense', { 'x-request-id': 'req-refused-1' })
    const asMother = { fhirUser: `${ehr.fhir}/RelatedPerson/rKvabNq8ZsN6NcTxLc` }
    await ehr.get('Condition', await ehr.token(theo, asMother), { 'x-request-id': 'req-withheld-1' })
    const entries = ehr.logLines.map((line) => JSON.parse(line))
    expect(entries.find((one) => one.requestId === 'req-refused-1')).toMatchObject({ status: 401 })
    expect(entries.find((one) => one.requestId === 'req-withheld-1')).toMatchObject({ rows: 1, withheld: 1 })
  })

  it('holds no name, birth date, record number, query, value or token', async () => {
    const token = await ehr.token(maya)
    await ehr.get('Patient?name=Rivera&birthdate=1988-03-14&identifier=HC-204817', token)
    await ehr.get(`Observation?code=4548-4&secret=swordfish`, token)
    await ehr.get(`Nonsense-${token}`, token)
    // a moment or a made-up request id may happen to hold the digits of a value
    const text = ehr.logLines
      .join('\n')
      .replace(/"time":"[^"]*"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '')
    const canaries = people.flatMap(({ name, birthDate, mrn }) => [name, birthDate, mrn])
    for (const canary of [...canaries, 'Rivera', '4548-4', 'swordfish', '6.8', token])
      expect(text).not.toContain(canary)
  })

  it('makes its own request id where the caller’s could break a line', async () => {
    const response = await ehr.get(`Patient/${maya}`, await ehr.token(maya), {
      'x-request-id': 'a b "c" {d}',
    })
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is shown on a page, newest first, 200 at most', async () => {
    const token = await ehr.token(maya)
    for (let number = 0; number < 205; number += 1) await ehr.get('metadata-not', token)
    await ehr.get(`Patient/${maya}`, token, { 'x-request-id': 'the-newest-one' })
    const page = await (await fetch(`${ehr.url}/log`)).text()
    expect(page.match(/<tr>/g)?.length).toBe(201)
    expect(page.indexOf('the-newest-one')).toBeGreaterThan(0)
    expect(page.indexOf('the-newest-one')).toBeLessThan(page.indexOf('unknown'))
    expect(await (await ehr.control('access-log')).json()).toHaveLength(200)
  })
})

describe('the test controls', () => {
  it('are not there without a configured token, and not for who does not know it', async () => {
    const plain = await startEhr({ port: 0, today: testToday, writeLog: () => {} })
    expect((await fetch(`${plain.url}/control/reset`, { method: 'POST' })).status).toBe(404)
    await plain.close()
    const wrong = await fetch(`${ehr.url}/control/reset`, {
      method: 'POST',
      headers: { authorization: 'Bearer guess' },
    })
    expect(wrong.status).toBe(401)
  })

  it('say a person has died, left, or was born on another day, as a new version of the chart', async () => {
    const read = async () => (await ehr.get(`Patient/${maya}`, await ehr.token(maya))).json()
    await ehr.control('patient', { id: maya, deceased: '2026-11-19', active: false, birthDate: '2000-01-01' })
    expect(await read()).toMatchObject({
      deceasedDateTime: '2026-11-19',
      active: false,
      birthDate: '2000-01-01',
      meta: { versionId: '2' },
    })
    await ehr.control('patient', { id: maya, deceased: false, active: true })
    expect(await read()).not.toHaveProperty('deceasedDateTime')
    await ehr.control('reset', {})
    expect((await read()).meta.versionId).toBe('1')
  })

  it('release and hold like the page, and refuse what makes no sense', async () => {
    const results = listUnreleased(maya, testToday)
    expect((await ehr.control('release', { results, practitionerId: 'pAdy7XkQ2mR' })).status).toBe(200)
    expect(await (await ehr.control(`unreleased?patient=${maya}`)).json()).toEqual([])
    expect((await ehr.control('hold', { results, practitionerId: 'pAdy7XkQ2mR' })).status).toBe(200)
    expect(await (await ehr.control(`unreleased?patient=${maya}`)).json()).toEqual(results)
    expect((await ehr.control('release', { results, practitionerId: 'nobody' })).status).toBe(409)
    expect(
      (await ehr.control('release', { results: [`Patient/${maya}`], practitionerId: 'pAdy7XkQ2mR' })).status,
    ).toBe(409)
    expect((await ehr.control('release', { results: [] })).status).toBe(400)
    await ehr.control('reset', {})
  })

  it('make the FHIR interface fail with 503 or keep silent for a while, and the rest goes on', async () => {
    const token = await ehr.token(maya)
    await ehr.control('unavailable', { mode: '503', seconds: 60 })
    const refused = await ehr.get(`Patient/${maya}`, token)
    expect([refused.status, (await refused.json()).resourceType]).toEqual([503, 'OperationOutcome'])
    expect((await fetch(`${ehr.url}/clinic`)).status).toBe(200)
    await ehr.control('unavailable', { mode: 'timeout', seconds: 0.3 })
    const begin = Date.now()
    expect((await ehr.get(`Patient/${maya}`, token)).status).toBe(503)
    expect(Date.now() - begin).toBeGreaterThanOrEqual(250)
    expect((await ehr.get(`Patient/${maya}`, token)).status).toBe(200)
  })

  it('do not keep a server from stopping while it keeps silent', async () => {
    const other = await startEhrUnderTest()
    await other.control('unavailable', { mode: 'timeout', seconds: 600 })
    const waiting = other.get(`Patient/${maya}`, await other.token(maya)).catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const begin = Date.now()
    await other.close()
    expect(Date.now() - begin).toBeLessThan(1_500)
    await waiting
  })
})

describe('the environment', () => {
  it('of nothing is the demo on its own port; nonsense is refused by name', () => {
    expect(parseEnvironment({})).toMatchObject({ port: 3002, without: [] })
    expect(parseEnvironment({ EHR_WITHOUT: 'Observation/a, DiagnosticReport/b' }).without).toEqual([
      'Observation/a',
      'DiagnosticReport/b',
    ])
    expect(() => parseEnvironment({ EHR_TODAY: 'soon' })).toThrow('EHR_TODAY')
    expect(() => parseEnvironment({ EHR_CONTROL_TOKEN: 'short' })).toThrow('EHR_CONTROL_TOKEN')
  })
})
