import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSeconds, now, setClock } from '@/lib/time/clock'
import type { SeededAccess } from '@/test/fixtures'
import {
  everythingUnreleased,
  startTwoWorlds,
  type WorldName,
  type Worlds,
  wholeSeed,
} from '@/test/two-worlds'

/** Two worlds in which conditions and vital signs need a passkey; in the second vital signs were never written. */
const vitalSigns = 'http://terminology.hl7.org/CodeSystem/observation-category|vital-signs'
const sensitive = wholeSeed().flatMap((one) =>
  one.resourceType === 'Observation' && JSON.stringify(one.category ?? '').includes('vital-signs')
    ? [`Observation/${one.id}`]
    : [],
)
const passkey = 'urn:vestibule:acr:passkey'
const desk = 'urn:vestibule:acr:desk'
let worlds: Worlds
beforeAll(async () => {
  worlds = await startTwoWorlds({
    without: [...everythingUnreleased(), ...sensitive],
    stepUp: [
      { type: 'Condition', acr: [passkey, desk], maxAgeSeconds: 900 },
      { category: vitalSigns, acr: [passkey], maxAgeSeconds: 300 },
    ],
  })
})
afterAll(() => worlds.stop())

type Proven = Parameters<Worlds['access']>[2]
const access = (world: WorldName = 'one', proven?: NonNullable<Proven>['proven']): Promise<SeededAccess> =>
  worlds.access(world, 'maya', proven ? { proven } : {})

async function challengeOf(path: string, token: string): Promise<string | null> {
  const response = await worlds.ask('one', path, token)
  expect(response.status, path).toBe(401)
  return response.headers.get('www-authenticate')
}

async function idsOf(path: string, token: string, world: WorldName = 'one'): Promise<readonly string[]> {
  const bundle = await (await worlds.ask(world, path, token)).json()
  return (bundle.entry ?? []).map((entry: { resource: { id: string } }) => entry.resource.id)
}

describe('what a clinic opens only after a fresh proof', () => {
  it('[9470] a type that needs more is answered with what to ask the authorization server for', async () => {
    const { token } = await access()
    for (const path of ['Condition', 'Condition?clinical-status=active', 'Condition/abc'])
      expect(await challengeOf(path, token)).toContain(
        `error="insufficient_user_authentication", error_description="The person has to sign in again, or more strongly, for this.", acr_values="${passkey} ${desk}", max_age="900"`,
      )
  })

  it.each([
    ['by system and code', `Observation?category=${encodeURIComponent(vitalSigns)}`],
    ['by code alone', 'Observation?category=vital-signs'],
    ['by its system', 'Observation?category=http://terminology.hl7.org/CodeSystem/observation-category|'],
    ['beside another', 'Observation?category=laboratory,vital-signs'],
  ])('[9470] a category that needs more, named %s, is challenged', async (_, path) => {
    const { token } = await access()
    expect(await challengeOf(path, token)).toContain(`acr_values="${passkey}", max_age="300"`)
  })

  it('[9470] a search by form is challenged like one by address', async () => {
    const { token } = await access()
    const response = await worlds.ask('one', 'Observation/_search', token, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'category=vital-signs',
    })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('insufficient_user_authentication')
  })

  it('[9470] a browser app may read the challenge', async () => {
    const { token } = await access()
    const headers = { origin: 'https://fixture-app.example' }
    const response = await worlds.ask('one', 'Condition', token, { headers })
    expect(response.headers.get('access-control-allow-origin')).toBe('https://fixture-app.example')
    expect(response.headers.get('access-control-expose-headers')).toContain('WWW-Authenticate')
  })

  it('[9470] a token of a fresh passkey opens it, and the challenge is over', async () => {
    const { token } = await access('one', { acr: passkey })
    expect((await worlds.ask('one', 'Condition', token)).status).toBe(200)
    const ids = await idsOf('Observation?category=vital-signs', token)
    expect(ids.length).toBeGreaterThan(0)
    expect((await worlds.ask('one', `Observation/${ids[0]}`, token)).status).toBe(200)
  })

  it.each([
    ['of another kind', { acr: 'urn:vestibule:acr:two-factor' }],
    ['whose kind is a word of somebody else', { acr: 'https://refeds.org/profile/mfa' }],
    ['too long ago', { acr: passkey, at: addSeconds(now(), -961) }],
  ])('[9470] a proof %s does not open it', async (_, proven) => {
    const { token } = await access('one', proven)
    expect(await challengeOf('Condition', token)).toContain('insufficient_user_authentication')
  })

  it('[9470] what one rule takes another may not', async () => {
    const { token } = await access('one', { acr: desk })
    expect((await worlds.ask('one', 'Condition', token)).status).toBe(200)
    expect(await challengeOf('Observation?category=vital-signs', token)).toContain(`acr_values="${passkey}"`)
  })

  it('[9470] who may not ask at all is told so first: no stepping up for nothing', async () => {
    const { token } = await worlds.access('one', 'maya', { scopes: ['patient/Observation.rs'] })
    expect((await worlds.ask('one', 'Condition', token)).status).toBe(403)
  })
})

describe('a plain search', () => {
  it('[W4] leaves out what needs more, byte for byte as if it had never been written', async () => {
    const [one, two] = [await access('one'), await access('two')]
    const paths = [
      'Observation',
      'Observation?_count=3',
      'Observation?category=laboratory',
      `Observation?_id=${sensitive
        .map((key) => key.split('/')[1])
        .slice(0, 5)
        .join(',')}`,
      'Encounter',
      'DiagnosticReport',
    ]
    for (const path of paths) {
      const [held, never] = await Promise.all([
        worlds.ask('one', path, one.token),
        worlds.ask('two', path, two.token),
      ])
      const plain = (text: string): string =>
        text.replaceAll('/fhir/two', '/fhir/one').replace(/_cursor=[\w-]+/g, '_cursor=…')
      expect(plain(await held.text()), path).toBe(plain(await never.text()))
    }
    expect((await idsOf('Observation', one.token)).length).toBeGreaterThan(0)
  })

  it('[W4] a read of one that needs more is a read of one that is not there', async () => {
    const opened = await access('one', { acr: passkey })
    const [id] = await idsOf('Observation?category=vital-signs', opened.token)
    const { token } = await access()
    const [held, never] = await Promise.all(
      [id, 'never-written'].map((one) => worlds.ask('one', `Observation/${one}`, token)),
    )
    expect(held?.status).toBe(404)
    expect(await held?.text()).toBe(await never?.text())
  })

  it('[W4] a page link does not outlive the proof it was given on', async () => {
    const at = addSeconds(now(), -290)
    const { token } = await access('one', { acr: passkey, at })
    const first = await (await worlds.ask('one', 'Observation?category=vital-signs&_count=1', token)).json()
    const next = first.link.find((one: { relation: string }) => one.relation === 'next')?.url
    expect((await worlds.ask('one', next, token)).status).toBe(200)
    setClock(() => new Date(Date.now() + 90_000))
    try {
      const late = await worlds.ask('one', next, token)
      expect(late.status).toBe(401)
      expect(late.headers.get('www-authenticate')).toContain('insufficient_user_authentication')
    } finally {
      setClock(() => new Date())
    }
  })
})
