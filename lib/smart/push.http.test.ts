import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateSecret } from '@/lib/apps/secrets'
import { db } from '@/lib/db/database'
import { takePushedRequest } from '@/lib/smart/pushed-requests'
import { sweepSmart } from '@/lib/smart/sweep'
import { addSeconds, now, setClock } from '@/lib/time/clock'
import { addApp } from '@/test/add-app'
import { acceptForm, fullScope, requestIdOf, type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
  await addApp({ id: 'pushing-app', scopes: fullScope.split(' '), requirePushedRequests: true })
  const scopes = fullScope.split(' ')
  await addApp({ id: 'secret-app', scopes, tokenEndpointAuthMethod: 'client_secret_post' })
})
afterAll(() => world.stop())

type Changes = Readonly<Record<string, string | undefined>>

const push = (changes: Changes = {}, headers: HeadersInit = {}): Promise<Response> =>
  world.post('/oauth/par', Object.fromEntries(world.parameters(changes).query), headers)

async function pushed(changes: Changes = {}): Promise<string> {
  const response = await push(changes)
  expect(response.status).toBe(201)
  return ((await response.json()) as { request_uri: string }).request_uri
}

const open = (parameters: Readonly<Record<string, string>>): Promise<Response> =>
  world.begin(undefined, new URLSearchParams(parameters))

async function errorOf(response: Response): Promise<string> {
  const body = (await response.json()) as { error: string; error_description: string }
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(body.error_description).toMatch(/^[\x20-\x21\x23-\x5B\x5D-\x7E]+$/)
  return `${response.status} ${body.error}`
}

async function expectProblemPage(response: Response): Promise<void> {
  expect([response.status, response.headers.get('location')]).toEqual([400, null])
  expect(response.headers.get('content-type')).toContain('text/html')
}

describe('pushing', () => {
  it('[9126-2.2] answers 201 with a reference nobody can guess, good for a minute, and no cache keeps it', async () => {
    const response = await push()
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const { request_uri: reference, expires_in: seconds } = (await response.json()) as Record<string, unknown>
    expect(reference).toMatch(/^urn:ietf:params:oauth:request_uri:[A-Za-z0-9_-]{43}$/)
    expect(seconds).toBe(60)
    expect(await pushed()).not.toBe(reference)
  })

  it('[9126-2.2] neither the reference nor a parameter can be read from the database', async () => {
    const reference = await pushed({ login_hint: 'maya@example.org' })
    const rows = JSON.stringify(await db().pushedRequest.findMany(), (_, value: unknown) =>
      value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value,
    )
    expect(rows).not.toContain(reference.split(':').at(-1))
    expect(rows).not.toContain('maya@example.org')
  })

  it('[9126-2.1] a body with request_uri is refused, whatever it refers to', async () => {
    expect(await errorOf(await push({ request_uri: await pushed() }))).toBe('400 invalid_request')
    expect(await errorOf(await push({ request_uri: 'https://app.example/request.jwt' }))).toBe(
      '400 invalid_request',
    )
  })

  it('[9126-2.3] is POST and form only', async () => {
    const get = await fetch(`${world.url}/oauth/par?${world.parameters().query}`)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST, OPTIONS'])
    const asJson = await fetch(`${world.url}/oauth/par`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(Object.fromEntries(world.parameters().query)),
    })
    expect(await errorOf(asJson)).toBe('400 invalid_request')
  })

  it.each([
    ['400 invalid_client', { client_id: undefined }],
    ['400 invalid_client', { client_id: 'nobody' }],
    ['400 invalid_client', { client_id: 'printer' }],
    ['400 invalid_request', { redirect_uri: undefined }],
    ['400 invalid_request', { redirect_uri: 'https://other.example/cb' }],
    ['400 invalid_request', { state: undefined }],
    ['400 unsupported_response_type', { response_type: 'token' }],
    ['400 invalid_request', { code_challenge: undefined }],
    ['400 invalid_request', { code_challenge_method: 'plain' }],
    ['400 invalid_target', { aud: 'https://elsewhere.example/fhir' }],
    ['400 invalid_target', { resource: 'https://elsewhere.example/fhir' }],
    ['400 invalid_scope', { scope: 'patient/Device.rs' }],
    ['400 invalid_scope', { scope: 'patient/Patient.rs user/Patient.read' }],
    ['400 invalid_scope', { scope: 'openid patient/Patient.rs launch/encounter' }],
    ['400 invalid_scope', { scope: 'patient/Patient.rs system/*.rs' }],
    ['400 request_not_supported', { request: 'eyJ' }],
    ['400 registration_not_supported', { registration: '{}' }],
    ['400 invalid_request', { dpop_jkt: 'short' }],
  ] as const)('[9126-2.1] the whole request is checked: %s for %o', async (expected, changes) => {
    expect(await errorOf(await push(changes))).toBe(expected)
  })

  it('[6749-3.1] a repeated parameter is refused', async () => {
    const { query } = world.parameters()
    query.append('scope', 'openid')
    const response = await fetch(`${world.url}/oauth/par`, { method: 'POST', body: query })
    expect(await errorOf(response)).toBe('400 invalid_request')
  })

  it('[9126-2.1] an app with a secret has to prove it as at the token endpoint, and the secret is kept nowhere', async () => {
    const by = { actor: { kind: 'system', id: 'test' }, origin: 'staff', now: now() } as const
    const secret = await db().$transaction((tx) => rotateSecret(tx, 'secret-app', by))
    const own = { client_id: 'secret-app', redirect_uri: 'https://secret-app.example/cb' }
    expect(await errorOf(await push(own))).toBe('400 invalid_client')
    expect(await errorOf(await push({ ...own, client_secret: `${secret}x` }))).toBe('400 invalid_client')
    expect(await errorOf(await push({ client_secret: secret }))).toBe('400 invalid_client')
    const reference = await pushed({ ...own, client_secret: secret })
    const kept = await takePushedRequest(reference, 'secret-app', now())
    expect(kept?.get('client_id')).toBe('secret-app')
    expect([...(kept?.keys() ?? [])].filter((name) => name.startsWith('client_'))).toEqual(['client_id'])
  })

  it('[9126-2.3] an app that pushes in a loop is told to wait', async () => {
    const at = now()
    await db().rateLimitHit.deleteMany()
    await push()
    const [hit] = await db().rateLimitHit.findMany({ take: 1 })
    if (!hit) throw new Error('nothing was counted')
    await db().rateLimitHit.createMany({
      data: Array.from({ length: 1200 }, () => ({ key: hit.key, at, expiresAt: addSeconds(at, 300) })),
    })
    const response = await push()
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/)
    expect(await errorOf(response)).toBe('429 temporarily_unavailable')
    await db().rateLimitHit.deleteMany()
  })
})

describe('opening what was pushed', () => {
  it('[9126-4] counts once: the second browser that brings the reference is shown a page', async () => {
    const reference = await pushed()
    requestIdOf(await open({ client_id: 'test-app', request_uri: reference }))
    await expectProblemPage(await open({ client_id: 'test-app', request_uri: reference }))
  })

  it('[9126-4] of 32 browsers with one reference at the same moment one goes on', async () => {
    const reference = await pushed()
    const answers = await Promise.all(
      Array.from({ length: 32 }, () => open({ client_id: 'test-app', request_uri: reference })),
    )
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  })

  it('[9126-4] outer parameters are ignored: what was pushed is what is asked for, to the end', async () => {
    const visitor = await world.visitor('maya')
    const { query } = world.parameters({
      state: 'pushed state',
      scope: 'openid launch/patient patient/Patient.rs',
    })
    const response = await world.post('/oauth/par', Object.fromEntries(query))
    const { request_uri: reference } = (await response.json()) as { request_uri: string }
    const outer = new URLSearchParams({
      client_id: 'test-app',
      request_uri: reference,
      state: 'outer state',
      scope: fullScope,
      redirect_uri: 'https://evil.example/cb',
      response_type: 'token',
      request: 'eyJ',
    })
    outer.append('state', 'twice')
    const id = requestIdOf(await world.begin(visitor, outer))
    await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
    const address = await world.leave(visitor, id)
    expect(address.origin).toBe('https://app.example')
    expect(address.searchParams.get('state')).toBe('pushed state')
    expect(address.searchParams.get('iss')).toBe(world.url)
    const stored = await db().authorizationRequest.findUniqueOrThrow({ where: { id } })
    expect(stored.scopes).toEqual(['openid', 'launch/patient', 'patient/Patient.rs'])
  })

  it('[9126-2.2] another client with the reference gets a page, and does not use it up', async () => {
    const reference = await pushed()
    await expectProblemPage(await open({ client_id: 'other-app', request_uri: reference }))
    await expectProblemPage(await open({ request_uri: reference }))
    requestIdOf(await open({ client_id: 'test-app', request_uri: reference }))
  })

  it('[9126-2.2] an unknown or expired reference is a page, never a redirect, and is swept', async () => {
    const unknown = `urn:ietf:params:oauth:request_uri:${'a'.repeat(43)}`
    const { query } = world.parameters({ request_uri: unknown })
    await expectProblemPage(await world.begin(undefined, query))
    const reference = await pushed()
    setClock(() => addSeconds(new Date(), 61))
    await expectProblemPage(await open({ client_id: 'test-app', request_uri: reference }))
    await sweepSmart(now())
    expect(await db().pushedRequest.count()).toBe(0)
    setClock(() => new Date())
  })

  it('[9126-4] two references or two client ids never go on', async () => {
    const reference = await pushed()
    for (const name of ['request_uri', 'client_id'] as const) {
      const query = new URLSearchParams({ client_id: 'test-app', request_uri: reference })
      query.append(name, name === 'client_id' ? 'test-app' : reference)
      await expectProblemPage(await world.begin(undefined, query))
    }
    requestIdOf(await open({ client_id: 'test-app', request_uri: reference }))
  })

  it('[9126-4] an app registered so cannot begin without pushing, and can with', async () => {
    const own = { client_id: 'pushing-app', redirect_uri: 'https://pushing-app.example/cb' }
    const refused = await world.begin(undefined, world.parameters(own).query)
    const address = new URL(refused.headers.get('location') ?? '')
    expect(address.origin).toBe('https://pushing-app.example')
    expect(address.searchParams.get('error')).toBe('invalid_request')
    expect(address.searchParams.get('iss')).toBe(world.url)
    requestIdOf(await open({ client_id: 'pushing-app', request_uri: await pushed(own) }))
  })

  it('[9126-4] discovery names the endpoint and does not ask every app to push', async () => {
    const found = (await (await fetch(`${world.url}/.well-known/openid-configuration`)).json()) as object
    expect(found).toMatchObject({
      pushed_authorization_request_endpoint: `${world.url}/oauth/par`,
      require_pushed_authorization_requests: false,
    })
  })
})

describe('request cookies', () => {
  it('a browser that opens request after request keeps the ten newest', async () => {
    const visitor = { ...(await world.visitor('maya')), cookies: new Map<string, string>() }
    const begun: string[] = []
    for (let count = 0; count < 12; count++) {
      setClock(() => addSeconds(new Date(), count))
      const response = await world.begin(visitor, world.parameters().query)
      begun.push(requestIdOf(response))
    }
    setClock(() => new Date())
    const kept = [...visitor.cookies.keys()].map((name) => name.replace(/^.*request-/, ''))
    expect(kept.toSorted()).toEqual(begun.slice(2).toSorted())
  })
})
