import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEhr } from '@/demo/ehr/server'
import { getEhr } from '@/lib/ehrs/ehrs'
import { forgetOnce } from '@/lib/process/once'
import { scopeOfCategory } from '@/lib/smart/scopes'
import { setClock } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import { freePort } from '@/test/postgres-server'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'
import { clinicianIdOf } from '@/test/two-worlds'

const ways = [
  ['its gateway, whose signature it verifies', 'gateway', 'jwks'],
  ['its gateway, about whose tokens it asks us', 'gateway', 'introspection'],
  ['itself, and our signature on what apps bring', 'self', 'jwks'],
  ['itself, and asks us about what apps bring', 'self', 'introspection'],
] as const

type Tokens = { readonly access_token: string; readonly refresh_token: string; readonly id_token: string }

describe.each(ways)('an EHR that trusts %s', (_, enforcement, trust) => {
  let world: SmartWorld
  beforeAll(async () => {
    forgetOnce('gateway-tokens')
    world = await startSmartWorld({ ehr: { enforcement }, server: { enforcement, trust } })
  })
  afterAll(() => world.stop())

  const base = (): string => getEhr('demo').appBase
  const start = async (key = 'maya', untick: Parameters<SmartWorld['allow']>[2] = []): Promise<Tokens> => {
    const landing = await world.allow(await world.visitor(key), { aud: base() }, untick)
    return (await world.exchange(landing)).json()
  }
  const read = (path: string, token: string) =>
    fetch(path.startsWith('http') ? path : `${base()}/${path}`, {
      headers: token ? { authorization: `Bearer ${token}` } : {},
    })
  const search = async (path: string, token: string): Promise<{ id: string }[]> => {
    const response = await read(path, token)
    expect(response.status).toBe(200)
    const { entry = [] } = await response.json()
    return entry.map(({ resource }: { resource: { id: string } }) => resource)
  }

  it('gives an app the chart that was allowed, and who signed in', async () => {
    const { access_token, id_token } = await start()
    const patient = await (await read(`Patient/${person('maya').patientId}`, access_token)).json()
    expect(patient.birthDate).toBe(person('maya').birthDate)
    const who = String(decodeJwt(id_token)['fhirUser'])
    expect(who.startsWith(`${base()}/`)).toBe(true)
    expect((await read(who, access_token)).status).toBe(200)
    expect((await search('Observation?_count=200', access_token)).length).toBeGreaterThan(10)
  })

  it('gives no other chart, no other type, and nothing without a token', async () => {
    const { access_token } = await start()
    expect((await read(`Patient/${person('george').patientId}`, access_token)).status).toBe(404)
    expect((await read('Immunization', access_token)).status).toBe(403)
    expect((await read('Patient', '')).status).toBe(401)
    expect((await read('Patient', `${access_token.slice(0, -8)}AAAAAAAA`)).status).toBe(401)
  })

  it('[P4] gives of a kind the category that was ticked, all of it and nothing else', async () => {
    const others = ['vital-signs', 'social-history', 'survey', 'sdoh', 'other'] as const
    const { access_token } = await start(
      'maya',
      others.map((name) => `Observation/${name}` as const),
    )
    const labs = await search('Observation?_count=200', access_token)
    expect(labs.length).toBeGreaterThan(5)
    for (const one of labs) expect(JSON.stringify(one)).toContain('laboratory')
    const [, category = ''] = scopeOfCategory('Observation/laboratory').split('category=')
    const named = await search(
      `Observation?_count=200&category=${encodeURIComponent(category)}`,
      access_token,
    )
    expect(named.map(({ id }) => id).sort()).toEqual(labs.map(({ id }) => id).sort())
  })

  it('shows a result when it is released, and as unknown before and after', async () => {
    const { access_token } = await start()
    const before = await search('Observation?_count=200&code=4548-4', access_token)
    expect(before).toHaveLength(1)
    const waiting: string[] = await world.unreleased(person('maya').patientId)
    const [result = ''] = waiting.filter((one) => one.startsWith('Observation/'))
    const unknown = await read('Observation/nothing', access_token)
    const held = await read(result, access_token)
    expect([held.status, await held.text()]).toEqual([404, await unknown.text()])
    const act = { results: waiting, practitionerId: clinicianIdOf('adeyemi') }
    await world.control('release', act)
    expect((await read(result, access_token)).status).toBe(200)
    expect(await search('Observation?_count=200&code=4548-4', access_token)).toHaveLength(2)
    await world.control('hold', act)
    expect((await read(result, access_token)).status).toBe(404)
  })

  it('hears that access has ended', async () => {
    const [ended, other] = [await start(), await start()]
    expect((await read('Patient', ended.access_token)).status).toBe(200)
    await world.post('/oauth/revoke', { token: ended.refresh_token, client_id: 'test-app' })
    // An EHR that verifies by itself believes its copy of the status list for a minute, and ours is seconds old: later,
    // one that has none yet is asked.
    const fresh = enforcement === 'self' ? await startAnother() : undefined
    setClock(() => new Date(Date.now() + 3_000))
    const ask = (token: string) => read(`${fresh ? `${fresh.url}/fhir` : base()}/Patient`, token)
    try {
      expect((await ask(ended.access_token)).status).toBe(401)
      expect((await ask(other.access_token)).status).toBe(200)
    } finally {
      setClock(() => new Date())
      await fresh?.close()
    }
  })

  /** The same EHR once more, at another address, knowing nothing yet. */
  const startAnother = async () => {
    const port = await freePort()
    const own = await startEhr({
      port,
      host: 'localhost',
      publicUrl: new URL(base()).origin,
      issuer: world.url,
      enforcement,
      today: '2026-11-20',
      writeLog: () => undefined,
    })
    return { url: `http://localhost:${port}`, close: own.close }
  }

  it('[D1][M2] says at its base where to go, to everybody', async () => {
    const document = await fetch(`${base()}/.well-known/smart-configuration`)
    expect(document.headers.get('content-type')).toContain('application/json')
    expect(document.headers.get('access-control-allow-origin')).toBe('*')
    expect(await document.json()).toMatchObject({
      issuer: world.url,
      authorization_endpoint: `${world.url}/oauth/authorize`,
      capabilities: expect.arrayContaining(['launch-standalone']),
    })
    const metadata = await fetch(`${base()}/metadata`)
    expect(metadata.headers.get('access-control-allow-origin')).toBe('*')
    expect(await metadata.json()).toMatchObject({ resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' })
  })
})
