import { randomUUID } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { findApp, removeApp } from '@/lib/apps/apps'
import {
  approveRegistration,
  findRegistration,
  listRegistrations,
  refuseRegistration,
  replaceRegistration,
  sweepRegistrations,
} from '@/lib/apps/registrations'
import { decideOnApp, describeApp, giveNewSecret, listAppsForStaff } from '@/lib/apps/review'
import { appStatements } from '@/lib/config/app-entry'
import { config, setConfig } from '@/lib/config/config'
import type { ConfigFile } from '@/lib/config/file'
import { db } from '@/lib/db/database'
import { tellLogouts } from '@/lib/smart/logout-notices'
import { addSeconds, now } from '@/lib/time/clock'
import { createDpopClient } from '@/test/dpop-client'
import { acceptForm, cookieHeader, requestIdOf, type SmartWorld, startSmartWorld } from '@/test/smart-world'

const staff = { kind: 'staff', id: 'desk' } as const
const redirect = 'https://diary.example/cb'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())
beforeEach(async () => {
  policy('staff-approval')
  await db().rateLimitHit.deleteMany()
})

const policy = (registration: ConfigFile['registration']) => setConfig({ ...config(), registration })

const good = {
  client_name: 'Blood Pressure Diary',
  redirect_uris: [redirect],
  scope: 'openid launch/patient patient/Patient.rs',
  vestibule_statements: appStatements,
}

type Registered = {
  client_id: string
  client_secret?: string
  registration_access_token: string
  registration_client_uri: string
  scope: string
  vestibule_state: string
}

const post = (body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${world.url}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const registered = async (more: object = {}): Promise<Registered> => {
  await db().rateLimitHit.deleteMany()
  const response = await post({ ...good, ...more })
  expect(response.status).toBe(201)
  return (await response.json()) as Registered
}
const refusalOf = async (body: unknown): Promise<string> => {
  await db().rateLimitHit.deleteMany()
  const response = await post(body)
  return `${response.status} ${((await response.json()) as { error: string }).error}`
}
const manage = (
  app: Registered,
  method: string,
  options: { body?: object; token?: string; id?: string } = {},
): Promise<Response> =>
  fetch(`${world.url}/oauth/register/${options.id ?? app.client_id}`, {
    method,
    headers: {
      authorization: `Bearer ${options.token ?? app.registration_access_token}`,
      'content-type': 'application/json',
    },
    ...(options.body ? { body: JSON.stringify(options.body) } : {}),
  })
/** Staff decide on what they were just shown. */
const shown = async (id: string) => ({
  actor: staff,
  revision: (await findRegistration(id))?.revision ?? 0,
  now: now(),
})
const approve = async (id: string): Promise<boolean> => {
  const by = await shown(id)
  return db().$transaction((tx) => approveRegistration(tx, id, { ...by, reviewed: true }))
}
const basic = (app: Registered): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${app.client_id}:${app.client_secret}`).toString('base64')}`,
})
const knock = async (app: Registered): Promise<string> => {
  const answer = await world.post(
    '/oauth/token',
    { grant_type: 'refresh_token', refresh_token: 'x' },
    basic(app),
  )
  return ((await answer.json()) as { error: string }).error
}

describe('an app that registers itself', () => {
  it('[R2][7591-3.2] is answered 201 with everything that was registered, its secret once, and no cache', async () => {
    const response = await post({ ...good, contacts: ['me@diary.example'], unknown_member: 1 })
    expect(response.status).toBe(201)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const answer = (await response.json()) as Registered & Record<string, unknown>
    expect(answer).toMatchObject({
      client_name: good.client_name,
      redirect_uris: good.redirect_uris,
      scope: good.scope,
      contacts: ['me@diary.example'],
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      client_secret_expires_at: 0,
      vestibule_state: 'waiting',
    })
    expect(answer['client_id_issued_at']).toBeTypeOf('number')
    expect(answer.client_secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(answer['unknown_member']).toBeUndefined()
    const kept = JSON.stringify([await db().appRegistration.findMany(), await db().clientSecret.findMany()])
    for (const secret of [answer.client_secret ?? '', answer.registration_access_token])
      expect(kept).not.toContain(secret)
    const publicApp = await registered({ token_endpoint_auth_method: 'none' })
    expect(publicApp).not.toHaveProperty('client_secret')
    expect(publicApp).not.toHaveProperty('client_secret_expires_at')
  })

  it('[7591-5] is nobody before it was approved: the person reads so, its secret proves nothing; afterwards it works', async () => {
    const app = await registered()
    const { query, verifier } = world.parameters({
      client_id: app.client_id,
      redirect_uri: redirect,
      scope: good.scope,
    })
    const page = await fetch(`${world.url}/oauth/authorize?${query}`, { redirect: 'manual' })
    expect(page.status).toBe(400)
    expect(await page.text()).toContain('has not let this app in yet')
    expect(await knock(app)).toBe('invalid_client')
    expect(await approve(app.client_id)).toBe(true)
    expect(await findApp(db(), app.client_id)).toMatchObject({
      reviewed: true,
      scopes: good.scope.split(' '),
    })
    const landing = await world.allow(await world.visitor('maya'), Object.fromEntries(query))
    const form = {
      grant_type: 'authorization_code',
      code: landing.code,
      redirect_uri: redirect,
      code_verifier: verifier,
    }
    expect((await world.post('/oauth/token', form, basic(app))).status).toBe(200)
  })

  it('[7591-5] gets no scope beyond what a patient opens, and hears what it got', async () => {
    const app = await registered({
      scope: 'openid patient/Patient.cruds patient/Observation.rs launch launch/encounter __launch.create',
    })
    expect(app.scope).toBe('openid patient/Patient.rs patient/Observation.rs')
  })

  it('[S10] is refused by name what no app of a patient is given, beside anything else too', async () => {
    for (const scope of ['user/*.read', 'system/Patient.rs', 'launch/encounter', 'launch/encounter?role=x'])
      for (const list of [scope, `${good.scope} ${scope}`])
        expect(await refusalOf({ ...good, scope: list })).toBe('400 invalid_client_metadata')
    const app = await registered()
    const put = await manage(app, 'PUT', {
      body: { ...good, client_id: app.client_id, scope: `${good.scope} user/*.rs` },
    })
    expect(put.status).toBe(400)
    expect(await put.json()).toMatchObject({
      error_description: 'scope: Not offered to an app of a patient: user/ scopes.',
    })
  })

  it('[R1][7591-2][8252][6749-3.1.2] with an address that is not its own alone is refused with invalid_redirect_uri', async () => {
    const wrong = [
      'https://diary.example/#x',
      'http://diary.example/cb',
      'http://localhost.evil.example/cb',
      'javascript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      'file:///etc/passwd',
      'https://user:word@diary.example/cb',
      'https://user@diary.example/cb',
      'https://*.diary.example/cb',
      'diary:/cb',
      '/cb',
      'cb',
      '',
      'https://',
      'https:\\\\diary.example',
      ' https://diary.example/cb',
      7,
    ]
    for (const uri of wrong)
      expect(`${uri} ${await refusalOf({ ...good, redirect_uris: [redirect, uri] })}`).toBe(
        `${uri} 400 invalid_redirect_uri`,
      )
    for (const redirect_uris of [[], undefined, redirect, [redirect, null]])
      expect(await refusalOf({ ...good, redirect_uris })).toBe('400 invalid_redirect_uri')
    const long = `https://${Array.from({ length: 4 }, () => 'x'.repeat(60)).join('.')}.example/cb`
    await registered({ redirect_uris: [long] })
    await registered({
      redirect_uris: [redirect, 'http://127.0.0.1/cb', 'http://[::1]:7/cb', 'com.example.diary:/cb'],
    })
  })

  it('[7591-2][R5] with metadata that contradicts itself or what we support is refused, nothing echoed', async () => {
    const pair = await generateKeyPair('ES384', { extractable: true })
    const key = { ...(await exportJWK(pair.publicKey)), kid: 'k' }
    const jwks = { keys: [key] }
    const signs = { ...good, token_endpoint_auth_method: 'private_key_jwt' }
    const wrong: unknown[] = [
      { ...signs },
      { ...signs, jwks, jwks_uri: 'https://diary.example/keys' },
      { ...signs, jwks: { keys: [] } },
      { ...signs, jwks: { keys: [{ ...key, kid: undefined }] } },
      { ...signs, jwks: { keys: [key, key] } },
      { ...signs, jwks: { keys: [{ kty: 'oct', k: 'AAAA', kid: 'k' }] } },
      { ...signs, jwks: { keys: [{ ...(await exportJWK(pair.privateKey)), kid: 'k' }] } },
      { ...signs, jwks, token_endpoint_auth_signing_alg: 'HS256' },
      { ...signs, jwks, token_endpoint_auth_signing_alg: 'none' },
      { ...good, jwks_uri: 'file:///etc/passwd' },
      { ...good, jwks_uri: 'http://keys.example/' },
      { ...good, logo_uri: 'javascript:alert(1)' },
      { ...good, backchannel_logout_uri: 'http://10.0.0.1/' },
      { ...good, grant_types: ['refresh_token'] },
      { ...good, grant_types: ['authorization_code', 'implicit'] },
      { ...good, grant_types: ['client_credentials'] },
      { ...good, response_types: ['token'] },
      { ...good, response_types: [] },
      { ...good, token_endpoint_auth_method: 'tls_client_auth' },
      { ...good, client_name: '' },
      { ...good, client_name: undefined },
      { ...good, client_name: 'x'.repeat(101) },
      { ...good, client_name: 'Diary\u202etxet' },
      { ...good, client_name: 'Dia\u0000ry' },
      { ...good, client_name: { en: 'Diary' } },
      { ...good, sector_identifier_uri: 'https://diary.example/' },
      { ...good, request_uris: ['https://diary.example/'] },
      { ...good, vestibule_statements: ['made-up'] },
      { ...good, contacts: ['a\u0000b'] },
      { ...good, software_id: '\ud800' },
      { ...good, scope: 'openid \u0000' },
      { ...signs, jwks: { keys: [{ ...key, note: '\u0000' }] } },
      { ...signs, jwks: { keys: [{ ...key, kid: '\udfff' }] } },
      { ...good, 'x\u0000': 1 },
      [],
      'text',
      null,
      7,
      '{',
      '{"client_name":',
    ]
    for (const body of wrong) expect(await refusalOf(body)).toBe('400 invalid_client_metadata')
    expect(await refusalOf({ ...good, software_statement: 'x.y.z' })).toBe('400 invalid_software_statement')
    await db().rateLimitHit.deleteMany()
    const echo = await post({ ...good, client_name: 'canary\u0000canary' })
    expect(await echo.text()).not.toContain('canary')
    expect((await post(good, { 'content-type': 'text/plain' })).status).toBe(400)
    expect((await post({ ...good, padding: 'x'.repeat(40_000) })).status).toBe(400)
    await registered({ token_endpoint_auth_method: 'private_key_jwt', jwks })
  })

  it.each([
    ['sector_identifier_uri', 'https://canary.example/'],
    ['request_object_encryption_enc', 'canary'],
    ['require_signed_request_object', true],
    ['userinfo_encrypted_response_enc', 'canary'],
    ['id_token_encrypted_response_enc', 'canary'],
    ['authorization_signed_response_alg', 'canary'],
    ['authorization_encrypted_response_alg', 'canary'],
    ['introspection_signed_response_alg', 'canary'],
    ['authorization_details_types', ['canary']],
    ['default_max_age', 0],
    ['default_acr_values', ['canary']],
    ['require_auth_time', true],
    ['initiate_login_uri', 'https://canary.example/'],
    ['frontchannel_logout_uri', 'https://canary.example/'],
    ['tls_client_certificate_bound_access_tokens', true],
  ])('[7591-2] with %s is refused by name, nothing echoed, and false is no wish', async (name, value) => {
    const answer = await post({ ...good, [name]: value })
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: 'invalid_client_metadata', error_description: `${name} is not supported.` },
    ])
    expect((await post({ ...good, [name]: false })).status).toBe(201)
  })

  it.each([
    ['backchannel_logout_uri', 'https://diary.example/out#x'],
    ['backchannel_logout_uri', 'http://diary.example/out'],
    ['backchannel_logout_uri', 'https://me@diary.example/out'],
    ['post_logout_redirect_uris', ['https://diary.example/*']],
    ['post_logout_redirect_uris', ['javascript:alert(1)']],
    ['post_logout_redirect_uris', 'https://diary.example/bye'],
    ['subject_type', 'ephemeral'],
    ['id_token_signed_response_alg', 'none'],
    ['id_token_signed_response_alg', 'HS256'],
    ['require_pushed_authorization_requests', 'true'],
    ['dpop_bound_access_tokens', 1],
    ['vestibule_launch_urls', ['http://diary.example/launch']],
    ['backchannel_logout_session_required', 'yes'],
  ])('[7591-2] %s cannot be %s', async (name, value) => {
    const answer = await post({ ...good, [name]: value })
    expect([answer.status, await answer.json()]).toMatchObject([
      400,
      { error: 'invalid_client_metadata', error_description: `${name} is missing or not acceptable here.` },
    ])
  })

  it('[7591-3.2.1][7592] reads back how it signs out, how it is named and what it demands, and is held to it', async () => {
    const wishes = {
      scope: 'openid fhirUser launch/patient offline_access patient/Patient.rs',
      post_logout_redirect_uris: ['https://diary.example/bye'],
      backchannel_logout_uri: 'https://diary.example/out',
      backchannel_logout_session_required: true,
      subject_type: 'pairwise',
      id_token_signed_response_alg: 'ES256',
      require_pushed_authorization_requests: true,
      dpop_bound_access_tokens: true,
    }
    const app = await registered(wishes)
    expect(app).toMatchObject(wishes)
    const body = { ...good, ...wishes, client_id: app.client_id }
    expect(await (await manage(app, 'PUT', { body })).json()).toMatchObject(wishes)
    expect(await (await manage(app, 'GET')).json()).toMatchObject(wishes)
    await approve(app.client_id)
    const asked = world.parameters({
      client_id: app.client_id,
      redirect_uri: redirect,
      scope: wishes.scope,
    })
    const visitor = await world.visitor('maya')
    const unpushed = await world.begin(visitor, asked.query)
    expect(new URL(unpushed.headers.get('location') ?? '').searchParams.get('error')).toBe('invalid_request')
    const pushed = await world.post('/oauth/par', Object.fromEntries(asked.query), basic(app))
    const { request_uri: reference } = (await pushed.json()) as { request_uri: string }
    const outer = new URLSearchParams({ client_id: app.client_id, request_uri: reference })
    const id = requestIdOf(await world.begin(visitor, outer))
    await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
    const { searchParams } = await world.leave(visitor, id)
    const form = {
      grant_type: 'authorization_code',
      code: searchParams.get('code') ?? '',
      redirect_uri: redirect,
      code_verifier: asked.verifier,
    }
    const unbound = await world.post('/oauth/token', form, basic(app))
    expect(await unbound.json()).toMatchObject({ error: 'invalid_dpop_proof' })
    const client = await createDpopClient()
    const dpop = await client.prove({ htu: `${world.url}/oauth/token` })
    const answer = await world.post('/oauth/token', form, { ...basic(app), dpop })
    const tokens = (await answer.json()) as { id_token: string; token_type: string }
    expect(tokens.token_type).toBe('DPoP')
    expect(decodeProtectedHeader(tokens.id_token).alg).toBe('ES256')
    expect(decodeJwt(tokens.id_token).sub).not.toBe(visitor.session.accountId)
    const back = new URLSearchParams({
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: 'https://diary.example/bye',
    })
    const first = await fetch(`${world.url}/oauth/logout?${back}`, { redirect: 'manual' })
    const last = await fetch(new URL(first.headers.get('location') ?? '', world.url), {
      redirect: 'manual',
      headers: { cookie: cookieHeader(visitor) },
    })
    expect(last.headers.get('location')).toBe('https://diary.example/bye')
    await tellLogouts(now())
    expect(await db().logoutNotice.count({ where: { appId: app.client_id } })).toBe(1)
  })

  it('[7591-5] that names addresses inside our network makes us ask none of them', async () => {
    await registered({
      logo_uri: 'https://169.254.169.254/logo',
      token_endpoint_auth_method: 'private_key_jwt',
      jwks_uri: 'https://10.0.0.1/keys',
      backchannel_logout_uri: 'https://192.168.0.1/out',
    })
    const shown = await findRegistration(
      (await registered({ client_name: '<script>alert(1)</script>' })).client_id,
    )
    expect(shown?.app.logo).toBeUndefined()
  })

  it('[7591-5] ten an hour from one network, then it has to wait', async () => {
    const statuses: number[] = []
    for (let count = 0; count < 12; count++) statuses.push((await post(good)).status)
    expect(statuses.filter((status) => status === 201)).toHaveLength(10)
    expect(statuses.at(-1)).toBe(429)
  })
})

describe('who lets an app in', () => {
  it('[R6][D17] nobody where registration is closed: no endpoint, and discovery does not name one', async () => {
    const endpoint = async (): Promise<unknown> =>
      (
        (await (await fetch(`${world.url}/.well-known/openid-configuration`)).json()) as Record<
          string,
          unknown
        >
      )['registration_endpoint']
    expect(await endpoint()).toBe(`${world.url}/oauth/register`)
    policy('closed')
    expect((await post(good)).status).toBe(404)
    expect(await endpoint()).toBeUndefined()
  })

  it('[7591-5] the policy also lets accents pass: a name needs no staff for being Spanish', async () => {
    policy('auto-approve-patient-apps')
    const app = await registered({
      client_name: `Señal ${randomUUID()}`,
      vestibule_developer: 'Peña & Müller',
    })
    expect(app.vestibule_state).toBe('approved')
  })

  it('[7591-5] the policy, if it is told to, and consent says that nobody looked', async () => {
    policy('auto-approve-patient-apps')
    const app = await registered({ client_name: randomUUID() })
    expect(app.vestibule_state).toBe('approved')
    expect(await findApp(db(), app.client_id)).toMatchObject({ reviewed: false })
  })

  it.each([
    ['declares less than every rule', { vestibule_statements: appStatements.slice(1) }],
    ['declares nothing', { vestibule_statements: undefined }],
    ['resembles a known app', { client_name: 'Test  App' }],
    ['resembles the clinic', { client_name: 'Harb0r Clinic' }],
    ['calls the clinic its developer', { vestibule_developer: 'Harbor Clinic' }],
    ['is written with letters that nobody sees', { client_name: 'H\u1160arb\u1160or Clin\u1160ic' }],
    ['is written with letters of two scripts', { client_name: '\u0397arb\u0585r Clinic' }],
    ['has a developer written so', { vestibule_developer: 'H\u0430rbor\u3164\u0421linic' }],
    ['wants to be launched', { vestibule_launch_urls: ['https://diary.example/launch'] }],
  ])('[7591-5] not the policy but staff, for an app that %s', async (_, more) => {
    policy('auto-approve-patient-apps')
    expect((await registered({ client_name: randomUUID(), ...more })).vestibule_state).toBe('waiting')
  })

  it('staff see which names an app resembles, and what it declared', async () => {
    const { client_id: id } = await registered({ client_name: 'Test  App' })
    const listed = (await listRegistrations()).find(({ app }) => app.id === id)
    expect(listed).toMatchObject({ state: 'waiting', resembles: ['Test App'] })
    expect(listed?.app.statements).toHaveLength(6)
  })

  it('staff read what it registered, let it in, give it a new secret and take it away again', async () => {
    const { client_id: id, client_secret: first = '' } = await registered({ client_name: randomUUID() })
    const by = await shown(id)
    expect(await describeApp(id, now())).toMatchObject({ state: 'waiting', resembles: [], hasSecret: true })
    expect((await listAppsForStaff())[0]?.state).toBe('waiting')
    expect(await giveNewSecret(id, by)).toBeUndefined()
    expect(await decideOnApp(id, 'approve', by)).toBe(true)
    expect(await decideOnApp(id, 'refuse', by)).toBe(false)
    const second = (await giveNewSecret(id, by)) ?? ''
    const knockWith = (client_secret: string) => knock({ client_id: id, client_secret } as Registered)
    expect([await knockWith(first), await knockWith(second)]).toEqual(['invalid_grant', 'invalid_grant'])
    expect(await decideOnApp(id, 'end-old-secrets', by)).toBe(true)
    expect([await knockWith(first), await knockWith(second)]).toEqual(['invalid_client', 'invalid_grant'])
    expect(await decideOnApp(id, 'remove', by)).toBe(true)
    expect(await describeApp(id, now())).toBeUndefined()
    expect(await knockWith(second)).toBe('invalid_client')
    expect(await describeApp('test-app', now())).toMatchObject({ state: 'configured', hasSecret: false })
  })

  it('of 64 approvals at the same time one counts, with one audit row; a refusal after it counts nothing', async () => {
    const { client_id: id } = await registered()
    const answers = await Promise.all(Array.from({ length: 64 }, () => approve(id)))
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(await db().auditEvent.count({ where: { name: 'app.approved', appId: id } })).toBe(1)
    const by = await shown(id)
    expect(await db().$transaction((tx) => refuseRegistration(tx, id, by))).toBe(false)
    expect(await findApp(db(), id)).toBeDefined()
    const other = await registered()
    const seen = await shown(other.client_id)
    const refused = await db().$transaction((tx) => refuseRegistration(tx, other.client_id, seen))
    expect([refused, await approve(other.client_id)]).toEqual([true, false])
    expect(await knock(other)).toBe('invalid_client')
  })

  it('a registration nobody decided on is gone after 30 days with its secret; an approved one stays', async () => {
    const [forgotten, kept] = [await registered(), await registered()]
    await approve(kept.client_id)
    await sweepRegistrations(db(), addSeconds(now(), 29 * 86_400))
    expect(await findRegistration(forgotten.client_id)).toBeDefined()
    await sweepRegistrations(db(), addSeconds(now(), 31 * 86_400))
    expect(await findRegistration(forgotten.client_id)).toBeUndefined()
    expect(await db().clientSecret.count({ where: { appId: forgotten.client_id } })).toBe(0)
    expect(await knock(kept)).toBe('invalid_grant')
  })
})

describe('an app that manages its registration', () => {
  it('[7592] reads it back without its secret and without another token', async () => {
    const app = await registered()
    const answer = await manage(app, 'GET')
    expect(answer.status).toBe(200)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    const body = (await answer.json()) as object
    expect(body).toMatchObject({ client_id: app.client_id, client_name: good.client_name, scope: good.scope })
    expect(Object.keys(body)).not.toContain('client_secret')
  })

  it('[7592] replaces it whole: what is left out is as if never sent, and an approved app waits again', async () => {
    const app = await registered({ contacts: ['me@diary.example'] })
    await approve(app.client_id)
    expect(await knock(app)).toBe('invalid_grant')
    const body = { client_id: app.client_id, client_name: 'Diary Two', redirect_uris: [redirect] }
    const answer = await manage(app, 'PUT', { body })
    expect(answer.status).toBe(200)
    const now_ = (await answer.json()) as object
    expect(now_).toMatchObject({ client_name: 'Diary Two', vestibule_state: 'waiting' })
    expect(Object.keys(now_)).not.toContain('contacts')
    expect(await knock(app)).toBe('invalid_client')
    await approve(app.client_id)
    expect(await knock(app)).toBe('invalid_grant')
  })

  it('[7592] a replacement that crosses with its removal by staff does not bring it back', async () => {
    policy('auto-approve-patient-apps')
    const app = await registered({ client_name: randomUUID() })
    const given = await findRegistration(app.client_id)
    if (!given) throw new Error('not registered')
    // it had proven itself when staff removed it
    await db().$transaction((tx) => removeApp(tx, app.client_id, staff))
    expect(await db().$transaction((tx) => replaceRegistration(tx, given, now()))).toBeUndefined()
    expect(await findApp(db(), app.client_id)).toBeUndefined()
    await db().appRegistration.deleteMany({ where: { id: app.client_id } })
    expect(await db().$transaction((tx) => replaceRegistration(tx, given, now()))).toBeUndefined()
  })

  it('[7592] may not rename itself, send back what is ours, nor change how it proves itself', async () => {
    const app = await registered()
    const same = { ...good, client_id: app.client_id }
    const errorOf = async (body: object) =>
      ((await (await manage(app, 'PUT', { body })).json()) as { error: string }).error
    expect(await errorOf({ ...good, client_id: 'reg-0' })).toBe('invalid_request')
    expect(await errorOf(good)).toBe('invalid_request')
    for (const name of ['registration_access_token', 'registration_client_uri', 'client_id_issued_at'])
      expect(await errorOf({ ...same, [name]: 'x' })).toBe('invalid_request')
    expect(await errorOf({ ...same, client_secret_expires_at: 0 })).toBe('invalid_request')
    expect(await errorOf({ ...same, token_endpoint_auth_method: 'none' })).toBe('invalid_client_metadata')
    expect(await errorOf({ ...same, redirect_uris: ['x'] })).toBe('invalid_redirect_uri')
    expect((await findRegistration(app.client_id))?.app.redirectUris).toEqual([redirect])
  })

  it('[7592] staff decide on what they were shown: what was replaced since is neither let in nor turned down', async () => {
    const app = await registered({ client_name: randomUUID() })
    const seen = await shown(app.client_id)
    const body = { ...good, client_id: app.client_id, client_name: randomUUID(), redirect_uris: [redirect] }
    expect((await manage(app, 'PUT', { body })).status).toBe(200)
    for (const decision of ['approve', 'refuse'] as const)
      expect(await decideOnApp(app.client_id, decision, seen)).toBe(false)
    expect(await findApp(db(), app.client_id)).toBeUndefined()
    expect(await findRegistration(app.client_id)).toMatchObject({ state: 'waiting' })
    expect(await db().auditEvent.count({ where: { name: 'app.approved', appId: app.client_id } })).toBe(0)
    expect(await decideOnApp(app.client_id, 'approve', await shown(app.client_id))).toBe(true)
  })

  it('[7592] while 500 wait, none comes in nor waits again, and who is let in stays so', async () => {
    const app = await registered({ client_name: randomUUID() })
    await approve(app.client_id)
    const row = await db().appRegistration.findUniqueOrThrow({ where: { id: app.client_id } })
    const { metadata, echoed, ...others } = row
    const waiting = Array.from({ length: 500 }, () => ({
      ...others,
      metadata: metadata as object,
      echoed: echoed as object,
      id: `reg-full-${randomUUID()}`,
      state: 'waiting',
    }))
    await db().appRegistration.createMany({ data: waiting })
    onTestFinished(async () => {
      await db().appRegistration.deleteMany({ where: { id: { startsWith: 'reg-full-' } } })
    })
    expect(await refusalOf(good)).toBe('503 temporarily_unavailable')
    const answer = await manage(app, 'PUT', { body: { ...good, client_id: app.client_id } })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10'])
    expect(await findRegistration(app.client_id)).toMatchObject({ state: 'approved' })
    expect(await knock(app)).toBe('invalid_grant')
  })

  it('[7592] may send its secret back as it was issued, and no other', async () => {
    const [app, other] = [await registered(), await registered()]
    const put = async (client_secret: unknown) =>
      (await manage(app, 'PUT', { body: { ...good, client_id: app.client_id, client_secret } })).status
    expect(await put(app.client_secret)).toBe(200)
    expect([await put(other.client_secret), await put(''), await put(7), await put(null)]).toEqual([
      400, 400, 400, 400,
    ])
  })

  it('[7592] what staff refused stays refused: 403, unchanged, and no policy lets it in', async () => {
    policy('auto-approve-patient-apps')
    const app = await registered({ vestibule_statements: [] })
    await decideOnApp(app.client_id, 'refuse', await shown(app.client_id))
    const body = { ...good, client_name: randomUUID(), client_id: app.client_id }
    const answer = await manage(app, 'PUT', { body })
    expect([answer.status, await answer.json()]).toMatchObject([403, { error: 'access_denied' }])
    expect(await findRegistration(app.client_id)).toMatchObject({
      state: 'refused',
      app: { name: good.client_name },
    })
    expect(await findApp(db(), app.client_id)).toBeUndefined()
    expect((await manage(app, 'DELETE')).status).toBe(204)
  })

  it('[7592] counts replacements as registrations: after ten in an hour it is told when to come again', async () => {
    const app = await registered()
    const put = () => manage(app, 'PUT', { body: { ...good, client_id: app.client_id } })
    for (let count = 1; count < 10; count += 1) expect((await put()).status).toBe(200)
    const answer = await put()
    expect([answer.status, Number(answer.headers.get('retry-after')) > 0]).toEqual([429, true])
    expect((await manage(app, 'GET')).status).toBe(200)
  })

  it('[7592] deletes itself: 204, and client, secret and registration are gone', async () => {
    const app = await registered()
    await approve(app.client_id)
    expect((await manage(app, 'DELETE')).status).toBe(204)
    expect(await knock(app)).toBe('invalid_client')
    expect(await findRegistration(app.client_id)).toBeUndefined()
    expect((await manage(app, 'GET')).status).toBe(401)
  })

  it('[7592] a foreign token, an unknown, a deleted and a removed client get one and the same 401', async () => {
    const [app, other, removed] = [await registered(), await registered(), await registered()]
    await approve(removed.client_id)
    await db().$transaction((tx) => removeApp(tx, removed.client_id, staff))
    const texts = new Set<string>()
    for (const answer of [
      await manage(app, 'GET', { token: other.registration_access_token }),
      await manage(app, 'PUT', { token: 'x', body: good }),
      await manage(app, 'DELETE', { token: other.registration_access_token }),
      await manage(app, 'GET', { id: `reg-${'0'.repeat(32)}` }),
      await manage(app, 'GET', { id: 'test-app' }),
      await manage(removed, 'GET'),
      await fetch(`${world.url}/oauth/register/${app.client_id}`),
    ]) {
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toContain('Bearer')
      texts.add(await answer.text())
    }
    expect(texts.size).toBe(1)
    expect((await manage(app, 'POST', { body: good })).status).toBe(405)
  })
})
