import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listUnreleased } from './landmarks'
import {
  type EhrUnderTest,
  patientIdOf,
  readBundle,
  resourcesOf,
  startEhrUnderTest,
  testToday,
} from './testing/ehr-under-test'

const maya = patientIdOf('maya')
const george = patientIdOf('george')
let ehr: EhrUnderTest
let token: string

beforeAll(async () => {
  ehr = await startEhrUnderTest()
})
afterAll(() => ehr.close())

const staff = { patient: undefined, fhirUser: undefined, scope: 'system/*.rs', purpose_of_use: 'HOPERAT' }

async function ids(path: string): Promise<string[]> {
  token = await ehr.token(maya, staff)
  return resourcesOf(await ehr.searchAll(path, token)).map((one) => one.id ?? '')
}

describe('searching people, as staff do', () => {
  it('finds by record number with and without its system', async () => {
    expect(await ids('Patient?identifier=HC-204817')).toEqual([maya])
    expect(await ids('Patient?identifier=https://harbor.example.org/mrn|HC-204817')).toEqual([maya])
    expect(await ids('Patient?identifier=https://elsewhere.example.org|HC-204817')).toEqual([])
  })

  it('finds by the beginning of a name, whatever its case, accents or script', async () => {
    expect(await ids('Patient?family=RIV&given=maya')).toContain(maya)
    expect(await ids('Patient?name=lindqvist')).toHaveLength(2)
    expect(await ids(`Patient?name=${encodeURIComponent('حداد')}`)).toEqual([patientIdOf('layla')])
    expect(await ids('Patient?name=ivera')).toEqual([])
  })

  it('tells two people of one name apart by their birth dates', async () => {
    expect(await ids('Patient?name=maya&birthdate=1988-03-14')).toEqual([maya])
    expect(await ids('Patient?birthdate=ge1988&birthdate=lt1989')).toEqual([maya])
  })
})

describe('searching results', () => {
  it('reads comma as or, and repeated parameters as and', async () => {
    const either = await ids(`Observation?patient=${maya}&code=4548-4,http://loinc.org|3016-3`)
    expect(either).toHaveLength(3)
    expect(await ids(`Observation?patient=${maya}&code=4548-4&code=3016-3`)).toEqual([])
    expect(await ids(`Observation?_id=${either.join(',')}`)).toHaveLength(3)
    expect(await ids(`Observation?patient=Patient/${maya}&category=vital-signs`)).toHaveLength(2)
    expect(
      await ids(
        `Observation?subject=Patient/${maya}&status=final,amended&category=vital-signs,laboratory,social-history,survey`,
      ),
    ).toEqual(await ids(`Observation?patient=${maya}`))
  })

  it('compares dates as intervals', async () => {
    const all = await ids(`Observation?patient=${maya}&code=4548-4`)
    expect(await ids(`Observation?patient=${maya}&code=4548-4&date=2026-11-17`)).toHaveLength(1)
    expect(await ids(`Observation?patient=${maya}&code=4548-4&date=gt2026-11-17`)).toHaveLength(0)
    expect(await ids(`Observation?patient=${maya}&code=4548-4&date=le2026-11-17`)).toEqual(all)
    expect(await ids(`Observation?patient=${maya}&code=4548-4&date=lt2026-11-17T08:10:00Z`)).toHaveLength(1)
    expect(await ids(`Observation?patient=${maya}&code=4548-4&date=ge2026-11-17T08:10:00Z`)).toHaveLength(1)
    expect(await ids(`Observation?patient=${maya}&code=4548-4&date=2026`)).toEqual(all)
    expect(
      await ids(`Observation?patient=${maya}&code=4548-4&_lastUpdated=gt2026-11-17T00:00:00Z`),
    ).toHaveLength(1)
  })

  it('sorts by date, by change and by code, both ways, with ties in a fixed order', async () => {
    const up = await ids(`Observation?patient=${george}&category=laboratory&_sort=date`)
    const down = await ids(`Observation?patient=${george}&category=laboratory&_sort=-date`)
    expect(up.length).toBeGreaterThanOrEqual(120)
    expect(new Set(up)).toEqual(new Set(down))
    const bundle = await ehr.searchAll(`Observation?patient=${george}&category=laboratory&_sort=-date`, token)
    const dates = resourcesOf(bundle).map((one) =>
      one.resourceType === 'Observation' ? (one.effectiveDateTime ?? '') : '',
    )
    expect(dates).toEqual([...dates].sort().reverse())
    expect(await ids(`Observation?patient=${george}&_sort=code,-date`)).toHaveLength(up.length + 5)
  })

  it('sends orders and releases along when asked, once each, told apart from the matches', async () => {
    token = await ehr.token(maya)
    const [bundle] = await ehr.searchAll(
      'Observation?code=4548-4&_include=Observation:based-on&_revinclude=Provenance:target',
      token,
    )
    const included = resourcesOf(bundle ? [bundle] : [], 'include').map((one) => one.resourceType)
    expect(bundle?.total).toBe(2)
    expect(included.sort()).toEqual(['Provenance', 'ServiceRequest', 'ServiceRequest'])
  })

  it('finds the releases of a result, and the results of an order', async () => {
    const [held] = listUnreleased(maya, testToday)
    const report = (await ids(`DiagnosticReport?patient=${maya}&code=58410-2`))[0]
    expect(await ids(`Provenance?target=${held}`)).toEqual([])
    expect(await ids(`Provenance?target=DiagnosticReport/${report},${held}`)).toHaveLength(1)
    const order = (await ids(`ServiceRequest?patient=${maya}`))[0]
    expect(await ids(`Observation?based-on=ServiceRequest/${order}`)).toHaveLength(7)
  })

  it('takes a search by POST as the same search, and a body that is no form as an error', async () => {
    token = await ehr.token(maya)
    const post = (contentType: string, body: string): Promise<Response> =>
      fetch(`${ehr.fhir}/Observation/_search?category=laboratory`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': contentType },
        body,
      })
    const bundle = await readBundle(await post('application/x-www-form-urlencoded', 'code=4548-4&_count=1'))
    expect(bundle.total).toBe(2)
    expect((await post('application/json', '{"code":"4548-4"}')).status).toBe(400)
  })
})

describe('paging', () => {
  it('walks over every result once, in order, with a stable total', async () => {
    token = await ehr.token(george)
    const bundles = await ehr.searchAll('Observation?category=laboratory&_sort=-date&_count=17', token)
    const all = resourcesOf(bundles).map((one) => one.id)
    expect(new Set(all).size).toBe(all.length)
    expect(new Set(bundles.map((bundle) => bundle.total))).toEqual(new Set([all.length]))
    expect(bundles[0]?.link?.find((link) => link.relation === 'next')?.url).toMatch(
      /\/fhir\?_getpages=[0-9a-f-]{36}&/,
    )
  })

  it('neither repeats nor skips when a result is written between two pages', async () => {
    token = await ehr.token(george)
    const first = await readBundle(
      await ehr.get('Observation?category=laboratory&_sort=-date&_count=60', token),
    )
    const [held] = listUnreleased(george, testToday)
    await ehr.control('hold', { results: [held], practitionerId: 'pBrd4WnL9vT' })
    const rest = await ehr.searchAll(first.link?.find((link) => link.relation === 'next')?.url ?? '', token)
    const all = resourcesOf([first, ...rest]).map((one) => one.id)
    expect(new Set(all).size).toBe(first.total)
    await ehr.control('reset', {})
  })

  it('gives a page only to whom it was made for', async () => {
    const first = await readBundle(await ehr.get('Observation?_count=5', await ehr.token(george)))
    const next = first.link?.find((link) => link.relation === 'next')?.url ?? ''
    expect((await ehr.get(next, await ehr.token(maya))).status).toBe(410)
    expect((await ehr.get(next, await ehr.token(george, { act: { sub: 'another-app' } }))).status).toBe(410)
    expect((await ehr.get(next, await ehr.token(george, { scope: 'patient/Patient.rs' }))).status).toBe(403)
    expect((await ehr.get(next, await ehr.token(george))).status).toBe(200)
    expect((await ehr.get(`${ehr.fhir}?_getpages=nonsense`, await ehr.token(george))).status).toBe(410)
  })

  it('has 50 rows by default and 200 at most', async () => {
    token = await ehr.token(george)
    const size = async (query: string): Promise<number> =>
      resourcesOf([await readBundle(await ehr.get(`Observation?${query}`, token))]).length
    expect(await size('')).toBe(50)
    expect(await size('_count=1')).toBe(1)
    expect(await size('_count=100000')).toBe(135)
  })
})

describe('what it does not understand', () => {
  it('is ignored, or refused under strict handling, and never echoed as honoured', async () => {
    token = await ehr.token(maya)
    const strict = { prefer: 'handling=strict' }
    for (const query of [
      'frobnicate=1',
      'subject.name=x',
      '_has:Provenance:target:x=y',
      '_sort=value-quantity',
    ]) {
      expect((await ehr.get(`Observation?${query}`, token, strict)).status, query).toBe(400)
      const bundle = await readBundle(await ehr.get(`Observation?${query}&code=4548-4`, token))
      const self = bundle.link?.find((link) => link.relation === 'self')?.url ?? ''
      expect(self).toContain('code=4548-4')
      expect(self).not.toContain(query.split('=')[0])
    }
  })

  it('is refused always where ignoring it would widen the search: modifiers, broken dates and counts', async () => {
    token = await ehr.token(maya)
    for (const query of ['code:not=4548-4', 'date=yesterday', '_count=many', 'code=,'])
      expect((await ehr.get(`Observation?${query}`, token)).status, query).toBe(400)
  })

  it('is answered with an OperationOutcome: types it does not hold, and every attempt to write', async () => {
    token = await ehr.token(maya)
    expect((await ehr.get('Appointment', token)).status).toBe(404)
    for (const method of ['PUT', 'DELETE', 'PATCH', 'POST']) {
      const response = await fetch(`${ehr.fhir}/Patient/${maya}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
      })
      expect(response.status, method).toBe(405)
      expect((await response.json()).resourceType).toBe('OperationOutcome')
    }
    const held = listUnreleased(maya, testToday)[0]
    expect((await ehr.get(`${held}`, token)).status).toBe(200)
  })
})

describe('versions', () => {
  it('carry ETag, Last-Modified and Content-Location, and answer 304 to who has the version already', async () => {
    token = await ehr.token(maya)
    const response = await ehr.get(`Patient/${maya}`, token)
    expect(response.headers.get('etag')).toBe('W/"1"')
    expect(response.headers.get('content-location')).toBe(`${ehr.fhir}/Patient/${maya}/_history/1`)
    expect(Date.parse(response.headers.get('last-modified') ?? '')).toBeLessThan(Date.parse(testToday))
    const again = await ehr.get(`Patient/${maya}`, token, { 'if-none-match': 'W/"1"' })
    expect(again.status).toBe(304)
  })

  it('are kept when a patient changes, and can be read one by one', async () => {
    token = await ehr.token(maya)
    await ehr.control('patient', { id: maya, birthDate: '1988-03-15' })
    expect((await (await ehr.get(`Patient/${maya}`, token)).json()).birthDate).toBe('1988-03-15')
    expect((await (await ehr.get(`Patient/${maya}/_history/1`, token)).json()).birthDate).toBe('1988-03-14')
    expect((await (await ehr.get(`Patient/${maya}/_history`, token)).json()).total).toBe(2)
    expect((await ehr.get(`Patient/${maya}/_history/9`, token)).status).toBe(404)
    await ehr.control('reset', {})
  })
})
