import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import smart from 'fhirclient'
import type Client from 'fhirclient/lib/Client'
import type { fhirclient } from 'fhirclient/lib/types'
import { exportJWK, generateKeyPair, type JWK } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateSecret } from '@/lib/apps/secrets'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { now } from '@/lib/time/clock'
import { addApp } from '@/test/add-app'
import { person } from '@/test/linking-world'
import { acceptForm, requestIdOf, type SmartWorld, startSmartWorld } from '@/test/smart-world'

const scope = 'openid fhirUser launch/patient offline_access patient/Patient.rs'
const ways = ['none', 'client_secret_basic', 'es384', 'rs384', 'es384-by-address'] as const
type Way = (typeof ways)[number]
const idOf = (way: Way): string => `fhirclient-${way.replaceAll('_', '-')}`

let world: SmartWorld
let server: Server
let base: string
/** What the web application was asked to start with, and the client it had at the end. */
let parameters: fhirclient.AuthorizeParams
let arrived: Client | undefined
const privateKeys: Partial<Record<Way, JWK>> = {}
const publicKeys: JWK[] = []

beforeAll(async () => {
  world = await startSmartWorld()
  server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.writeHead(500).end(String(error)))
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  base = `http://localhost:${(server.address() as AddressInfo).port}`
  for (const way of ['es384', 'rs384', 'es384-by-address'] as const) await makeKey(way)
  const own = { scopes: scope.split(' '), redirectUris: [`${base}/cb`] }
  for (const way of ['none', 'client_secret_basic'] as const)
    await addApp({ ...own, id: idOf(way), tokenEndpointAuthMethod: way })
  const signed = { ...own, tokenEndpointAuthMethod: 'private_key_jwt' }
  for (const way of ['es384', 'rs384'] as const)
    await addApp({ ...signed, id: idOf(way), jwks: { keys: publicKeys } })
  await addApp({ ...signed, id: idOf('es384-by-address'), jwksUri: `${base}/keys` })
})
afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await world.stop()
})

async function makeKey(way: Way): Promise<void> {
  const alg = way.startsWith('es384') ? 'ES384' : 'RS384'
  const pair = await generateKeyPair(alg, { extractable: true })
  const named = { kid: way, alg }
  publicKeys.push({ ...(await exportJWK(pair.publicKey)), ...named })
  privateKeys[way] = { ...(await exportJWK(pair.privateKey)), ...named }
}

/** A web application as fhirclient's guide writes one: a launch address, a redirect address, a key set. */
async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const at = smart(request, response, storage)
  if (request.url === '/keys') response.end(JSON.stringify({ keys: publicKeys }))
  else if (request.url === '/launch') await at.authorize(parameters)
  else {
    arrived = await at.ready()
    response.end('ready')
  }
}

const kept = new Map<string, unknown>()
const storage: fhirclient.Storage = {
  get: async (key: string) => kept.get(key),
  set: async (key: string, value: unknown) => kept.set(key, value),
  unset: async (key: string) => kept.delete(key),
}

async function credentialsOf(way: Way): Promise<object> {
  if (way === 'none') return {}
  if (way === 'client_secret_basic') {
    const by = { actor: { kind: 'system', id: 'test' }, origin: 'command', now: now() } as const
    return { clientSecret: await db().$transaction((tx) => rotateSecret(tx, idOf(way), by)) }
  }
  const address = way === 'es384-by-address' ? { clientPublicKeySetUrl: `${base}/keys` } : {}
  return { clientPrivateJwk: privateKeys[way], ...address }
}

async function connect(way: Way): Promise<Client> {
  arrived = undefined
  const usual = { iss: world.audience, clientId: idOf(way), scope, redirectUri: `${base}/cb` }
  parameters = { ...usual, ...(await credentialsOf(way)) }
  const launched = await fetch(`${base}/launch`, { redirect: 'manual' })
  const address = new URL(launched.headers.get('location') ?? '')
  const visitor = await world.visitor('maya')
  const id = requestIdOf(await world.begin(visitor, address.searchParams))
  await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
  const back = await fetch(await world.leave(visitor, id))
  expect(await back.text()).toBe('ready')
  if (!arrived) throw new Error('the application has no client')
  return arrived
}

describe("[T1][T2] fhirclient's server side discovers, exchanges a code with PKCE and reads", () => {
  it.each(ways)('as a client that authenticates by %s', async (way) => {
    const client = await connect(way)
    expect(client.patient.id).toBe(person('maya').patientId)
    expect(client.getFhirUser()).toContain(`Patient/${person('maya').patientId}`)
    expect(await client.patient.read()).toMatchObject({ resourceType: 'Patient' })
  })
})

describe('[T1][T2] fhirclient renews its access', () => {
  it.each(['none', 'client_secret_basic'] as const)('as a client that authenticates by %s', async (way) => {
    const client = await connect(way)
    const before = client.state.tokenResponse?.access_token
    await client.refresh()
    expect(client.state.tokenResponse?.access_token).not.toBe(before)
    expect(await client.patient.read()).toMatchObject({ resourceType: 'Patient' })
  })

  it('but sends no assertion with a refresh: refused by name, and nothing it had is lost', async () => {
    const client = await connect('es384')
    const token = client.state.tokenResponse?.refresh_token ?? ''
    await expect(client.refresh()).rejects.toThrow(/invalid_client/)
    expect(await client.patient.read()).toMatchObject({ resourceType: 'Patient' })
    const row = await db().refreshToken.findUniqueOrThrow({ where: { digest: sha256(token) } })
    expect(row.spentAt).toBeNull()
  })
})
