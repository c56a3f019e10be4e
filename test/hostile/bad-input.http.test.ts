import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { listEndpoints } from '@/test/hostile/endpoints'
import { form, formHeaders, type RawAnswer, type RawRequest, send } from '@/test/hostile/send'
import { canary, listCommonFaults, listFaults } from '@/test/hostile/verdict'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
  setConfig({ ...config(), registration: 'staff-approval' })
})
afterAll(() => world.stop())
beforeEach(() => db().rateLimitHit.deleteMany())

const all = listEndpoints('http://localhost')
const formEndpoints = all.filter(({ shape }) => shape === 'oauth').map(({ name }) => name)

/** The endpoint as it stands at the running server. */
function at(name: string) {
  const found = listEndpoints(world.url).find((one) => one.name === name)
  if (!found) throw new Error(`no endpoint ${name}`)
  return found
}

/** Sends and holds the answer against everything any answer has to keep. */
async function ask(name: string, request: Partial<RawRequest>): Promise<RawAnswer> {
  const endpoint = at(name)
  const answer = await send(world.url, { method: 'POST', target: endpoint.path, ...request })
  expect(listFaults(endpoint, answer)).toEqual([])
  return answer
}
const errorOf = ({ status, text }: RawAnswer): string =>
  `${status} ${(JSON.parse(text) as { error: string }).error}`

/** Parameters of an endpoint that are good as far as they go. */
function ordinary(name: string): [string, string][] {
  return Object.entries(at(name).parameters)
}

describe.each(formEndpoints)('%s', (name) => {
  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'])('[6749-3.2] refuses %s with 405', async (method) => {
    const answer = await ask(name, { method })
    expect([answer.status, answer.headers.allow]).toEqual([405, 'POST, OPTIONS'])
  })

  it.each([
    undefined,
    'application/json',
    'text/plain',
    'multipart/form-data; boundary=x',
    'application/xml',
    ';',
    'application/x-www-form-urlencodedx',
  ])('[6749-3.2] takes forms only: %s', async (type) => {
    const answer = await ask(name, {
      body: form(ordinary(name)),
      headers: type === undefined ? {} : { 'content-type': type },
    })
    expect(errorOf(answer)).toBe('400 invalid_request')
  })

  it('[6749-3.1] refuses each parameter it knows when it comes twice, even with the same value', async () => {
    for (const [parameter, value] of [...ordinary(name), ...Object.entries(at(name).more ?? {})]) {
      const body = form([
        ...ordinary(name).filter(([one]) => one !== parameter),
        [parameter, value],
        [parameter, value],
      ])
      const expected = parameter === 'resource' ? '400 invalid_target' : '400 invalid_request'
      expect([parameter, errorOf(await ask(name, { body, headers: formHeaders }))]).toEqual([
        parameter,
        expected,
      ])
    }
  })

  it.each([
    ['half a percent sign', 'a=%'],
    ['a percent sign and no digits', `token=%zz${canary}`],
    ['NUL', `token=%00${canary}`],
    ['no UTF-8', `token=%ff%fe${canary}`],
    ['an encoded surrogate', `token=%ed%a0%80${canary}`],
    ['raw bytes', Buffer.from([0x74, 0x3d, 0xff, 0xfe, 0x00])],
  ])('refuses %s as malformed', async (_, body) => {
    expect(errorOf(await ask(name, { body, headers: formHeaders }))).toBe('400 invalid_request')
  })

  it.each([
    ['nothing', ''],
    ['separators', '&&&=&=&'],
    ['JSON in a form', `{"client_id":"${canary}"}`],
    ['ten thousand parameters', form(Array.from({ length: 5_000 }, (_, i) => [`p${i}`, ''] as const))],
    ['one long value', `client_id=${canary.repeat(4_000)}`],
    ['names of Object.prototype', '__proto__=x&constructor=y&toString=z&hasOwnProperty=q'],
  ])('refuses %s without a fault', async (_, body) => {
    const { status } = await ask(name, { body, headers: formHeaders })
    expect(status).toBeGreaterThanOrEqual(400)
  })

  it('refuses a body that is too large, said beforehand or found out', async () => {
    const body = `client_id=${'x'.repeat(70_000)}`
    expect((await ask(name, { body, headers: formHeaders })).status).toBe(413)
    expect((await ask(name, { body, headers: formHeaders, isChunked: true })).status).toBe(413)
  })

  it('[6749-2.3] refuses parameters in the address, a secret among them', async () => {
    const { path } = at(name)
    for (const query of [`client_secret=${canary}`, `client_id=test-app`, 'x', '%']) {
      const answer = await ask(name, {
        target: `${path}?${query}`,
        body: form(ordinary(name)),
        headers: formHeaders,
      })
      expect(errorOf(answer)).toBe('400 invalid_request')
    }
  })

  it.each([
    'Basic',
    'Basic ',
    'Basic %%%',
    `Basic ${canary}`,
    basic('no colon'),
    basic(':'),
    basic('test-app:'),
    basic(`:${canary}`),
    basic(`test-app:${canary}`),
    basic(`printer:${canary}`),
    basic('%zz:%zz'),
    basic('%00:%00'),
    basic('\u0000:\u0000'),
    basic('é:ü'),
    basic(`${'x'.repeat(4_000)}:y`),
    `Basic ${Buffer.from([0xff, 0x3a, 0xff]).toString('base64')}`,
    `Bearer ${canary}`,
    `Digest username="${canary}"`,
    `DPoP ${canary}`,
    canary,
  ])('[6749-2.3.1] refuses an Authorization header that proves nothing: %s', async (authorization) => {
    const answer = await ask(name, {
      body: form(ordinary(name)),
      headers: { ...formHeaders, authorization },
    })
    expect(errorOf(answer)).toMatch(/^(40[01] invalid_client|400 invalid_request|401 invalid_token)$/)
    if (answer.status === 401) expect(answer.headers['www-authenticate']).toMatch(/^(Basic|Bearer) /)
  })

  it('[6749-2.3] refuses two ways of authentication at once, in every pair', async () => {
    const header = { authorization: basic('test-app:x') }
    const secret: [string, string] = ['client_secret', 'x']
    const assertion: [string, string][] = [
      ['client_assertion', 'e30.e30.e30'],
      ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    ]
    for (const [headers, more] of [
      [header, [secret]],
      [header, assertion],
      [{}, [secret, ...assertion]],
    ] as const) {
      const body = form([...ordinary(name), ...more])
      const answer = await ask(name, { body, headers: { ...formHeaders, ...headers } })
      expect(errorOf(answer)).toMatch(/^(400 invalid_request|40[01] invalid_client)$/)
    }
  })

  it.each([
    'x',
    '..',
    'a.b.c',
    'e30.e30.e30',
    'bnVsbA.bnVsbA.',
    jwt([], []),
    jwt({ alg: 'none' }, { iss: 'printer', sub: 'printer' }),
    jwt({ alg: 'ES384', kid: 'k1' }, { iss: 'printer' }),
    jwt({ alg: 'ES384', kid: { a: 1 } }, { iss: ['printer'] }),
    jwt({ alg: 'HS256', kid: 'k1' }, { iss: 'printer', sub: 'printer', aud: 'x', exp: 9e9, jti: 'j' }),
    jwt({ alg: 'ES384', kid: canary }, { iss: canary, sub: canary }),
    jwt({ alg: 'ES384' }, { iss: '\u0000' }),
    jwt({ alg: 'ES384', jku: 'https://evil.example' }, { iss: 'printer' }),
    jwt({ alg: 'ES384', crit: ['x'] }, { iss: 'printer', exp: 1e300 }),
  ])('refuses a client assertion that is none: %s', async (assertion) => {
    const parameters = ordinary(name).filter(([one]) => one !== 'client_id')
    const body = form([
      ...parameters,
      ['client_assertion', assertion],
      ['client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
    ])
    expect(errorOf(await ask(name, { body, headers: formHeaders }))).toMatch(/^40[01] invalid_client$/)
  })

  it.each([
    '__proto__',
    'constructor',
    '\u{1f512}',
    'a b',
    canary,
    `${canary}\n`,
    'x'.repeat(5_000),
    "' OR 1=1 --",
  ])('knows no client of the name %s', async (id) => {
    const parameters = ordinary(name).filter(([one]) => one !== 'client_id')
    const body = form([...parameters, ['client_id', id]])
    expect(errorOf(await ask(name, { body, headers: formHeaders }))).toMatch(/^40[01] invalid_client$/)
  })

  it.each(['null', 'http://evil.example', 'https://app.example.evil.example', 'https://APP.example'])(
    '[O2] lets no browser of the origin %s read the answer',
    async (origin) => {
      for (const method of ['POST', 'OPTIONS'])
        expect(
          (await ask(name, { method, body: form(ordinary(name)), headers: { ...formHeaders, origin } }))
            .headers['access-control-allow-origin'],
        ).toBeUndefined()
    },
  )
})

describe('what is not supported is refused by name', () => {
  it.each([
    'password',
    'implicit',
    'urn:ietf:params:oauth:grant-type:device_code',
    'urn:ietf:params:oauth:grant-type:token-exchange',
    'urn:ietf:params:oauth:grant-type:jwt-bearer',
    'urn:ietf:params:oauth:grant-type:saml2-bearer',
    'urn:openid:params:grant-type:ciba',
    '__proto__',
    'constructor',
    'toString',
    'AUTHORIZATION_CODE',
    'authorization_code ',
    canary,
  ])('[9700-2.1.2] grant_type=%s', async (type) => {
    const body = form([
      ['grant_type', type],
      ['client_id', 'test-app'],
    ])
    expect(errorOf(await ask('token', { body, headers: formHeaders }))).toBe('400 unsupported_grant_type')
  })

  it.each([
    ['unsupported_response_type', { response_type: 'token' }],
    ['unsupported_response_type', { response_type: 'id_token' }],
    ['unsupported_response_type', { response_type: 'code token' }],
    ['unsupported_response_type', { response_type: 'none' }],
    ['unsupported_response_type', { response_type: canary }],
    ['invalid_request', { response_mode: 'fragment' }],
    ['invalid_request', { response_mode: 'form_post' }],
    ['invalid_request', { response_mode: 'query.jwt' }],
    ['invalid_request', { code_challenge_method: canary }],
    ['invalid_request', { prompt: canary }],
    ['invalid_request', { max_age: canary }],
    ['invalid_request', { max_age: '1e9' }],
    ['invalid_request', { claims: '{' }],
    ['invalid_request', { authorization_details: '[]' }],
    ['invalid_request', { nonce: canary.repeat(100) }],
    ['request_not_supported', { request: `${canary}.e30.` }],
    ['request_uri_not_supported', { request_uri: `https://app.example/${canary}` }],
    ['registration_not_supported', { registration: `{"${canary}":1}` }],
    ['invalid_target', { aud: canary }],
    ['invalid_target', { aud: `https://${canary}.example/fhir` }],
    ['invalid_scope', { scope: canary }],
    ['invalid_scope', { scope: 'é' }],
    ['invalid_scope', { scope: `openid patient/Patient.rs user/Observation.rs?category=${canary}` }],
    ['invalid_scope', { scope: 'openid patient/Patient.rs system/*.*' }],
    ['invalid_scope', { scope: `patient/*.rs launch/encounter?role=${canary}` }],
  ] as const)('[6749-4.1.2.1][9101] %s for %o, at authorize and when pushed', async (error, changes) => {
    const { query } = world.parameters(changes)
    const answer = await ask('authorize', { method: 'GET', target: `/oauth/authorize?${query}` })
    expect(new URL(String(answer.headers.location)).searchParams.get('error')).toBe(error)
    const pushed = await ask('par', { body: query.toString(), headers: formHeaders })
    expect(errorOf(pushed)).toBe('request_uri' in changes ? '400 invalid_request' : `400 ${error}`)
  })
})

describe('authorize', () => {
  it.each([
    '',
    '?',
    '?client_id=%',
    `?client_id=%ff${canary}`,
    '?client_id=test-app&client_id=test-app',
    `?client_id=${canary}&redirect_uri=https://${canary}.example`,
    '?client_id=test-app&redirect_uri=/relative',
    '?client_id=test-app&redirect_uri=javascript:alert(1)',
    '?client_id=test-app&redirect_uri=https://app.example%00.evil.example',
    `?request_uri=urn:ietf:params:oauth:request_uri:${canary}&client_id=test-app`,
    '?__proto__=x&constructor=y',
    `?${'a&'.repeat(3_000)}`,
  ])('[6749-4.1.2.1] shows a page, and nothing of what it was sent: %s', async (query) => {
    const answer = await ask('authorize', { method: 'GET', target: `/oauth/authorize${query}` })
    expect([answer.status, answer.headers.location]).toEqual([400, undefined])
  })

  it('[6749-3.1] a repeated parameter is an error to the app, and the first redirect is not guessed', async () => {
    const parameters = ordinary('authorize').filter(([name]) =>
      ['response_type', 'scope', 'state', 'aud', 'code_challenge', 'code_challenge_method'].includes(name),
    )
    const base: [string, string][] = [
      ['client_id', 'test-app'],
      ['redirect_uri', 'https://app.example/cb?keep=1'],
      ...parameters,
    ]
    for (const pair of parameters) {
      const target = `/oauth/authorize?${form([...base, pair])}`
      const { searchParams } = new URL(
        String((await ask('authorize', { method: 'GET', target })).headers.location),
      )
      expect([pair[0], searchParams.get('error')]).toEqual([pair[0], 'invalid_request'])
      expect(searchParams.has('state')).toBe(pair[0] !== 'state')
    }
  })

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x'])(
    '[A1] a POST that is no form (%s) is a page',
    async (type) => {
      const answer = await ask('authorize', { body: '{}', headers: { 'content-type': type } })
      expect(answer.status).toBe(400)
    },
  )
})

describe.each(all.map(({ name }) => name))('%s', (name) => {
  it.each(['TRACE', 'PROPFIND', 'LOCK', 'PURGE', 'QUERY'])(
    'answers the method %s without a fault',
    async (method) => {
      expect((await ask(name, { method })).status).toBeGreaterThanOrEqual(400)
    },
  )

  it('turns away an address that cannot be read, wherever it leads', async () => {
    for (const more of ['/%', '/%zz', '/%00', '/..%2f..', '//', '\\', '/%ff', '?%', `/${canary}`, ';x=1'])
      expect(
        listCommonFaults(
          await send(world.url, { method: at(name).method, target: `${at(name).path}${more}` }),
        ),
      ).toEqual([])
  })

  it('minds no header it was not meant for', async () => {
    const headers = {
      'x-forwarded-host': `${canary}.example`,
      'x-original-url': '/staff',
      'x-http-method-override': 'DELETE',
      cookie: `__proto__=${canary}; ${'a=b; '.repeat(500)}`,
      'content-encoding': 'gzip',
      expect: '100-continue',
      range: 'bytes=0-1',
      'if-none-match': '*',
      accept: 'application/xml',
      'accept-language': `${canary}, es;q=x`,
    }
    await ask(name, { method: at(name).method, headers })
  })
})

function basic(pair: string): string {
  return `Basic ${Buffer.from(pair).toString('base64')}`
}

function jwt(header: unknown, payload: unknown): string {
  const [head, body] = [header, payload].map((one) => Buffer.from(JSON.stringify(one)).toString('base64url'))
  return `${head}.${body}.${Buffer.from('sig').toString('base64url')}`
}
