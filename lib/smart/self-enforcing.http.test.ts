import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizeCall } from '@/lib/ehrs/door'
import { getEhr } from '@/lib/ehrs/ehrs'
import { proofOf } from '@/test/backend-client'
import { person } from '@/test/linking-world'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

const otherBase = 'http://localhost:4999/other/fhir'
let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld({ ehr: { enforcement: 'self', claims: 'aidbox', tokenAlgorithm: 'ES256' } })
})
afterAll(() => world.stop())

const base = (): string => getEhr('demo').fhirBase
const start = async (key = 'maya', changes = {}) =>
  (await (
    await world.exchange(await world.allow(await world.visitor(key), { aud: base(), ...changes }))
  ).json()) as {
    access_token: string
    refresh_token: string
    id_token: string
    scope: string
    patient: string
  }

describe('an EHR that enforces by itself', () => {
  it('[A4][P2] is what apps name as aud, and what their tokens are for', async () => {
    const tokens = await start()
    expect(tokens.patient).toBe(person('maya').patientId)
    const claims = decodeJwt(tokens.access_token)
    expect(claims).toMatchObject({
      iss: world.url,
      aud: base(),
      client_id: 'test-app',
      scope: tokens.scope,
      patient: person('maya').patientId,
      fhirUser: `${base()}/Patient/${person('maya').patientId}`,
      link_level: 'L-code',
      link_method: 'activation-code',
      purpose_of_use: 'PATRQT',
    })
    expect(decodeJwt(tokens.id_token)['fhirUser']).toBe(claims['fhirUser'])
  })

  it('reads its own dialect in them, signed as the operator says', async () => {
    const { access_token } = await start()
    expect(decodeProtectedHeader(access_token)).toMatchObject({ typ: 'at+jwt', alg: 'ES256' })
    expect(decodeJwt(access_token)).toMatchObject({ atv: 2, context: { patient: person('maya').patientId } })
    const door = await authorizeCall(getEhr('demo'), {
      sub: 'account',
      app: 'vestibule:linking',
      patient: 'p1',
      scope: 'system/Patient.rs',
      purpose: 'PATADMIN',
    })
    const told = decodeJwt((door['authorization'] ?? '').slice('Bearer '.length))
    expect(told).toMatchObject({ atv: 2, context: { patient: 'p1' }, client_id: 'vestibule-gateway' })
  })

  it('learns who acts also when the app did not ask to know it', async () => {
    const { access_token, id_token } = await start('maya', { scope: 'openid patient/Observation.rs' })
    expect(decodeJwt(access_token)['fhirUser']).toBe(`${base()}/Patient/${person('maya').patientId}`)
    expect(decodeJwt(id_token)['fhirUser']).toBeUndefined()
  })

  it('hears of a token’s end: the status list that it names, and introspection', async () => {
    const { access_token, refresh_token } = await start()
    expect(decodeJwt(access_token)['status']).toMatchObject({
      status_list: { uri: expect.stringContaining(world.url) },
    })
    const ask = async () =>
      (
        await world.post('/oauth/introspect', { token: access_token, ...(await proofOf(world, 'demo-ehr')) })
      ).json()
    expect(await ask()).toMatchObject({ active: true, aud: base(), purpose_of_use: 'PATRQT' })
    await world.post('/oauth/revoke', { token: refresh_token, client_id: 'test-app' })
    expect(await ask()).toEqual({ active: false })
  })

  it('[P2] has no gateway in front of it: its place there is empty, for its token and without', async () => {
    const { access_token } = await start()
    const place = getEhr('demo').gatewayBase
    for (const path of ['Patient', 'metadata', '.well-known/smart-configuration'])
      for (const headers of [{}, { authorization: `Bearer ${access_token}` }])
        expect((await fetch(`${place}/${path}`, { headers })).status).toBe(404)
  })

  it('[D1][D19] its own smart-configuration is written here, for it to pass on', async () => {
    const address = `${world.url}/ehrs/demo/smart-configuration`
    const answer = await fetch(address, { headers: { accept: 'text/html' } })
    expect(answer.headers.get('content-type')).toBe('application/json')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(await answer.json()).toMatchObject({
      issuer: world.url,
      token_endpoint: `${world.url}/oauth/token`,
      capabilities: expect.arrayContaining(['permission-v2']),
    })
    expect((await fetch(`${world.url}/ehrs/nobody/smart-configuration`)).status).toBe(404)
  })

  it.each([
    ['our gateway’s place', () => getEhr('demo').gatewayBase],
    ['another base of its host', () => `${new URL(base()).origin}/r4`],
    ['a longer address', () => `${base()}/Patient`],
    ['two slashes', () => `${base()}//`],
    ['a server nobody knows', () => otherBase],
  ])('[A4] %s is not its aud', async (_, aud) => {
    const response = await world.begin(undefined, world.parameters({ aud: aud() }).query)
    expect(new URL(response.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_target')
  })
})
