import fc from 'fast-check'
import { SignJWT } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { randomToken } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { epochSeconds, now } from '@/lib/time/clock'
import { fuzzedRequests } from '@/test/fuzz/requests'
import { type Live, liveNames, place } from '@/test/hostile/endpoint'
import { listEndpoints } from '@/test/hostile/endpoints'
import { type RawRequest, send } from '@/test/hostile/send'
import { listFaults } from '@/test/hostile/verdict'
import { person } from '@/test/linking-world'
import { type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

let world: SmartWorld
let visitor: Visitor
beforeAll(async () => {
  world = await startSmartWorld()
  setConfig({ ...config(), registration: 'staff-approval' })
  visitor = await world.visitor('maya')
})
afterAll(() => world.stop())

const count = Number(process.env['FUZZ_COUNT'] ?? 1_000)
const isAsked = process.env['FUZZ_COUNT'] !== undefined
/** With the tests the same inputs each time; a run by command takes new ones. */
const seed = Number(process.env['FUZZ_SEED'] ?? (isAsked ? Date.now() % 2 ** 31 : 1))

/** Requests between two sets of live credentials; by then most of them are spent or ended. */
const betweenRenewals = 50

it(`[6749-5.2] no input of ${count} gives a 5xx, an echo, or an answer of another shape`, {
  timeout: 60_000 + count * 50,
}, async () => {
  const endpoints = listEndpoints(world.url)
  const answered = new Map<string, number>()
  let asked = 0
  let live = await makeLive()
  await fc.assert(
    fc.asyncProperty(fuzzedRequests(endpoints), async ({ endpoint: name, request }) => {
      if (++asked % betweenRenewals === 0) live = await makeLive()
      const endpoint = endpoints.find((one) => one.name === name)
      if (!endpoint) throw new Error(`no endpoint ${name}`)
      const answer = await send(world.url, fill(request, live))
      const key = `${name} ${answer.status}`
      answered.set(key, (answered.get(key) ?? 0) + 1)
      expect(listFaults(endpoint, answer)).toEqual([])
    }),
    { numRuns: count, seed, endOnFailure: false },
  )
  const met = [...answered].toSorted().map(([key, times]) => `${key}: ${times}`)
  if (isAsked) process.stdout.write(`seed ${seed}\n${met.join('\n')}\n`)
  // a run that only ever met the first check would prove little
  for (const good of [
    'authorize 303',
    'par 201',
    'token 200',
    'token, refreshing 200',
    'introspect 200',
    'userinfo 200',
    'launch 409',
    'register 201',
    'logout by GET 303',
    'FHIR search 200',
  ])
    expect([...answered.keys()]).toContain(good)
  for (const { name } of endpoints)
    expect([...answered.keys()].some((key) => key.startsWith(`${name} `))).toBe(true)
})

/** Credentials that work once more, and counters at nought. */
async function makeLive(): Promise<Readonly<Record<Live, string>>> {
  await db().rateLimitHit.deleteMany()
  await db().appRegistration.deleteMany()
  const landing = await world.allow(visitor)
  const other = await world.allow(await world.visitor('maya'))
  const tokens = (await (await world.exchange(other)).json()) as {
    access_token: string
    refresh_token: string
  }
  return {
    code: landing.code,
    verifier: landing.verifier,
    refresh: tokens.refresh_token,
    access: tokens.access_token,
    backend: await backendToken('printer', '__activation-codes.issue'),
    inspector: await backendToken('inspector', '__introspect'),
    portal: await backendToken('portal', '__launch.create'),
  }
}

async function backendToken(id: string, scope: string): Promise<string> {
  const claims = { iss: id, sub: id, aud: world.url, jti: randomToken() }
  const assertion = await new SignJWT({ ...claims, exp: epochSeconds(now()) + 60 })
    .setProtectedHeader({ alg: 'ES384', kid: 'k1', typ: 'JWT' })
    .sign(world.backendKey)
  const response = await world.post('/oauth/token', {
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  })
  return ((await response.json()) as { access_token: string }).access_token
}

function fill(request: RawRequest, live: Readonly<Record<Live, string>>): RawRequest {
  const put = (text: string): string =>
    liveNames.reduce(
      (filled, name) => filled.replaceAll(place(name), live[name]),
      text.replaceAll('patient-maya', person('maya').patientId),
    )
  const { headers = {}, target, body } = request
  return {
    ...request,
    target: put(target),
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? put(value) : value]),
    ),
    ...(typeof body === 'string' ? { body: put(body) } : {}),
  }
}
