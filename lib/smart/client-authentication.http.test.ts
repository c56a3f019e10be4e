import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { removeApp } from '@/lib/apps/apps'
import { rotateSecret } from '@/lib/apps/secrets'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { addSeconds, epochSeconds, now, setClock } from '@/lib/time/clock'
import { addApp } from '@/test/add-app'
import { type Landing, type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

const scopes = ['openid', 'launch/patient', 'offline_access', 'patient/Patient.rs']
const asked = scopes.join(' ')
const operator = { kind: 'system', id: 'test' } as const

let world: SmartWorld
let visitor: Visitor
let secrets: Record<string, string>
let es384: CryptoKeyPair
let rs384: CryptoKeyPair

beforeAll(async () => {
  world = await startSmartWorld()
  visitor = await world.visitor('maya')
  es384 = await generateKeyPair('ES384', { extractable: true })
  rs384 = await generateKeyPair('RS384', { extractable: true })
  const es = { ...(await exportJWK(es384.publicKey)), kid: 'es' }
  const rs = { ...(await exportJWK(rs384.publicKey)), kid: 'rs' }
  await addApp({ id: 'basic-app', scopes, tokenEndpointAuthMethod: 'client_secret_basic' })
  await addApp({ id: 'post-app', scopes, tokenEndpointAuthMethod: 'client_secret_post' })
  const jwt = { scopes, tokenEndpointAuthMethod: 'private_key_jwt' }
  await addApp({ id: 'jwt-app', ...jwt, jwks: { keys: [es, rs] } })
  await addApp({ id: 'rs-only', ...jwt, jwks: { keys: [es, rs] }, tokenEndpointAuthSigningAlg: 'RS384' })
  secrets = { 'basic-app': await newSecret('basic-app'), 'post-app': await newSecret('post-app') }
})
afterAll(() => world.stop())
beforeEach(async () => {
  setClock(() => new Date())
  await db().rateLimitHit.deleteMany()
})

const newSecret = (id: string): Promise<string> =>
  db().$transaction((tx) => rotateSecret(tx, id, { actor: operator, origin: 'command', now: now() }))
const basic = (id: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
})
const errorOf = async (response: Response): Promise<string> =>
  `${response.status} ${((await response.json()) as { error?: string }).error ?? 'no error'}`

async function assertion(
  id: string,
  alg: 'ES384' | 'RS384' = 'ES384',
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<Record<string, string>> {
  const usual = { iss: id, sub: id, aud: `${world.url}/oauth/token`, jti: randomUUID() }
  const token = await new SignJWT({ ...usual, exp: epochSeconds(now()) + 300, ...claims })
    .setProtectedHeader({ alg, kid: alg.slice(0, 2).toLowerCase(), typ: 'JWT', ...header })
    .sign(alg === 'ES384' ? es384.privateKey : rs384.privateKey)
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: token,
  }
}

const allow = (id: string): Promise<Landing> =>
  world.allow(visitor, { client_id: id, redirect_uri: `https://${id}.example/cb`, scope: asked })

const exchange = (landing: Landing, form: Record<string, string>, headers: Record<string, string> = {}) =>
  world.post(
    '/oauth/token',
    {
      grant_type: 'authorization_code',
      code: landing.code,
      redirect_uri: landing.redirectUri,
      code_verifier: landing.verifier,
      ...form,
    },
    headers,
  )

/** A request that says who it is from and then asks for nothing that exists: the client is judged first. */
const knock = (form: Record<string, string>, headers: Record<string, string> = {}) =>
  world.post('/oauth/token', { grant_type: 'refresh_token', refresh_token: 'none', ...form }, headers)
const known = '400 invalid_grant'

describe('a confidential app', () => {
  it('[T1][T2][F5][Y1] is known by Basic alone: exchanges its code and refreshes without naming itself again', async () => {
    const proof = basic('basic-app', secrets['basic-app'] ?? '')
    const landing = await allow('basic-app')
    const first = await exchange(landing, {}, proof)
    expect(first.status).toBe(200)
    const { refresh_token } = (await first.json()) as { refresh_token: string }
    const second = await world.post('/oauth/token', { grant_type: 'refresh_token', refresh_token }, proof)
    expect(second.status).toBe(200)
    const gone = (await second.json()) as { refresh_token: string }
    const revoked = await world.post('/oauth/revoke', { token: gone.refresh_token }, proof)
    expect(revoked.status).toBe(200)
    expect(await errorOf(await knock({ refresh_token: gone.refresh_token }, proof))).toBe(known)
  })

  it('[T1][T2] is known by a secret in the body only where it is registered so', async () => {
    const client_secret = secrets['post-app'] ?? ''
    const answer = await exchange(await allow('post-app'), { client_id: 'post-app', client_secret })
    expect(answer.status).toBe(200)
    expect(await errorOf(await knock({}, basic('post-app', client_secret)))).toBe('401 invalid_client')
    const other = { client_id: 'basic-app', client_secret: secrets['basic-app'] ?? '' }
    expect(await errorOf(await knock(other))).toBe('400 invalid_client')
    expect(await errorOf(await knock({ client_secret }))).toBe('400 invalid_client')
  })

  it.each(['ES384', 'RS384'] as const)(
    '[T1][J1][J3][J7] is known by an assertion signed with %s, without client_id',
    async (alg) => {
      const landing = await allow('jwt-app')
      const answer = await exchange(landing, await assertion('jwt-app', alg))
      expect(answer.status).toBe(200)
      const { refresh_token } = (await answer.json()) as { refresh_token: string }
      const form = { grant_type: 'refresh_token', refresh_token, ...(await assertion('jwt-app', alg)) }
      expect((await world.post('/oauth/token', form)).status).toBe(200)
    },
  )

  it('[6749-2.3] is nobody without its proof, whichever it is registered with, and its code stays unspent', async () => {
    for (const id of ['basic-app', 'post-app', 'jwt-app']) {
      expect(await errorOf(await knock({ client_id: id }))).toBe('400 invalid_client')
      const landing = await allow(id)
      expect(await errorOf(await exchange(landing, { client_id: id }))).toBe('400 invalid_client')
      const { spentAt } = await db().authorizationCode.findFirstOrThrow({
        where: { digest: sha256(landing.code) },
      })
      expect(spentAt).toBeNull()
    }
  })

  it('[F5] cannot refresh by leaving its name out, as a public app may; the token stays good', async () => {
    const proof = basic('basic-app', secrets['basic-app'] ?? '')
    const first = await exchange(await allow('basic-app'), {}, proof)
    const { refresh_token } = (await first.json()) as { refresh_token: string }
    expect(await errorOf(await knock({ refresh_token }))).toBe('400 invalid_client')
    expect((await knock({ refresh_token }, proof)).status).toBe(200)
  })

  it('[6749-2.3] that sends two proofs is refused with invalid_request, even if both are good', async () => {
    const secret = secrets['basic-app'] ?? ''
    const proofs = {
      header: basic('basic-app', secret),
      secret: { client_id: 'basic-app', client_secret: secret },
      assertion: await assertion('jwt-app'),
    }
    expect(await errorOf(await knock(proofs.secret, proofs.header))).toBe('400 invalid_request')
    expect(await errorOf(await knock(proofs.assertion, proofs.header))).toBe('400 invalid_request')
    expect(await errorOf(await knock({ ...proofs.secret, ...proofs.assertion }))).toBe('400 invalid_request')
    const { client_assertion_type = '' } = proofs.assertion
    expect(await errorOf(await knock({ client_assertion_type }, proofs.header))).toBe('400 invalid_request')
  })

  it('[6749-2.3] with keys is not known by a secret, and one with a secret not by a key', async () => {
    const secret = await newSecret('jwt-app')
    expect(await errorOf(await knock({}, basic('jwt-app', secret)))).toBe('401 invalid_client')
    expect(await errorOf(await knock({ client_id: 'jwt-app', client_secret: secret }))).toBe(
      '400 invalid_client',
    )
    expect(await errorOf(await knock(await assertion('basic-app')))).toBe('400 invalid_client')
    const both = { ...(await assertion('jwt-app')), client_id: 'basic-app' }
    expect(await errorOf(await knock(both))).toBe('400 invalid_client')
  })

  it('[6749-2.3] whose secret stands in the address is refused, and nothing is looked at', async () => {
    const query = new URLSearchParams({ client_id: 'post-app', client_secret: secrets['post-app'] ?? '' })
    const answer = await world.post(`/oauth/token?${query}`, {
      grant_type: 'refresh_token',
      refresh_token: 'x',
    })
    expect(await errorOf(answer)).toBe('400 invalid_request')
  })

  it('[6749-2.3] a public app that sends a proof is refused: it has none', async () => {
    expect(await errorOf(await knock({ client_id: 'test-app', client_secret: 'x' }))).toBe(
      '400 invalid_client',
    )
    expect(await errorOf(await knock({}, basic('test-app', '')))).toBe('401 invalid_client')
    expect(await errorOf(await knock(await assertion('test-app')))).toBe('400 invalid_client')
  })

  it('that was removed is nobody, with the right secret too', async () => {
    await addApp({ id: 'gone-app', scopes, tokenEndpointAuthMethod: 'client_secret_basic' })
    const secret = await newSecret('gone-app')
    expect(await errorOf(await knock({}, basic('gone-app', secret)))).toBe(known)
    await db().$transaction((tx) => removeApp(tx, 'gone-app', operator))
    expect(await errorOf(await knock({}, basic('gone-app', secret)))).toBe('401 invalid_client')
  })
})

it('[X8] a confidential app gets a new refresh token with each use, and the one before it is spent', async () => {
  const proof = basic('basic-app', secrets['basic-app'] ?? '')
  const tokensOf = async (response: Response) => (await response.json()) as { refresh_token: string }
  const first = await tokensOf(await exchange(await allow('basic-app'), {}, proof))
  const second = await tokensOf(await knock(first, proof))
  const third = await tokensOf(await knock(second, proof))
  expect(new Set([first, second, third].map((one) => one.refresh_token)).size).toBe(3)
  expect(await errorOf(await knock(first, proof))).toBe(known)
})

describe('Basic authentication', () => {
  it('[6749-2.3.1] is read form-encoded and as it stands, in any case of the scheme', async () => {
    const secret = secrets['basic-app'] ?? ''
    const encode = (text: string) =>
      [...text].map((c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
    expect(await errorOf(await knock({}, basic('basic-app', secret)))).toBe(known)
    expect(await errorOf(await knock({}, basic(encode('basic-app'), encode(secret))))).toBe(known)
    const { authorization = '' } = basic('basic-app', secret)
    expect(await errorOf(await knock({}, { authorization: authorization.replace('Basic', 'bAsIc') }))).toBe(
      known,
    )
    expect(await errorOf(await knock({ client_id: 'basic-app' }, basic('basic-app', secret)))).toBe(known)
  })

  it('[6749-5.2] that fails is answered 401 with the scheme, whatever is wrong, and alike for clients that do not exist', async () => {
    const secret = secrets['basic-app'] ?? ''
    const raw = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
    const wrong: Record<string, string>[] = [
      basic('basic-app', `${secret}x`),
      basic('basic-app', secret.slice(0, -1)),
      basic('basic-app', ''),
      basic('basic-app', `${secret}%`),
      basic('nobody', secret),
      basic('printer', secret),
      basic('', secret),
      raw('basic-app'),
      raw('\u0000:\u0000'),
      raw('%ff%fe:%'),
      { authorization: 'Basic' },
      { authorization: 'Basic =' },
      { authorization: 'Basic not-base64!' },
      { authorization: 'Bearer x' },
      { authorization: 'Digest username="basic-app"' },
    ]
    const texts = new Set<string>()
    for (const headers of wrong) {
      const answer = await knock({}, headers)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm="/)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      texts.add(await answer.text())
      await db().rateLimitHit.deleteMany()
    }
    expect(texts.size).toBe(1)
    const other = await knock({ client_id: 'post-app' }, basic('basic-app', secret))
    expect(await errorOf(other)).toBe('401 invalid_client')
  })

  it('[6749-5.2] a failure in the body is answered 400, without a challenge', async () => {
    const answer = await knock({ client_id: 'post-app', client_secret: 'wrong' })
    expect(answer.headers.has('www-authenticate')).toBe(false)
    expect(await errorOf(answer)).toBe('400 invalid_client')
  })

  it('[6749-2.3.1] guesses are slowed down for the client they try and for nobody else; then the right secret has to wait too', async () => {
    for (let count = 0; count < 20; count++) await knock({}, basic('basic-app', `guess-${count}`))
    const secret = secrets['basic-app'] ?? ''
    const shut = await knock({}, basic('basic-app', secret))
    expect(Number(shut.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await errorOf(shut)).toBe('401 invalid_client')
    const post = { client_id: 'post-app', client_secret: secrets['post-app'] ?? '' }
    expect(await errorOf(await knock(post))).toBe(known)
    setClock(() => addSeconds(new Date(), 301))
    expect(await errorOf(await knock({}, basic('basic-app', secret)))).toBe(known)
  })

  it('made-up clients do not fill the table that counts failures', async () => {
    for (let count = 0; count < 40; count++) await knock({}, basic(`made-up-${count}`, 'x'))
    expect(await db().rateLimitHit.count()).toBeLessThanOrEqual(21)
  })
})

describe('an assertion of an app', () => {
  it('[X1] names issuer or token endpoint as a single string, at revocation and pushed requests too', async () => {
    for (const aud of [world.url, `${world.url}/oauth/token`]) {
      const revoked = await world.post('/oauth/revoke', {
        token: 'x',
        ...(await assertion('jwt-app', 'ES384', { aud })),
      })
      expect(revoked.status).toBe(200)
    }
    for (const path of ['/oauth/revoke', '/oauth/par'])
      for (const aud of [`${world.url}${path}`, [`${world.url}/oauth/token`], `${world.url}/`, [world.url]]) {
        const proof = await assertion('jwt-app', 'ES384', { aud })
        expect(await errorOf(await world.post(path, { token: 'x', ...proof }))).toBe('400 invalid_client')
      }
  })

  it('[X2] is signed with ES384 or RS384, or with the one algorithm its app is registered for', async () => {
    expect(await errorOf(await knock(await assertion('rs-only', 'RS384')))).toBe(known)
    expect(await errorOf(await knock(await assertion('rs-only', 'ES384')))).toBe('400 invalid_client')
    for (const alg of ['RS256', 'PS384', 'RS512']) {
      const pair = await generateKeyPair(alg, { extractable: true })
      const id = `weak-${alg.toLowerCase()}`
      const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'rs' }] }
      await addApp({ id, scopes, tokenEndpointAuthMethod: 'private_key_jwt', jwks })
      const token = await new SignJWT({ iss: id, sub: id, aud: world.url, jti: randomUUID() })
        .setProtectedHeader({ alg, kid: 'rs' })
        .setExpirationTime('2m')
        .sign(pair.privateKey)
      const proof = { ...(await assertion(id)), client_assertion: token }
      expect(await errorOf(await knock(proof))).toBe('400 invalid_client')
    }
  })

  it('[X7] says what it is for by its typ, the newer one too, or leaves it out; tokens of other kinds do not pass', async () => {
    for (const typ of ['JWT', 'jwt', 'client-authentication+jwt', undefined])
      expect(await errorOf(await knock(await assertion('jwt-app', 'ES384', {}, { typ })))).toBe(known)
    for (const typ of ['at+jwt', 'logout+jwt', 'oauth-authz-req+jwt', 'dpop+jwt', 'application/at+jwt', ''])
      expect(await errorOf(await knock(await assertion('jwt-app', 'ES384', {}, { typ })))).toBe(
        '400 invalid_client',
      )
  })

  it('[J2][J5][J6] names one registered key of its algorithm, itself as issuer and subject, and its end', async () => {
    const wrong: [Record<string, unknown>, Record<string, unknown>][] = [
      [{}, { kid: undefined }],
      [{}, { kid: 'rs' }],
      [{}, { kid: 'unknown' }],
      [{}, { jku: 'https://evil.example/jwks' }],
      [{}, { jku: '' }],
      [{ iss: 'basic-app' }, {}],
      [{ sub: 'basic-app' }, {}],
      [{ iss: 'nobody', sub: 'nobody' }, {}],
      [{ exp: undefined }, {}],
      [{ exp: '9999999999' }, {}],
      [{ jti: undefined }, {}],
      [{ jti: '' }, {}],
    ]
    for (const [claims, header] of wrong) {
      const proof = await assertion('jwt-app', 'ES384', claims, header)
      expect(await errorOf(await knock(proof))).toBe('400 invalid_client')
    }
  })

  it('[J10] may live five minutes and a minute of clock difference, not longer', async () => {
    const at = epochSeconds(now())
    for (const [exp, outcome] of [
      [at + 355, known],
      [at - 50, known],
      [at + 400, '400 invalid_client'],
      [at - 70, '400 invalid_client'],
    ] as const)
      expect(await errorOf(await knock(await assertion('jwt-app', 'ES384', { exp })))).toBe(outcome)
  })

  it.each([
    ['aud', { aud: 'https://other.example/oauth/token' }, {}, /^aud of the assertion/],
    ['an end long ahead', { exp: 4_000_000_000 }, {}, /more than five minutes ahead/],
    ['an end in the past', { exp: 1_000_000_000 }, {}, /expired: look at the clock/],
    ['a beginning ahead', { nbf: 4_000_000_000 }, {}, /nbf of the assertion/],
    ['no jti', { jti: undefined }, {}, /must be a JWT with kid, iss, sub/],
    ['another type', {}, { typ: 'at+jwt' }, /^typ of the assertion/],
  ])(
    '[J2][6749-5.2] with a wrong part is told which one, and a client that does not exist alike: %s',
    async (_part, claims, header, sentence) => {
      const ask = async (id: string) => {
        const answer = await world.post('/oauth/token', {
          grant_type: 'refresh_token',
          refresh_token: 'x',
          ...(await assertion(id, 'ES384', claims, header)),
        })
        return (await answer.json()) as { error: string; error_description: string }
      }
      const known = await ask('jwt-app')
      expect(known.error).toBe('invalid_client')
      expect(known.error_description).toMatch(sentence)
      expect(await ask('nobody')).toEqual(known)
    },
  )

  it('[OIDC-9][J4] counts once, of 64 uses at the same time and later too; another app may use the same jti', async () => {
    const jti = randomUUID()
    const proof = await assertion('jwt-app', 'ES384', { jti })
    const answers = await Promise.all(Array.from({ length: 64 }, async () => errorOf(await knock(proof))))
    expect(answers.filter((answer) => answer === known)).toHaveLength(1)
    await db().rateLimitHit.deleteMany()
    setClock(() => addSeconds(new Date(), 200))
    expect(await errorOf(await knock(proof))).toBe('400 invalid_client')
    expect(await errorOf(await knock(await assertion('rs-only', 'RS384', { jti })))).toBe(known)
  })

  it('[6749-4.1.3] of another app does not open a code', async () => {
    const landing = await allow('jwt-app')
    expect(await errorOf(await exchange(landing, await assertion('rs-only', 'RS384')))).toBe(known)
    expect((await exchange(landing, await assertion('jwt-app'))).status).toBe(200)
  })
})

it('[C2][D13][D14] discovery lists every way of client authentication, and both algorithms', async () => {
  const document = (await (await fetch(`${world.audience}/.well-known/smart-configuration`)).json()) as {
    capabilities: string[]
  }
  expect(document).toMatchObject({
    token_endpoint_auth_methods_supported: [
      'none',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    token_endpoint_auth_signing_alg_values_supported: ['ES384', 'RS384'],
  })
  expect(document.capabilities).toEqual(
    expect.arrayContaining([
      'client-public',
      'client-confidential-symmetric',
      'client-confidential-asymmetric',
    ]),
  )
})
