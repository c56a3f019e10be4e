import { createHash } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { endGrant } from '@/lib/grants/grants'
import { verifyOwnJwt } from '@/lib/keys/keys'
import { endLink } from '@/lib/linking/change-link'
import { liftStop, setStop } from '@/lib/stops/stops'
import { now, setClock } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import { type Landing, redirects, type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

type Tokens = {
  access_token: string
  token_type: string
  expires_in: number
  scope: string
  refresh_token?: string
  id_token?: string
  patient?: string
  error?: string
}

const land = async (changes = {}, untick: readonly 'offline'[] = []): Promise<Landing> =>
  world.allow(await world.visitor('maya'), changes, untick)
const grantOf = async (landing: Landing) => {
  const code = await db().authorizationCode.findUniqueOrThrow({
    where: { digest: new Uint8Array(createHash('sha256').update(landing.code).digest()) },
    include: { grant: true },
  })
  const { grant, spentAt } = code
  if (!grant) throw new Error('the code opens no grant')
  return { grant, grantId: grant.id, spentAt }
}
const actor = { kind: 'system', id: 'test' } as const

async function expectError(response: Response, error: string, status = 400): Promise<void> {
  expect([response.status, ((await response.json()) as Tokens).error]).toEqual([status, error])
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('pragma')).toBe('no-cache')
}

const patient = async (token: string): Promise<number> =>
  (await fetch(`${world.audience}/Patient`, { headers: { authorization: `Bearer ${token}` } })).status

describe('a code for tokens', () => {
  it('[T3][T4][X11][6749-5.1] gives everything SMART requires, and the token opens the gateway', async () => {
    const landing = await land()
    const response = await world.exchange(landing)
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(response.headers.get('pragma')).toBe('no-cache')
    const tokens = (await response.json()) as Tokens
    expect(tokens).toMatchObject({ token_type: 'Bearer', expires_in: 900, patient: person('maya').patientId })
    expect(tokens.scope).toBe(
      'openid fhirUser launch/patient offline_access patient/Patient.rs patient/Observation.rs patient/Condition.read',
    )
    expect(await patient(tokens.access_token)).toBe(200)
  })

  it('[T5][T6][9068-2][9700-2.3] the access token is an ES256 at+jwt for one FHIR base, with every claim', async () => {
    const tokens = (await (await world.exchange(await land())).json()) as Tokens
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ alg: 'ES256', typ: 'at+jwt' })
    const claims = decodeJwt(tokens.access_token)
    expect(claims).toMatchObject({
      iss: world.url,
      aud: world.audience,
      client_id: 'test-app',
      scope: tokens.scope,
      patient: person('maya').patientId,
      fhirUser: `${world.audience}/Patient/${person('maya').patientId}`,
    })
    expect(Number(claims.exp) - Number(claims.iat)).toBe(900)
    expect(claims.jti).toBeTruthy()
    expect(claims['auth_time']).toBeTypeOf('number')
  })

  it('[I2][I3][OIDC-2][I1] the ID token is RS256, for the client, with fhirUser, nonce and auth_time, and no access token', async () => {
    const tokens = (await (await world.exchange(await land())).json()) as Tokens
    const token = tokens.id_token ?? ''
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: 'RS256', typ: 'JWT' })
    const claims = decodeJwt(token)
    expect(claims).toMatchObject({ iss: world.url, aud: 'test-app', nonce: 'n'.repeat(70) })
    expect(claims['fhirUser']).toBe(`${world.audience}/Patient/${person('maya').patientId}`)
    expect(claims.sub).toBe(decodeJwt(tokens.access_token).sub)
    expect(claims.sub).not.toContain(person('maya').patientId)
    expect(await verifyOwnJwt(token, { typ: 'at+jwt' })).toBeUndefined()
    expect(await patient(token)).toBe(401)
  })

  it('without offline_access there is no refresh token; without openid no ID token', async () => {
    const tokens = (await (await world.exchange(await land({}, ['offline']))).json()) as Tokens
    expect(tokens.refresh_token).toBeUndefined()
    expect(tokens.scope).not.toContain('offline_access')
    const bare = (await (await world.exchange(await land({ scope: 'patient/Patient.rs' }))).json()) as Tokens
    expect(bare.id_token).toBeUndefined()
    expect(bare.patient).toBe(person('maya').patientId)
  })

  it('[6749-4.1.2] of 64 redemptions at once exactly one wins, and the code’s grant ends with the others', async () => {
    const landing = await land()
    const answers = await Promise.all(Array.from({ length: 64 }, () => world.exchange(landing)))
    const good = answers.filter((answer) => answer.status === 200)
    expect(good).toHaveLength(1)
    expect((await grantOf(landing)).grant.endedWhy).toBe('code-replayed')
    const tokens = (await good[0]?.json()) as Tokens
    expect(await patient(tokens.access_token)).toBe(401)
    await expectError(await world.refresh(tokens.refresh_token ?? ''), 'invalid_grant')
    const { grantId } = await grantOf(landing)
    const count = (name: string) => db().auditEvent.count({ where: { name, grantId } })
    expect(await count('authorization-code.exchanged')).toBe(1)
    expect(await count('authorization-code.replayed')).toBe(1)
  })

  it('[6749-4.1.2] a second use ends what the first produced even after the code’s minute is over', async () => {
    const landing = await land()
    const tokens = (await (await world.exchange(landing)).json()) as Tokens
    setClock(() => new Date(Date.now() + 120_000))
    try {
      await expectError(await world.exchange(landing), 'invalid_grant')
    } finally {
      setClock(() => new Date())
    }
    expect(await patient(tokens.access_token)).toBe(401)
  })

  it.each([
    ['another client', { client_id: 'other-app' }],
    ['another redirect URI', { redirect_uri: redirects.loopback }],
    ['no redirect URI', { redirect_uri: undefined }],
    ['no verifier', { code_verifier: undefined }],
    ['another verifier', { code_verifier: 'v'.repeat(43) }],
    ['a short verifier', { code_verifier: 'short' }],
    ['a verifier of other characters', { code_verifier: `${'v'.repeat(43)}!` }],
    ['a code that never was', { code: 'x'.repeat(43) }],
  ])('[7636-4.1][7636-4.6][9700-2.1.1] %s is refused and spends nothing', async (_, changes) => {
    const landing = await land()
    await expectError(await world.exchange(landing, changes), 'invalid_grant')
    expect((await world.exchange(landing)).status).toBe(200)
  })

  it('[A6][7636-4.6] the challenge is no verifier', async () => {
    const landing = await land()
    const challenge = createHash('sha256').update(landing.verifier).digest('base64url')
    await expectError(await world.exchange(landing, { code_verifier: challenge }), 'invalid_grant')
  })

  it('a failed proof of a spent code ends nothing: a stranger with the code cannot burn it', async () => {
    const landing = await land()
    const tokens = (await (await world.exchange(landing)).json()) as Tokens
    await expectError(await world.exchange(landing, { code_verifier: 'v'.repeat(43) }), 'invalid_grant')
    expect(await patient(tokens.access_token)).toBe(200)
  })

  it('[6749-4.1.3] five failures close a code for that caller', async () => {
    const landing = await land()
    for (let count = 0; count < 5; count++)
      await expectError(await world.exchange(landing, { code_verifier: 'v'.repeat(43) }), 'invalid_grant')
    await expectError(await world.exchange(landing), 'invalid_grant')
    expect((await grantOf(landing)).spentAt).toBeNull()
  })

  it('[A9] a code is over after a minute', async () => {
    const landing = await land()
    setClock(() => new Date(Date.now() + 61_000))
    try {
      await expectError(await world.exchange(landing), 'invalid_grant')
    } finally {
      setClock(() => new Date())
    }
  })

  it('a grant, link, account or app that ended since consent gives no token', async () => {
    const ends: Record<string, (landing: Landing) => Promise<unknown>> = {
      grant: async (landing) => {
        const { grantId } = await grantOf(landing)
        return db().$transaction((tx) => endGrant(tx, grantId, { why: 'person', actor, now: now() }))
      },
      link: async (landing) => {
        const { grant } = await grantOf(landing)
        return db().$transaction((tx) => endLink(tx, grant.linkId, { why: 'staff', actor, now: now() }))
      },
      account: async (landing) => {
        const { grant } = await grantOf(landing)
        return db().account.update({ where: { id: grant.accountId }, data: { endedAt: now() } })
      },
    }
    for (const end of Object.values(ends)) {
      const landing = await land()
      await end(landing)
      await expectError(await world.exchange(landing), 'invalid_grant')
    }
    const landing = await land()
    await db().app.update({ where: { id: 'test-app' }, data: { removedAt: now() } })
    await expectError(await world.exchange(landing), 'invalid_client')
    await db().app.update({ where: { id: 'test-app' }, data: { removedAt: null } })
  })

  it('a stop is temporarily_unavailable with 503, and the code is still good after it', async () => {
    const landing = await land()
    await setStop('token-issue', '', { reason: 'test', actor })
    const answer = await world.exchange(landing)
    expect(answer.headers.get('retry-after')).toBe('10')
    await expectError(answer, 'temporarily_unavailable', 503)
    await liftStop('token-issue', '', actor)
    expect((await world.exchange(landing)).status).toBe(200)
  })

  it('[8707] resource may repeat what was authorized and nothing else', async () => {
    const landing = await land()
    await expectError(
      await world.exchange(landing, { resource: 'https://elsewhere.example' }),
      'invalid_target',
    )
    expect((await world.exchange(landing, { resource: world.audience })).status).toBe(200)
  })
})

describe('the token endpoint', () => {
  it('[T1][6749-3.2] takes POST and forms only, each parameter once, none in the address', async () => {
    const url = `${world.url}/oauth/token`
    expect((await fetch(url)).status).toBe(405)
    const json = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    await expectError(await fetch(url, json), 'invalid_request')
    const twice = { method: 'POST', body: new URLSearchParams('grant_type=a&grant_type=b') }
    await expectError(await fetch(url, twice), 'invalid_request')
    await expectError(
      await world.post('/oauth/token?client_secret=x', { grant_type: 'x' }),
      'invalid_request',
    )
    await expectError(await world.post('/oauth/token', {}), 'invalid_request')
  })

  it('[9700-2.4] knows no other grant', async () => {
    for (const grant_type of [
      'password',
      'implicit',
      'urn:ietf:params:oauth:grant-type:device_code',
      'toString',
    ])
      await expectError(
        await world.post('/oauth/token', { grant_type, client_id: 'test-app' }),
        'unsupported_grant_type',
      )
  })

  it('[6749-2.3] one way of authenticating, and none that is not offered', async () => {
    const landing = await land()
    const basic = { authorization: `Basic ${Buffer.from('test-app:').toString('base64')}` }
    const form = { grant_type: 'authorization_code', code: landing.code }
    const refused = await world.post('/oauth/token', form, basic)
    expect(refused.headers.get('www-authenticate')).toContain('Basic')
    await expectError(refused, 'invalid_client', 401)
    await expectError(
      await world.post('/oauth/token', { ...form, client_secret: 'x' }, basic),
      'invalid_request',
    )
    await expectError(await world.exchange(landing, { client_secret: 'x' }), 'invalid_client')
    await expectError(await world.exchange(landing, { client_id: 'printer' }), 'invalid_client')
    await expectError(await world.exchange(landing, { client_id: 'nobody' }), 'invalid_client')
    await expectError(await world.exchange(landing, { client_id: undefined }), 'invalid_request')
  })

  it('[6749-5.2] an error repeats nothing of the request', async () => {
    const answer = await world.post('/oauth/token', { grant_type: 'ECHO"\\é', client_id: 'test-app' })
    expect(await answer.text()).not.toContain('ECHO')
  })

  it('[O2] CORS: preflight and call for registered origins, nobody else', async () => {
    const ask = async (method: string, origin: string, client = 'test-app') =>
      (
        await fetch(`${world.url}/oauth/token`, {
          method,
          headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
          ...(method === 'POST' ? { body: `client_id=${client}` } : {}),
        })
      ).headers.get('access-control-allow-origin')
    for (const method of ['OPTIONS', 'POST']) {
      expect(await ask(method, 'https://app.example')).toBe('https://app.example')
      expect(await ask(method, 'https://evil.example')).toBeNull()
      expect(await ask(method, 'null')).toBeNull()
      expect(await ask(method, 'https://app.example:8443')).toBeNull()
    }
    expect(await ask('POST', 'https://other.example')).toBeNull()
    expect(await ask('POST', 'https://other.example', 'other-app')).toBe('https://other.example')
  })
})
