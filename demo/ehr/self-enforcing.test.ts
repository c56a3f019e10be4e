import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { people } from '../people'
import { listUnreleased } from './landmarks'
import { resourceTypes } from './seed/resources'
import {
  type ClaimChanges,
  type EhrUnderTest,
  patientIdOf,
  startEhrUnderTest,
  testToday,
} from './testing/ehr-under-test'

const maya = patientIdOf('maya')
let ehr: EhrUnderTest
beforeAll(async () => {
  ehr = await startEhrUnderTest({ enforcement: 'self' })
})
afterAll(() => ehr.close())

/** A token as an app holds it: no actor, an app's name, a quarter of an hour. */
function appToken(patientId: string, changes: ClaimChanges = {}): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  return ehr.token(patientId, { client_id: 'lab-window', act: undefined, iat, exp: iat + 900, ...changes })
}

const status = async (path: string, token: string): Promise<number> => (await ehr.get(path, token)).status

describe('an app at an EHR that enforces by itself', () => {
  it('opens the chart it was allowed, and the gateway’s own token still opens it too', async () => {
    expect(await status(`Patient/${maya}`, await appToken(maya))).toBe(200)
    expect(await status(`Patient/${maya}`, await ehr.token(maya))).toBe(200)
    expect(await status(`Patient/${patientIdOf('george')}`, await appToken(maya))).toBe(404)
  })

  const wrong: Record<string, ClaimChanges> = {
    'no patient': { patient: undefined },
    'no fhirUser': { fhirUser: undefined },
    'a fhirUser of another server': { fhirUser: `http://localhost:4999/fhir/Patient/${maya}` },
    'a clinician as fhirUser': { fhirUser: 'Practitioner/pAdy7XkQ2mR' },
    'another purpose': { purpose_of_use: 'PATADMIN' },
    'no link level': { link_level: undefined },
    'no scope': { scope: undefined },
    'the gateway as audience': { aud: 'http://localhost:3000/fhir/demo' },
    'a life of two hours': { exp: Math.floor(Date.now() / 1000) + 7200 },
    'a key that it is bound to': { cnf: { jkt: 'thumbprint' } },
    'a status that is none': { status: { status_list: {} } },
  }
  it.each(Object.entries(wrong))('is refused with %s', async (_, changes) => {
    expect(await status(`Patient/${maya}`, await appToken(maya, changes))).toBe(401)
  })

  it('is refused where a gateway is to stand between', async () => {
    const behind = await startEhrUnderTest()
    const token = await behind.token(maya, { client_id: 'lab-window', act: undefined })
    expect((await behind.get(`Patient/${maya}`, token)).status).toBe(401)
    await behind.close()
  })

  it('[S10] user and system scopes open nothing for it', async () => {
    const token = await appToken(maya, { scope: 'user/*.rs system/*.rs openid' })
    for (const type of ['Patient', 'Observation', 'Organization']) expect(await status(type, token)).toBe(403)
  })

  it('a RelatedPerson reads who they are by the scope for that, and nobody else', async () => {
    const ingrid = people.find((person) => person.key === 'ingrid')
    const as = { fhirUser: `${ehr.fhir}/RelatedPerson/${ingrid?.relatedPersonId}` }
    const theo = patientIdOf('theo')
    const [known, unknown] = [
      await appToken(theo, { ...as, scope: 'openid fhirUser patient/*.rs' }),
      await appToken(theo, { ...as, scope: 'patient/*.rs' }),
    ]
    for (const reference of [`RelatedPerson/${ingrid?.relatedPersonId}`, `Person/${ingrid?.personId}`]) {
      expect(await status(reference, known)).toBe(200)
      expect(await status(reference, unknown)).toBe(404)
    }
    expect(await status(`RelatedPerson/${ingrid?.alsoActsFor?.relatedPersonId}`, known)).toBe(404)
    expect((await ehr.get('RelatedPerson', known)).status).toBe(200)
    expect(await (await ehr.get('RelatedPerson', known)).json()).toMatchObject({ total: 0 })
  })
})

describe('what nobody released, at an EHR that enforces by itself', () => {
  it('is nowhere: not in a search, a read, a history, a reference, a document or a count', async () => {
    for (const { key, patientId } of people.filter(({ key }) => key !== 'walter' && key !== 'priya')) {
      const hidden = listUnreleased(patientId, testToday)
      const token = await appToken(patientId, { scope: 'openid fhirUser patient/*.rs' })
      for (const type of resourceTypes) {
        const include =
          type === 'Observation' || type === 'DiagnosticReport' ? `&_include=${type}:based-on` : ''
        const pages = await ehr.searchAll(`${type}?_count=200&_revinclude=Provenance:target${include}`, token)
        const text = JSON.stringify(pages)
        for (const reference of hidden) expect(text, `${key} ${type}`).not.toContain(reference.split('/')[1])
        const rows = pages.flatMap(({ entry = [] }) => entry.filter(({ search }) => search?.mode === 'match'))
        expect(pages[0]?.total, `${key} ${type}`).toBe(rows.length)
      }
      for (const reference of hidden)
        for (const path of [reference, `${reference}/_history`, `${reference}/_history/1`])
          expect(await status(path, token), `${key} ${path}`).toBe(404)
    }
  })

  it('appears when it is released and is gone when it is held', async () => {
    const results = listUnreleased(maya, testToday)
    const token = await appToken(maya)
    const [result = ''] = results
    expect(await status(result, token)).toBe(404)
    await ehr.control('release', { results, practitionerId: 'pAdy7XkQ2mR' })
    expect(await status(result, token)).toBe(200)
    await ehr.control('hold', { results, practitionerId: 'pAdy7XkQ2mR' })
    expect(await status(result, token)).toBe(404)
  })

  it('the gateway’s own token is not held back by it: it judges by its own rules', async () => {
    const [result = ''] = listUnreleased(maya, testToday)
    expect(await status(result, await ehr.token(maya))).toBe(200)
  })
})

describe('a browser at an EHR that enforces by itself', () => {
  it('[O2] may ask beforehand, and reads answers and refusals', async () => {
    const asked = await fetch(`${ehr.fhir}/Observation`, { method: 'OPTIONS' })
    expect(asked.headers.get('access-control-allow-headers')).toContain('authorization')
    for (const token of ['x', await appToken(maya)])
      expect((await ehr.get('Observation', token)).headers.get('access-control-allow-origin')).toBe('*')
  })

  it('is told in the CapabilityStatement where SMART 1 looks for the authorization server', async () => {
    const { rest } = await (await fetch(`${ehr.fhir}/metadata`)).json()
    expect(JSON.stringify(rest[0].security)).toContain(`${ehr.issuer.url}/oauth/authorize`)
  })
})
