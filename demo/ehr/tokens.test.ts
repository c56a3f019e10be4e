import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ClaimChanges,
  type EhrUnderTest,
  patientIdOf,
  startEhrUnderTest,
} from './testing/ehr-under-test'

const maya = patientIdOf('maya')
let ehr: EhrUnderTest

beforeAll(async () => {
  ehr = await startEhrUnderTest()
})
afterAll(() => ehr.close())

async function knock(token: string): Promise<number> {
  const response = await ehr.get(`Patient/${maya}`, token)
  const body = await response.json()
  if (response.status !== 200) {
    expect(body.resourceType).toBe('OperationOutcome')
    expect(JSON.stringify(body)).not.toContain('Rivera')
    expect(JSON.stringify(body)).not.toContain(token)
  }
  return response.status
}

describe('the door of the EHR', () => {
  it('opens to a token of its gateway for this person, so that the rest of these tests mean something', async () => {
    expect(await knock(await ehr.token(maya))).toBe(200)
  })

  const now = Math.floor(Date.now() / 1000)
  const wrongClaims: Record<string, (fhir: string) => ClaimChanges> = {
    'an audience that is another EHR': () => ({ aud: 'http://localhost:4999/fhir' }),
    'the audience of the gateway, which is what an app’s token carries': () => ({
      aud: 'http://localhost:3000/fhir/demo',
    }),
    'several audiences, one of them right': (fhir) => ({ aud: [fhir, 'http://localhost:4999/fhir'] }),
    'the audience with a slash more': (fhir) => ({ aud: `${fhir}/` }),
    'another issuer': () => ({ iss: 'http://localhost:4998' }),
    'the client id of an app': () => ({ client_id: 'lab-window' }),
    'no client id': () => ({ client_id: undefined }),
    'an end that has passed': () => ({ iat: now - 120, exp: now - 61 }),
    'a life of 61 seconds': () => ({ iat: now, exp: now + 61 }),
    'a start that lies in the future': () => ({ iat: now + 600, exp: now + 650 }),
    'no start, so that its life cannot be known': () => ({ iat: undefined }),
    'no end': () => ({ exp: undefined }),
    'no jti': () => ({ jti: undefined }),
    'no actor': () => ({ act: undefined }),
    'no subject': () => ({ sub: undefined }),
    'no purpose': () => ({ purpose_of_use: undefined }),
    'a purpose nobody knows': () => ({ purpose_of_use: 'MARKETING' }),
    'no scope': () => ({ scope: undefined }),
    'patient scopes and no patient': () => ({ patient: undefined }),
    'patient scopes for staff and no patient': () => ({ patient: undefined, purpose_of_use: 'TREAT' }),
    'no fhirUser for a patient’s request': () => ({ fhirUser: undefined }),
    'no link level for a patient’s request': () => ({ link_level: undefined }),
    'a fhirUser of another server': () => ({ fhirUser: `http://localhost:4999/fhir/Patient/${maya}` }),
  }
  for (const [name, changes] of Object.entries(wrongClaims))
    it(`stays shut to a token with ${name}`, async () => {
      expect(await knock(await ehr.token(maya, changes(ehr.fhir)))).toBe(401)
    })

  it('stays shut to an id_token, which is of another type', async () => {
    expect(await knock(await ehr.issuer.sign(ehr.claims(maya), { typ: 'JWT' }))).toBe(401)
    expect(await knock(await ehr.issuer.sign(ehr.claims(maya), { typ: 'context+jwt' }))).toBe(401)
  })

  it('stays shut to an app’s token, whole as the app got it', async () => {
    const token = await ehr.token(maya, { aud: 'http://localhost:3000/fhir/demo', client_id: 'lab-window' })
    expect(await knock(token)).toBe(401)
  })

  it('stays shut to algorithms it did not agree to: none, HMAC, RS256, ES384', async () => {
    expect(await knock(ehr.issuer.signNone(ehr.claims(maya)))).toBe(401)
    expect(await knock(await ehr.issuer.signHmac(ehr.claims(maya)))).toBe(401)
    for (const alg of ['RS256', 'ES384'] as const)
      expect(await knock(await ehr.issuer.sign(ehr.claims(maya), { alg }))).toBe(401)
  })

  it('stays shut to an unknown key and to a signature that was tampered with', async () => {
    expect(await knock(await ehr.issuer.sign(ehr.claims(maya), { kid: 'key-nobody-has' }))).toBe(401)
    const [head, , signature] = (await ehr.token(maya)).split('.')
    const body = Buffer.from(JSON.stringify(ehr.claims(patientIdOf('george')))).toString('base64url')
    expect(await knock(`${head}.${body}.${signature}`)).toBe(401)
  })

  it('stays shut to no token, to Basic, and to words that are no token', async () => {
    expect((await fetch(`${ehr.fhir}/Patient/${maya}`)).status).toBe(401)
    expect((await fetch(`${ehr.fhir}/Patient/${maya}?access_token=${await ehr.token(maya)}`)).status).toBe(
      401,
    )
    expect(await knock('opaque')).toBe(401)
    expect(await knock('a.b.c')).toBe(401)
  })

  it('learns a key that the issuer rotated in, without a restart', async () => {
    const token = await ehr.issuer.later.sign(ehr.claims(maya))
    expect(await knock(token)).toBe(401)
    await ehr.issuer.later.publish()
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    expect(await knock(token)).toBe(200)
  })

  it('says 503 and not 401 while its issuer cannot be reached, so nobody throws a good token away', async () => {
    const other = await startEhrUnderTest()
    other.issuer.goDown(true)
    expect((await other.get(`Patient/${maya}`, await other.token(maya))).status).toBe(503)
    other.issuer.goDown(false)
    expect((await other.get(`Patient/${maya}`, await other.token(maya))).status).toBe(200)
    await other.close()
  })

  it('shows its metadata and its own SMART configuration to anybody, from any origin', async () => {
    for (const path of ['metadata', '.well-known/smart-configuration']) {
      const response = await fetch(`${ehr.fhir}/${path}`)
      expect(response.status).toBe(200)
      expect(response.headers.get('access-control-allow-origin')).toBe('*')
    }
    expect((await fetch(`${ehr.fhir}/Patient`)).headers.get('access-control-allow-origin')).toBeNull()
  })
})
