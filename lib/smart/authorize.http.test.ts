import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { liftStop, setStop } from '@/lib/stops/stops'
import { fullScope, redirects, requestIdOf, type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

const ask = (changes: Readonly<Record<string, string | undefined>> = {}) =>
  world.begin(undefined, world.parameters(changes).query)

/** The error parameters of a redirect to the app; fails if it is anything else. */
async function errorOf(response: Response): Promise<string | null> {
  expect(response.status).toBe(303)
  const address = new URL(response.headers.get('location') ?? '')
  expect(address.href).toContain('https://app.example/cb?keep=1&')
  expect(address.searchParams.get('iss')).toBe(world.url)
  expect(address.searchParams.get('code')).toBeNull()
  expect(address.searchParams.get('error_description')).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
  return address.searchParams.get('error')
}

async function expectProblemPage(response: Response, status = 400): Promise<void> {
  expect(response.status).toBe(status)
  expect(response.headers.get('location')).toBeNull()
  expect(response.headers.get('content-type')).toContain('text/html')
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
}

describe('discovery', () => {
  const read = async (path: string): Promise<Record<string, unknown>> => {
    const response = await fetch(`${world.url}${path}`, { headers: { accept: 'text/html', host: 'x' } })
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    return response.json()
  }

  it('[8414-3] the three documents agree value for value, and every address is absolute', async () => {
    const openid = await read('/.well-known/openid-configuration')
    const oauth = await read('/.well-known/oauth-authorization-server')
    const smart = await read('/fhir/demo/.well-known/smart-configuration')
    expect(oauth).toEqual(openid)
    for (const [name, value] of Object.entries(openid)) expect([name, smart[name]]).toEqual([name, value])
    for (const [name, value] of Object.entries(smart))
      if (/_endpoint$|_uri$|^issuer$/.test(name)) expect(String(value)).toMatch(/^http:\/\/localhost:\d+/)
    expect(openid['issuer']).toBe(world.url)
  })

  it('[D11][C8] says what SMART requires, and no capability that is not served', async () => {
    const smart = await read('/fhir/demo/.well-known/smart-configuration')
    expect(smart['code_challenge_methods_supported']).toEqual(['S256'])
    expect(smart['capabilities']).not.toContain('context-ehr-encounter')
    expect(smart['capabilities']).toEqual(
      expect.arrayContaining(['launch-standalone', 'authorize-post', 'client-public', 'permission-v2']),
    )
    expect(smart['token_endpoint_auth_signing_alg_values_supported']).toEqual(['ES384', 'RS384'])
    expect((await fetch(`${world.url}/fhir/nowhere/.well-known/smart-configuration`)).status).toBe(404)
  })

  it('the JWKS is public, cacheable and the one that discovery names', async () => {
    const openid = await read('/.well-known/openid-configuration')
    const response = await fetch(String(openid['jwks_uri']))
    expect(response.headers.get('cache-control')).toBe('public, max-age=300')
    expect(((await response.json()) as { keys: unknown[] }).keys).toHaveLength(4)
  })
})

describe('before the redirect URI is proven', () => {
  it('[6749-4.1.2.1] an unknown client or a foreign redirect URI is shown to the person, never a redirect', async () => {
    await expectProblemPage(await ask({ client_id: 'nobody' }))
    await expectProblemPage(await ask({ client_id: undefined }))
    await expectProblemPage(await ask({ client_id: 'printer' }))
    await expectProblemPage(await ask({ redirect_uri: undefined }))
    await expectProblemPage(await ask({ redirect_uri: '/relative' }))
    await expectProblemPage(await ask({ redirect_uri: 'https://other.example/cb' }))
  })

  it.each([
    'https://app.example/cb',
    'https://app.example/cb?keep=1&x=2',
    'https://app.example/cb?keep=1#f',
    'https://APP.example/cb?keep=1',
    'https://app.example:443/cb?keep=1',
    'https://app.example/cb/../cb?keep=1',
    'http://localhost/cb',
    'http://localhost:8080/cb',
    'http://127.0.0.1.evil.example/cb',
    'http://127.0.0.1:80@evil.example/cb',
    'http://127.0.0.1:99999/cb',
    'http://127.0.0.2/cb',
    'https://127.0.0.1/cb',
    'http://127.0.0.1:8080/cb2',
    'com.example.app:/cb2',
    'javascript:alert(1)',
  ])('[6749-3.1.2] %s is not the registered address', async (uri) => {
    await expectProblemPage(await ask({ redirect_uri: uri }))
  })

  it('[8252] only the port of a loopback address may differ', async () => {
    for (const uri of ['http://127.0.0.1:51004/cb', redirects.loopback, redirects.scheme])
      requestIdOf(await ask({ redirect_uri: uri }))
  })

  it('[6749-3.1] two redirect URIs or two client ids never redirect', async () => {
    const { query } = world.parameters()
    query.append('redirect_uri', redirects.web)
    await expectProblemPage(await world.begin(undefined, query))
    const twice = world.parameters().query
    twice.append('client_id', 'test-app')
    await expectProblemPage(await world.begin(undefined, twice))
  })

  it('the problem page speaks the language of the browser and repeats nothing of the request', async () => {
    const { query } = world.parameters({ client_id: '<script>alert(1)</script>' })
    const response = await fetch(`${world.url}/oauth/authorize?${query}`, {
      headers: { 'accept-language': 'es' },
    })
    const page = await response.text()
    expect(page).toContain('lang="es"')
    expect(page).not.toContain('alert(1)')
  })
})

describe('after the redirect URI is proven', () => {
  it.each([
    ['unsupported_response_type', { response_type: 'token' }],
    ['unsupported_response_type', { response_type: 'code id_token' }],
    ['invalid_request', { response_type: undefined }],
    ['invalid_request', { state: undefined }],
    ['invalid_request', { state: '' }],
    ['invalid_request', { code_challenge: undefined }],
    ['invalid_request', { code_challenge_method: undefined }],
    ['invalid_request', { code_challenge: undefined, code_challenge_method: undefined }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge: 'short' }],
    ['invalid_request', { code_challenge: `${'a'.repeat(42)}=` }],
    ['invalid_request', { aud: undefined }],
    ['invalid_target', { aud: 'https://elsewhere.example/fhir' }],
    ['invalid_target', { resource: 'https://elsewhere.example/fhir' }],
    ['invalid_scope', { scope: undefined }],
    ['invalid_scope', { scope: 'offline_access' }],
    ['invalid_scope', { scope: 'patient/Patient.sr patient/Device.rs' }],
    ['invalid_scope', { scope: 'user/Patient.rs', aud: undefined }],
    ['invalid_scope', { scope: `${fullScope} user/*.read`, prompt: 'none' }],
    ['request_not_supported', { request: 'eyJ' }],
    ['request_uri_not_supported', { request_uri: 'urn:x' }],
    ['registration_not_supported', { registration: '{}' }],
    ['invalid_request', { claims: '{}' }],
    ['invalid_request', { launch: 'abc' }],
    ['invalid_request', { response_mode: 'fragment' }],
    ['invalid_request', { prompt: 'none login' }],
    ['invalid_request', { prompt: 'create' }],
    ['invalid_request', { max_age: '-1' }],
    ['login_required', { prompt: 'none' }],
  ] as const)(
    '[A2][A5][7636-4.2][7636-4.4.1][9101][OIDC-6][6749-4.1.2.1] %s goes to the app with state and iss: %o',
    async (error, changes) => {
      const response = await ask(changes)
      expect(await errorOf(response)).toBe(error)
      const state = 'state' in changes ? null : 'a state / with = signs & 100%'
      expect(new URL(response.headers.get('location') ?? '').searchParams.get('state')).toBe(state)
    },
  )

  it.each([
    ['user/ scopes', 'user/Observation.rs?category=secret-word|x'],
    ['user/ scopes', 'user/*.read'],
    ['system/ scopes', 'system/Patient.*'],
    ['launch/encounter', 'launch/encounter'],
    ['user/ scopes, launch/encounter', 'launch/encounter?role=https://secret-word.example/r user/*.cruds'],
  ])(
    '[S10] %s are refused by name beside all that a patient may give, and nothing is echoed: %s',
    async (names, scope) => {
      const response = await ask({ scope: `${fullScope} ${scope}` })
      expect(await errorOf(response)).toBe('invalid_scope')
      const { searchParams } = new URL(response.headers.get('location') ?? '')
      expect(searchParams.get('error_description')).toBe(`Not offered to an app of a patient: ${names}.`)
    },
  )

  it('[6749-3.1] a repeated parameter is an error of the request; unknown ones are ignored', async () => {
    const { query } = world.parameters()
    query.append('scope', 'openid')
    expect(await errorOf(await world.begin(undefined, query))).toBe('invalid_request')
    requestIdOf(await ask({ something: 'else', login_hint: 'x', display: 'page' }))
  })

  it('[A4][A3] aud and resource are synonyms, one trailing slash is tolerated, the EHR’s own base is not', async () => {
    requestIdOf(await ask({ aud: `${world.audience}/` }))
    requestIdOf(await ask({ aud: undefined, resource: world.audience }))
    expect(await errorOf(await ask({ aud: `${world.audience}//` }))).toBe('invalid_target')
    expect(await errorOf(await ask({ aud: `${world.ehrUrl}/fhir` }))).toBe('invalid_target')
  })

  it('[OIDC-3.1.2.6] prompt=none never shows anything: what is missing is said', async () => {
    const linked = await world.visitor('maya')
    const { query } = world.parameters({ prompt: 'none' })
    expect(await errorOf(await world.begin(linked, query))).toBe('consent_required')
    const session = await world.signIn()
    const [name = '', value = ''] = world.cookieOf(session).split(/=(.*)/s)
    const unlinked = { session, cookies: new Map([[name, value]]) }
    expect(await errorOf(await world.begin(unlinked, query))).toBe('interaction_required')
    const fresh = world.parameters({ prompt: 'none', max_age: '0' }).query
    expect(await errorOf(await world.begin(linked, fresh))).toBe('login_required')
  })

  it('a stop of the app, the EHR or all tokens is told as temporarily_unavailable, and ends with it', async () => {
    const actor = { kind: 'system', id: 'test' } as const
    for (const [target, id] of [
      ['token-issue', ''],
      ['app', 'test-app'],
      ['ehr', 'demo'],
    ] as const) {
      await setStop(target, id, { reason: 'test', actor })
      expect(await errorOf(await ask())).toBe('temporarily_unavailable')
      await liftStop(target, id, actor)
      requestIdOf(await ask())
    }
  })
})

describe('the endpoint', () => {
  it('[9700-2.6][A1] takes a form by POST as well; other methods and CORS are not served', async () => {
    const { query } = world.parameters()
    const posted = await world.post('/oauth/authorize', Object.fromEntries(query), {
      origin: 'https://app.example',
    })
    requestIdOf(posted)
    expect(posted.headers.get('access-control-allow-origin')).toBeNull()
    const options = await fetch(`${world.url}/oauth/authorize`, { method: 'OPTIONS' })
    expect(options.status).toBe(405)
    expect(options.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('answers 303 with one HttpOnly Lax cookie for each request, and is never cached', async () => {
    const response = await ask()
    const [cookie = '', ...more] = response.headers.getSetCookie()
    expect(more).toEqual([])
    expect(cookie).toContain(`request-${requestIdOf(response)}=`)
    expect(cookie).toContain('HttpOnly')
    expect(cookie).toContain('SameSite=Lax')
    expect(response.headers.get('cache-control')).toBe('no-store')
  })
})
