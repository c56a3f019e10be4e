import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizeCall } from '@/lib/ehrs/door'
import { getEhr } from '@/lib/ehrs/ehrs'
import { proofOf } from '@/test/backend-client'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

describe('an EHR behind our gateway', () => {
  it('[A4] its own base is never an aud, for then a token of an app would open it past the gateway', async () => {
    for (const name of ['aud', 'resource']) {
      const { query } = world.parameters({ aud: undefined, [name]: getEhr('demo').fhirBase })
      const response = await world.begin(undefined, query)
      expect(new URL(response.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_target')
    }
    expect((await fetch(`${world.url}/ehrs/demo/smart-configuration`)).status).toBe(404)
  })

  it('may ask us about the token our gateway brings it, and only that EHR may', async () => {
    const door = await authorizeCall(getEhr('demo'), {
      sub: 'account',
      app: 'lab-window',
      patient: 'p1',
      scope: 'patient/Patient.rs',
      purpose: 'PATRQT',
    })
    const token = (door['authorization'] ?? '').slice('Bearer '.length)
    const ask = async (client: string) =>
      (await world.post('/oauth/introspect', { token, ...(await proofOf(world, client)) })).json()
    expect(await ask('demo-ehr')).toMatchObject({
      active: true,
      client_id: 'vestibule-gateway',
      act: { sub: 'lab-window' },
      patient: 'p1',
      aud: getEhr('demo').audience,
    })
    for (const client of ['far-ehr', 'printer']) expect(await ask(client)).toEqual({ active: false })
  })
})
