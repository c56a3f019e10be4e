import { randomUUID } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { forgetOnce } from '@/lib/process/once'
import { addSeconds, epochSeconds, now, setClock } from '@/lib/time/clock'
import { addApp } from '@/test/add-app'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
let server: Server
let address: string
let pair: CryptoKeyPair
/** What the client's server answers, and how often it was asked. */
let served: { keys: unknown; headers: Record<string, string>; status: number }
let asked: { accept: string | undefined }[]

beforeAll(async () => {
  world = await startSmartWorld()
  pair = await generateKeyPair('ES384', { extractable: true })
  server = createServer((request, response) => {
    asked.push({ accept: request.headers.accept })
    response.writeHead(served.status, served.headers).end(JSON.stringify({ keys: served.keys }))
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  address = `http://localhost:${(server.address() as AddressInfo).port}/keys`
  const own = { scopes: ['openid'], tokenEndpointAuthMethod: 'private_key_jwt' }
  await addApp({ id: 'url-app', ...own, jwksUri: address })
  await addApp({ id: 'inside-app', ...own, jwksUri: 'https://169.254.169.254/keys' })
  await addApp({ id: 'url-backend', kind: 'backend', scopes: ['system/Patient.rs'], jwksUri: address })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await world.stop()
})
beforeEach(async () => {
  setClock(() => new Date())
  for (const name of ['client-keys', 'client-keys-running']) forgetOnce(name)
  asked = []
  served = { keys: [await publicKey('k1')], headers: {}, status: 200 }
  await db().rateLimitHit.deleteMany()
})

const publicKey = async (kid: string, more: object = {}): Promise<object> => ({
  ...(await exportJWK(pair.publicKey)),
  kid,
  ...more,
})

async function knock(id: string, header: Record<string, unknown> = {}): Promise<string> {
  const claims = { iss: id, sub: id, aud: world.url, jti: randomUUID(), exp: epochSeconds(now()) + 200 }
  const client_assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES384', kid: 'k1', typ: 'JWT', ...header })
    .sign(pair.privateKey)
  const answer = await world.post('/oauth/token', {
    grant_type: 'refresh_token',
    refresh_token: 'none',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
  })
  return ((await answer.json()) as { error: string }).error
}
const [good, bad] = ['invalid_grant', 'invalid_client']

it('[R3][J8] keys by address are fetched as JSON, once, and kept five minutes when nothing is said', async () => {
  expect(await knock('url-app')).toBe(good)
  expect(await knock('url-app')).toBe(good)
  expect(await knock('url-backend')).toBe('unauthorized_client')
  expect(asked).toEqual([{ accept: 'application/json' }])
  setClock(() => addSeconds(new Date(), 301))
  expect(await knock('url-app')).toBe(good)
  expect(asked).toHaveLength(2)
})

it.each([
  [{ 'cache-control': 'max-age=60' }, 59, 1],
  [{ 'cache-control': 'max-age=60' }, 61, 2],
  [{ 'cache-control': 'public, max-age=60', age: '50' }, 11, 2],
  [{ 'cache-control': 'max-age=86400' }, 3_599, 1],
  [{ 'cache-control': 'max-age=86400' }, 3_601, 2],
  [{ 'cache-control': 'no-store' }, 0, 2],
  [{ 'cache-control': 'no-cache, max-age=600' }, 0, 2],
  [{ 'cache-control': 'max-age=0' }, 0, 2],
] as const)(
  '[J8] with %o keys that were fetched %i s ago have been asked for %i times',
  async (headers, seconds, times) => {
    served = { ...served, headers }
    await knock('url-app')
    setClock(() => addSeconds(new Date(), seconds))
    expect(await knock('url-app')).toBe(good)
    expect(asked).toHaveLength(times)
  },
)

it('[J8] a key that was taken back is believed no longer than the client’s server allows', async () => {
  served = { ...served, headers: { 'cache-control': 'max-age=30' } }
  expect(await knock('url-app')).toBe(good)
  served = { ...served, keys: [await publicKey('k2')] }
  setClock(() => addSeconds(new Date(), 31))
  expect(await knock('url-app')).toBe(bad)
})

it('[J10] an unknown kid is fetched for at once, under a limit, and the keys kept stay usable', async () => {
  expect(await knock('url-app')).toBe(good)
  served = { ...served, keys: [await publicKey('k1'), await publicKey('k2')] }
  expect(await knock('url-app', { kid: 'k2' })).toBe(good)
  expect(asked).toHaveLength(2)
  for (let count = 0; count < 9; count++)
    expect(await knock('url-app', { kid: `made-up-${count}` })).toBe(bad)
  expect(asked.length).toBeLessThanOrEqual(6)
  expect(await knock('url-app')).toBe(good)
})

it('[J8] keys that may not be kept are not fetched without end either', async () => {
  const usual = config()
  onTestFinished(() => setConfig(usual))
  setConfig({ ...usual, limits: { ...usual.limits, clientKeys: { count: 3, windowSeconds: 60 } } })
  served = { ...served, headers: { 'cache-control': 'no-store' } }
  const answers: string[] = []
  for (let count = 0; count < 5; count++) answers.push(await knock('url-app'))
  expect(answers).toEqual([good, good, good, bad, bad])
  expect(asked).toHaveLength(3)
})

it('[J6] a kid that two keys have, or one of another kind, is no key', async () => {
  served = { ...served, keys: [await publicKey('k1'), await publicKey('k1')] }
  expect(await knock('url-app')).toBe(bad)
  const rsa = await generateKeyPair('RS384', { extractable: true })
  forgetOnce('client-keys')
  served = { ...served, keys: [{ ...(await exportJWK(rsa.publicKey)), kid: 'k1' }] }
  expect(await knock('url-app')).toBe(bad)
  forgetOnce('client-keys')
  const strange = { kty: 'OKP', crv: 'Ed25519', x: 'AAAA', kid: 'k0' }
  served = { ...served, keys: [strange, { kid: 'k1' }, await publicKey('k1')] }
  expect(await knock('url-app')).toBe(good)
})

it('[R5] a set that gives a private key away is not believed, its other keys neither', async () => {
  const secret = await exportJWK(pair.privateKey)
  served = { ...served, keys: [await publicKey('k1'), { ...secret, kid: 'k2' }] }
  expect(await knock('url-app')).toBe(bad)
})

it('[J2][J6] jku is taken when it is the registered address, character by character', async () => {
  expect(await knock('url-app', { jku: address })).toBe(good)
  for (const jku of [`${address}/`, address.toUpperCase(), 'https://evil.example/keys', 7, null])
    expect(await knock('url-app', { jku })).toBe(bad)
  expect(asked).toHaveLength(1)
})

it('[J9] a client’s server that fails, redirects or talks nonsense is invalid_client, and no fault of ours', async () => {
  const wrong = [
    { ...served, status: 500 },
    { ...served, status: 404 },
    { ...served, status: 302, headers: { location: address } },
    { ...served, keys: 'none' },
    { ...served, keys: [] },
    { ...served, keys: [1, null] },
    { ...served, keys: ['x'.repeat(70_000)] },
  ]
  for (const one of wrong) {
    served = one
    expect(await knock('url-app')).toBe(bad)
  }
  expect(asked).toHaveLength(wrong.length)
  expect(await knock('inside-app')).toBe(bad)
})

it('[J11] nothing is fetched for an assertion that is wrong anyway', async () => {
  for (const header of [{ typ: 'at+jwt' }, { jku: 'https://evil.example' }])
    expect(await knock('url-app', header)).toBe(bad)
  expect(asked).toHaveLength(0)
})

it('parallel assertions wait for one fetch together', async () => {
  const answers = await Promise.all(Array.from({ length: 16 }, () => knock('url-app')))
  expect(new Set(answers)).toEqual(new Set([good]))
  expect(asked).toHaveLength(1)
})
