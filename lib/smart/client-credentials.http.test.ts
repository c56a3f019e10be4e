import { randomUUID } from 'node:crypto'
import { decodeJwt, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { verifyOwnJwt } from '@/lib/keys/keys'
import { epochSeconds, now } from '@/lib/time/clock'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

type Changes = {
  header?: object
  claims?: Record<string, unknown>
  key?: CryptoKey | Uint8Array
  alg?: string
}

async function assertion({ header, claims, key, alg = 'ES384' }: Changes = {}): Promise<string> {
  const usual = {
    iss: 'printer',
    sub: 'printer',
    aud: `${world.url}/oauth/token`,
    exp: epochSeconds(now()) + 300,
    jti: randomUUID(),
  }
  return new SignJWT({ ...usual, ...claims })
    .setProtectedHeader({ alg, kid: 'k1', typ: 'JWT', ...header })
    .sign(key ?? world.backendKey)
}

const ask = (client_assertion: string, more: Record<string, string> = {}) =>
  world.post('/oauth/token', {
    grant_type: 'client_credentials',
    scope: 'system/Patient.rs',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
    ...more,
  })
const errorOf = async (response: Response): Promise<string> =>
  `${response.status} ${((await response.json()) as { error: string }).error}`

describe('a backend client', () => {
  it('[B2][B3][9068-5] gets a five-minute token for our own endpoints, without a refresh token', async () => {
    const response = await ask(await assertion())
    expect(response.status).toBe(200)
    const tokens = (await response.json()) as { access_token: string }
    expect(tokens).toMatchObject({ token_type: 'bearer', expires_in: 300, scope: 'system/Patient.rs' })
    expect(Object.keys(tokens)).not.toContain('refresh_token')
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      sub: 'printer',
      client_id: 'printer',
      aud: world.url,
    })
    expect(await verifyOwnJwt(tokens.access_token, { typ: 'at+jwt', audience: world.url })).toBeDefined()
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect((await fetch(`${world.audience}/Patient`, { headers })).status).toBe(401)
    expect(await db().auditEvent.count({ where: { name: 'backend-token.issued' } })).toBe(1)
  })

  it('[X1] may name the issuer instead of the token endpoint, and send iat, nbf and the newer typ', async () => {
    const iat = epochSeconds(now())
    const token = await assertion({
      claims: { aud: world.url, iat, nbf: iat },
      header: { typ: 'client-authentication+jwt' },
    })
    expect((await ask(token, { client_id: 'printer' })).status).toBe(200)
  })

  it('[J4] an assertion counts once: of 16 at the same time one is answered', async () => {
    const token = await assertion()
    const answers = await Promise.all(Array.from({ length: 16 }, () => ask(token)))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    await db().rateLimitHit.deleteMany()
  })

  it('[G4][B1] gets no scope it is not registered for', async () => {
    const some = await ask(await assertion(), { scope: 'system/Patient.rs system/*.cruds' })
    expect(((await some.json()) as { scope: string }).scope).toBe('system/Patient.rs')
    expect(await errorOf(await ask(await assertion(), { scope: 'system/*.rs' }))).toBe('400 invalid_scope')
    expect(await errorOf(await ask(await assertion(), { scope: '' }))).toBe('400 invalid_scope')
  })

  it('[B4][J9] whatever is wrong with an assertion is invalid_client', async () => {
    const stranger = await generateKeyPair('ES384')
    const soon = epochSeconds(now())
    const wrong: Record<string, Changes> = {
      'another key': { key: stranger.privateKey },
      'an unknown kid': { header: { kid: 'k2' } },
      'no kid': { header: { kid: undefined } },
      'a jku of its own': { header: { jku: 'https://evil.example/jwks' } },
      'the typ of an access token': { header: { typ: 'at+jwt' } },
      'HS256 under the client id': { alg: 'HS256', key: new TextEncoder().encode('printer'.repeat(8)) },
      'an hour to live': { claims: { exp: soon + 3600 } },
      'no life left': { claims: { exp: soon - 120 } },
      'no jti': { claims: { jti: undefined } },
      'no exp': { claims: { exp: undefined } },
      'another audience': { claims: { aud: 'https://elsewhere.example/token' } },
      'our authorize endpoint': { claims: { aud: `${world.url}/oauth/authorize` } },
      'two audiences': { claims: { aud: [world.url, 'https://elsewhere.example'] } },
      'one audience in a list': { claims: { aud: [world.url] } },
      'another subject': { claims: { sub: 'test-app' } },
      'a public client': { claims: { iss: 'test-app', sub: 'test-app' } },
      nobody: { claims: { iss: 'nobody', sub: 'nobody' } },
    }
    for (const [name, changes] of Object.entries(wrong)) {
      const token = await assertion(changes)
      expect(`${name}: ${await errorOf(await ask(token))}`).toBe(`${name}: 400 invalid_client`)
      await db().rateLimitHit.deleteMany()
    }
    const unsigned = (await assertion()).split('.').slice(0, 2).join('.')
    expect(await errorOf(await ask(`${unsigned}.`))).toBe('400 invalid_client')
    expect(await errorOf(await ask('x'))).toBe('400 invalid_client')
    expect(await errorOf(await ask(await assertion(), { client_id: 'test-app' }))).toBe('400 invalid_client')
    expect(await errorOf(await ask(await assertion(), { client_assertion_type: 'x' }))).toBe(
      '400 invalid_client',
    )
    await db().rateLimitHit.deleteMany()
  })

  it('[J9] an issuer that no database can hold is a refusal that counts, not a fault', async () => {
    const failures = () => db().rateLimitHit.count()
    const before = await failures()
    for (const iss of ['\u0000', '\ud800', 'printer\u0000', 'x'.repeat(5_000)])
      expect(await errorOf(await ask(await assertion({ claims: { iss } })))).toBe('400 invalid_client')
    expect((await failures()) - before).toBe(4)
  })

  it('[7009-2.1] gives its own token back, and it opens nothing from then on', async () => {
    const { access_token } = (await (await ask(await assertion())).json()) as { access_token: string }
    const revoke = async (given: string) =>
      world.post('/oauth/revoke', {
        token: given,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: await assertion(),
      })
    const use = async () =>
      (
        await fetch(`${world.url}/activation-codes`, {
          method: 'POST',
          headers: { authorization: `Bearer ${access_token}` },
        })
      ).status
    expect(await use()).toBe(403)
    const foreign = await world.post('/oauth/revoke', { token: access_token, client_id: 'test-app' })
    expect([foreign.status, await use()]).toEqual([200, 403])
    const own = await revoke(access_token)
    expect([own.status, await own.text(), await use()]).toEqual([200, '', 401])
  })

  it('is known by its assertion alone, and has no other grant', async () => {
    const bare = { grant_type: 'client_credentials', scope: 'system/Patient.rs' }
    expect(await errorOf(await world.post('/oauth/token', { ...bare, client_id: 'printer' }))).toBe(
      '400 invalid_client',
    )
    expect(await errorOf(await world.post('/oauth/token', { ...bare, client_id: 'test-app' }))).toBe(
      '400 invalid_client',
    )
    expect(await errorOf(await world.post('/oauth/token', bare))).toBe('400 invalid_client')
    const code = { grant_type: 'authorization_code', code: 'x' }
    expect(await errorOf(await ask(await assertion(), code))).toBe('400 unauthorized_client')
    const both = await world.post(
      '/oauth/token',
      { ...bare, client_assertion: 'x' },
      { authorization: 'Basic eDp5' },
    )
    expect(await errorOf(both)).toBe('400 invalid_request')
  })

  it('twenty failures from one network close the door for a while', async () => {
    for (let count = 0; count < 20; count++) await ask(await assertion({ claims: { sub: 'x' } }))
    const answer = await ask(await assertion())
    expect(answer.headers.get('retry-after')).toBeTruthy()
    expect(await errorOf(answer)).toBe('400 invalid_client')
    await db().rateLimitHit.deleteMany()
  })
})
