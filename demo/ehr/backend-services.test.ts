import type { JWTPayload } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ClaimChanges,
  type EhrUnderTest,
  patientIdOf,
  startEhrUnderTest,
} from './testing/ehr-under-test'

const maya = patientIdOf('maya')
const theo = patientIdOf('theo')
let ehr: EhrUnderTest

beforeAll(async () => {
  ehr = await startEhrUnderTest()
})
afterAll(() => ehr.close())

function assertion(
  changes: ClaimChanges = {},
  header: { alg?: 'ES256' | 'ES384' | 'RS256'; typ?: string } = {},
): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  const all = {
    iss: 'vestibule-gateway',
    sub: 'vestibule-gateway',
    aud: `${ehr.url}/oauth/token`,
    iat,
    exp: iat + 240,
    jti: crypto.randomUUID(),
    ...changes,
  }
  const claims: JWTPayload = Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  )
  return ehr.issuer.sign(claims, { typ: 'JWT', ...header })
}

function ask(clientAssertion: string, changes: Readonly<Record<string, string>> = {}): Promise<Response> {
  return fetch(`${ehr.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/*.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: clientAssertion,
      ...changes,
    }),
  })
}

async function opaqueToken(scope = 'system/*.rs'): Promise<string> {
  return (await (await ask(await assertion(), { scope })).json()).access_token
}

async function context(patientId: string, changes: ClaimChanges = {}): Promise<Record<string, string>> {
  const claims = ehr.claims(patientId, { scope: undefined, ...changes })
  return { 'x-vestibule-context': await ehr.issuer.sign(claims, { typ: 'context+jwt' }) }
}

describe('the second way in', () => {
  it('is announced by the EHR itself', async () => {
    const found = await (await fetch(`${ehr.fhir}/.well-known/smart-configuration`)).json()
    expect(found.token_endpoint).toBe(`${ehr.url}/oauth/token`)
    expect(found.grant_types_supported).toEqual(['client_credentials'])
  })

  it('gives an opaque token of at most 300 seconds for a signed assertion', async () => {
    const response = await ask(await assertion())
    const body = await response.json()
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(body).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: 'system/*.rs' })
    expect(body.access_token).not.toContain('.')
    expect((await ask(await assertion({}, { alg: 'ES384' }))).status).toBe(200)
  })

  it('spends every assertion once', async () => {
    const one = await assertion()
    const answers = await Promise.all([ask(one), ask(one), ask(one)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401])
  })

  const wrong: Record<string, () => Promise<string>> = {
    'for another token endpoint': () => assertion({ aud: 'http://localhost:4999/oauth/token' }),
    'of another client': () => assertion({ iss: 'lab-window', sub: 'lab-window' }),
    'whose subject is another': () => assertion({ sub: 'lab-window' }),
    'that is over': () => assertion({ exp: Math.floor(Date.now() / 1000) - 60 }),
    'that lives an hour': () => assertion({ exp: Math.floor(Date.now() / 1000) + 3600 }),
    'without jti': () => assertion({ jti: undefined }),
    'signed by an algorithm not agreed on': () => assertion({}, { alg: 'RS256' }),
    'that is an access token of the gateway': () => ehr.token(maya),
    'that is no token': async () => 'nonsense',
  }
  for (const [name, make] of Object.entries(wrong))
    it(`is shut to an assertion ${name}`, async () => {
      const response = await ask(await make())
      expect(response.status).toBe(401)
      expect(await response.json()).toEqual({ error: 'invalid_client' })
    })

  it('is shut to other grants, to scopes beyond reading, and to repeated parameters', async () => {
    expect((await ask(await assertion(), { grant_type: 'password' })).status).toBe(400)
    expect((await ask(await assertion(), { scope: 'patient/*.rs system/Patient.cud' })).status).toBe(400)
    expect(
      (await (await ask(await assertion(), { scope: 'system/Patient.rs system/*.write' })).json()).scope,
    ).toBe('system/Patient.rs')
    const twice = `grant_type=client_credentials&grant_type=client_credentials&scope=system/*.rs`
    expect(
      (await fetch(`${ehr.url}/oauth/token`, { method: 'POST', body: new URLSearchParams(twice) })).status,
    ).toBe(400)
  })

  it('confines the call to the chart that the context names, and applies the rules about the person', async () => {
    const token = await opaqueToken()
    expect((await ehr.get(`Patient/${maya}`, token, await context(maya))).status).toBe(200)
    expect((await ehr.get(`Patient/${theo}`, token, await context(maya))).status).toBe(404)
    const asMother = { fhirUser: `${ehr.fhir}/RelatedPerson/rKvabNq8ZsN6NcTxLc` }
    const conditions = async (changes: ClaimChanges): Promise<number> =>
      (await (await ehr.get('Condition', token, await context(theo, changes))).json()).total
    expect(await conditions({})).toBe(2)
    expect(await conditions(asMother)).toBe(1)
  })

  it('keeps to the scopes of the opaque token, whatever the context says', async () => {
    const token = await opaqueToken('system/Patient.rs')
    const claimed = await context(maya, { scope: 'patient/*.rs' })
    expect((await ehr.get('Observation', token, claimed)).status).toBe(403)
  })

  it('refuses a context that is wrong in any way, and a context alone', async () => {
    const token = await opaqueToken()
    const at = { 'x-vestibule-context': await ehr.token(maya) }
    expect((await ehr.get(`Patient/${maya}`, token, at)).status).toBe(401)
    expect(
      (await ehr.get(`Patient/${maya}`, token, await context(maya, { aud: 'http://localhost:4999' }))).status,
    ).toBe(401)
    expect(
      (await ehr.get(`Patient/${maya}`, token, await context(maya, { client_id: 'lab-window' }))).status,
    ).toBe(401)
    const alone = (await context(maya))['x-vestibule-context'] ?? ''
    expect((await ehr.get(`Patient/${maya}`, alone)).status).toBe(401)
    expect((await ehr.get(`Patient/${maya}`, 'an-unknown-opaque-token', await context(maya))).status).toBe(
      401,
    )
  })

  it('without a context still keeps back what is labelled R', async () => {
    const token = await opaqueToken()
    const found = await (await ehr.get(`Condition?patient=${theo}`, token)).json()
    expect(found.total).toBe(1)
  })

  it('names person and app in the log as the first way does', async () => {
    await ehr.get(`Patient/${maya}`, await opaqueToken(), {
      ...(await context(maya)),
      'x-request-id': 'request-42-abc',
    })
    const line = ehr.logLines.map((one) => JSON.parse(one)).find((one) => one.requestId === 'request-42-abc')
    expect(line).toMatchObject({
      door: 'backend-services',
      sub: 'account-1',
      fhirUser: `Patient/${maya}`,
      app: 'lab-window',
      purpose: 'PATRQT',
    })
  })
})
