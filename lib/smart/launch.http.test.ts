import { generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { findPatient } from '@/lib/identity/session'
import { endLink, suspendLink } from '@/lib/linking/change-link'
import { describeConsent } from '@/lib/smart/consent'
import { launchSeconds } from '@/lib/smart/launches'
import { styleAddress } from '@/lib/smart/style'
import { sweepSmart } from '@/lib/smart/sweep'
import { liftStop, setStop } from '@/lib/stops/stops'
import { addSeconds, now, setClock } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import { follow, openPortal, otherBrowser, type Portal } from '@/test/portal'
import {
  acceptForm,
  cookieHeader,
  launchUrls,
  requestIdOf,
  type SmartWorld,
  startSmartWorld,
  type Visitor,
} from '@/test/smart-world'

let world: SmartWorld
let portal: Portal
beforeAll(async () => {
  world = await startSmartWorld()
  portal = await openPortal(world)
})
afterAll(() => world.stop())

const ehrScope = 'launch openid fhirUser offline_access patient/Patient.rs patient/Observation.rs'
const staff = { kind: 'staff', id: 'tester' } as const

const ask = (launch: string, changes: Readonly<Record<string, string | undefined>> = {}) =>
  world.parameters({ scope: ehrScope, launch, ...changes })
const step = (visitor: Visitor, id: string) =>
  describeConsent(id, cookieHeader(visitor), { now: now(), language: 'en' })
const linksOf = (visitor: Visitor) =>
  db().link.findMany({ where: { accountId: visitor.session.accountId }, orderBy: { createdAt: 'asc' } })

/** The error an authorization request is answered with, by redirect to the app. */
async function errorOf(query: URLSearchParams): Promise<string | null> {
  const answer = await world.begin(undefined, query)
  expect(answer.status).toBe(303)
  const address = new URL(answer.headers.get('location') ?? '', world.url)
  expect(address.searchParams.get('iss')).toBe(world.url)
  return address.searchParams.get('error')
}

/** From the request to the token response, with everything ticked. */
async function finish(
  visitor: Visitor,
  asked: { readonly query: URLSearchParams; readonly verifier: string },
): Promise<Record<string, unknown>> {
  const id = requestIdOf(await world.begin(visitor, asked.query))
  await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
  const { searchParams } = await world.leave(visitor, id)
  const landing = {
    parameters: searchParams,
    code: searchParams.get('code') ?? '',
    verifier: asked.verifier,
    redirectUri: asked.query.get('redirect_uri') ?? '',
  }
  return (await world.exchange(landing)).json()
}

describe('a portal orders a launch', () => {
  it('[L1] answers with the registered launch URL, iss and an opaque launch, good for five minutes', async () => {
    const body = await portal.launch(await world.visitor('maya'))
    expect(body).toMatchObject({ iss: world.audience, expires_in: 300 })
    const address = new URL(body.address)
    expect(`${address.origin}${address.pathname}`).toBe('https://app.example/launch')
    expect(Object.fromEntries(address.searchParams)).toEqual({
      from: 'portal',
      iss: world.audience,
      launch: body.launch,
    })
    expect(body.launch).toMatch(/^[\w-]{43}$/)
    const stored = await db().launch.findMany()
    expect(JSON.stringify(stored)).not.toContain(body.launch)
  })

  it('[L1] opens another launch URL of the app if told so, and never one that is not registered', async () => {
    const maya = await world.visitor('maya')
    const second = await portal.launch(maya, { more: { launchUrl: launchUrls[1] } })
    expect(second.address).toContain('https://app.example/other-launch?')
    for (const launchUrl of ['https://evil.example/launch', `${launchUrls[1]}/`, 'javascript:alert(1)'])
      await expect(portal.launch(maya, { more: { launchUrl } })).rejects.toThrow('400 invalid_request')
  })

  it('[L2] a person without a live link to this chart gets no launch, whoever they are', async () => {
    const maya = await world.visitor('maya')
    const nobody = { ...maya, session: { ...maya.session, subject: 'never-seen' } }
    const elsewhere = { ...maya, session: { ...maya.session, issuer: 'http://localhost:3001/northwind' } }
    for (const who of [nobody, elsewhere]) await expect(portal.launch(who)).rejects.toThrow('409 not_linked')
    await expect(portal.launch(maya, { patient: person('george').patientId })).rejects.toThrow('409')
    const [link] = await linksOf(maya)
    await suspendLink(db(), link?.id ?? '', { why: 'record-changed', actor: staff, now: now() })
    await expect(portal.launch(maya)).rejects.toThrow('409 not_linked')
    const refusals = await db().auditEvent.findMany({ where: { name: 'launch.refused', actor: 'portal' } })
    expect(refusals.at(-1)?.detail).toEqual({ reason: 'not-linked' })
    expect(await db().launch.count({ where: { accountId: maya.session.accountId } })).toBe(0)
  })

  it('a proxy is launched on the chart they look after, and on their own', async () => {
    const ingrid = await world.visitor('ingrid')
    for (const key of ['ingrid', 'theo'])
      expect((await portal.launch(ingrid, { patient: person(key).patientId })).launch).toHaveLength(43)
  })

  it('only a portal with the scope and for its own EHRs may order; a paused one may not', async () => {
    const maya = await world.visitor('maya')
    const { issuer, subject } = maya.session
    const body = {
      app: 'test-app',
      ehr: 'demo',
      patient: person('maya').patientId,
      person: { issuer, subject },
    }
    expect((await portal.order(body)).status).toBe(201)
    expect((await portal.order({ ...body, ehr: 'nowhere' })).body.error).toBe('invalid_target')
    expect((await portal.order({ ...body, app: 'other-app' })).body.error).toBe('invalid_request')
    expect((await portal.order({ ...body, app: 'printer' })).body.error).toBe('invalid_request')
    expect((await portal.order(body, 'no-token')).status).toBe(401)
    expect((await fetch(`${world.url}/launch`, { method: 'POST', body: '{}' })).status).toBe(401)
    for (const target of ['app', 'ehr'] as const) {
      await setStop(target, target === 'app' ? 'test-app' : 'demo', { reason: 'test', actor: staff })
      expect((await portal.order(body)).status).toBe(503)
      await liftStop(target, target === 'app' ? 'test-app' : 'demo', staff)
    }
    await setStop('app', 'portal', { reason: 'test', actor: staff })
    expect((await portal.order(body)).status).toBe(401)
    await liftStop('app', 'portal', staff)
  })

  it.each<[string, unknown]>([
    ['no JSON', '{'],
    ['an array', []],
    ['an unknown member', { more: 1 }],
    ['neither person nor assertion', { person: undefined }],
    ['both', { assertion: 'a.b.c' }],
    ['a patient that is a path', { patient: '../x' }],
    ['a NUL in the subject', { person: { issuer: 'x', subject: 'a\u0000b' } }],
    ['a broken letter', { context: { tenant: '\ud800' } }],
    ['a banner that is no boolean', { context: { need_patient_banner: 'yes' } }],
    ['an intent that is no text', { context: { intent: 1 } }],
  ])('%s is refused by name of the place and writes nothing', async (_, changes) => {
    const good = {
      app: 'test-app',
      ehr: 'demo',
      patient: 'p',
      person: { issuer: 'x', subject: 'y' },
    }
    const body =
      typeof changes === 'string' || Array.isArray(changes) ? changes : { ...good, ...Object(changes) }
    const before = await db().launch.count()
    const answer = await portal.order(body)
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request'])
    expect(await db().launch.count()).toBe(before)
  })

  it.each<[string, unknown]>([
    ['an empty object', {}],
    ['a string, as older versions had it', 'ImagingStudy/1'],
    ['an absolute reference', { reference: 'https://ehr.example/ImagingStudy/1' }],
    ['the patient in the role of the launch', { reference: 'Patient/1' }],
    ['the patient, said so', { reference: 'Patient/1', role: 'launch' }],
    ['an encounter', { reference: 'Encounter/1' }],
    ['an encounter by identifier', { type: 'Encounter', identifier: { value: '1' } }],
    ['an empty role', { reference: 'ImagingStudy/1', role: '' }],
    ['a role that is no URI', { reference: 'ImagingStudy/1', role: 'reader' }],
    ['a role alone', { role: 'https://example.org/role' }],
    ['an unknown member', { reference: 'ImagingStudy/1', note: 'x' }],
  ])('[K4] fhirContext refuses %s', async (_, resource) => {
    const more = { context: { fhirContext: [resource] } }
    await expect(portal.launch(await world.visitor('maya'), { more })).rejects.toThrow('400 invalid_request')
  })
})

it.each([
  [{}, /^person is not as expected: name the person once, by person \(issuer, subject\) or by assertion\.$/],
  [
    { assertion: 'a.b.c', context: { return: 'x' } },
    /^context is not as expected: it may hold need_patient_banner/,
  ],
  [{ assertion: 'a.b.c', patientId: '1' }, /^body is not as expected: JSON \(application\/json\) with app/],
  [{ assertion: 'a.b.c', patient: 1 }, /^patient is not as expected\.$/],
])('an order of the wrong shape is told what it may hold: %j', async (more, sentence) => {
  const { status, body } = await portal.order({
    app: 'test-app',
    ehr: 'demo',
    patient: person('maya').patientId,
    ...more,
  })
  expect(status).toBe(400)
  expect(body.error_description).toMatch(sentence)
})

describe('a portal vouches for a person', () => {
  const order = (assertion: string) =>
    portal.order({ app: 'test-app', ehr: 'demo', patient: person('maya').patientId, assertion })

  it('[L2] its word counts once, for exactly what it names, by its own key, for five minutes', async () => {
    const maya = await world.visitor('maya')
    const at = Math.floor(now().getTime() / 1000)
    const { issuer, subject } = maya.session
    const stranger = await generateKeyPair('ES384')
    const bad = await Promise.all([
      portal.vouch(maya, { claims: { patient: person('george').patientId } }),
      portal.vouch(maya, { claims: { app: 'other-app' } }),
      portal.vouch(maya, { claims: { ehr: 'other' } }),
      portal.vouch(maya, { claims: { aud: `${world.url}/oauth/token` } }),
      portal.vouch(maya, { claims: { aud: [`${world.url}/launch`] } }),
      portal.vouch(maya, { claims: { iss: 'printer' } }),
      portal.vouch(maya, { claims: { exp: at - 120 } }),
      portal.vouch(maya, { claims: { exp: at + 900 } }),
      portal.vouch(maya, { claims: { jti: undefined } }),
      portal.vouch(maya, { claims: { auth_time: at + 900 } }),
      portal.vouch(maya, { claims: { sub_id: { format: 'email', email: 'a@b.example' } } }),
      portal.vouch(maya, {
        claims: { sub_id: { format: 'iss_sub', iss: `${issuer}/northwind`, sub: subject } },
      }),
      portal.vouch(maya, { header: { typ: 'JWT' } }),
      portal.vouch(maya, { header: { kid: 'k2' } }),
      portal.vouch(maya, { key: stranger.privateKey }),
    ])
    for (const assertion of bad) expect((await order(assertion)).body.error, assertion).toBe('invalid_grant')
    const good = await portal.vouch(maya)
    expect((await order(good)).status).toBe(201)
    expect((await order(good)).body.error).toBe('invalid_grant')
    expect((await order('a.b.c')).body.error).toBe('invalid_grant')
  })

  it('[L2] of 64 uses of one assertion one makes a launch', async () => {
    const maya = await world.visitor('maya')
    const assertion = await portal.vouch(maya)
    const answers = await Promise.all(Array.from({ length: 64 }, () => order(assertion)))
    expect(answers.filter((one) => one.status === 201)).toHaveLength(1)
    expect(answers.filter((one) => one.body.error === 'invalid_grant')).toHaveLength(63)
  })

  it('[L2] the browser that brings the ticket needs no second sign-in, and consents as usual', async () => {
    const maya = await world.visitor('maya')
    const browser = otherBrowser(maya)
    const body = await portal.launch(maya, { vouched: true })
    expect(body.address).toMatch(/\/launch\/[\w-]{43}$/)
    expect(body.address).not.toContain(body.launch)
    const app = await follow(browser, body.address)
    expect(app.searchParams.get('launch')).toBe(body.launch)
    expect(app.searchParams.get('iss')).toBe(world.audience)
    const answer = await finish(browser, ask(body.launch))
    expect(answer).toMatchObject({ patient: person('maya').patientId, scope: ehrScope })
    const [token] = await db().accessToken.findMany({
      where: { accountId: maya.session.accountId },
      orderBy: { issuedAt: 'desc' },
    })
    const session = await db().session.findUniqueOrThrow({ where: { id: token?.sessionId ?? '' } })
    expect(session).toMatchObject({
      provider: 'portal:portal',
      acr: 'urn:vestibule:acr:portal',
      authTimeProven: false,
    })
    const audited = await db().auditEvent.findMany({ where: { accountId: maya.session.accountId } })
    expect(audited.map((row) => row.name)).toEqual(
      expect.arrayContaining(['launch.created', 'launch.spent', 'launch.person-vouched', 'grant.created']),
    )
  })

  it('[L2] such a session opens nothing but its request: no cookie, no account page, no other request', async () => {
    const maya = await world.visitor('maya')
    const browser = otherBrowser(maya)
    const body = await portal.launch(maya, { vouched: true })
    await follow(browser, body.address)
    const id = requestIdOf(await world.begin(browser, ask(body.launch).query))
    expect((await step(browser, id)).step).toBe('consent')
    expect(await findPatient(cookieHeader(browser), now())).toBeUndefined()
    const other = requestIdOf(await world.begin(browser, world.parameters().query))
    expect((await step(browser, other)).step).toBe('sign-in')
  })

  it('[L2] the handle alone signs nobody in: another browser has to', async () => {
    const maya = await world.visitor('maya')
    const body = await portal.launch(maya, { vouched: true })
    await follow(otherBrowser(maya), body.address)
    const thief = otherBrowser(maya)
    const id = requestIdOf(await world.begin(thief, ask(body.launch).query))
    expect(await step(thief, id)).toEqual({ step: 'sign-in', provider: 'sunrise' })
  })

  it('[L2] a ticket is good for one browser, once, for five minutes; looking ahead spends nothing', async () => {
    const maya = await world.visitor('maya')
    const { address } = await portal.launch(maya, { vouched: true })
    expect((await fetch(address, { headers: { 'sec-purpose': 'prefetch' } })).status).toBe(503)
    // who scans links for a mail server asks by HEAD
    const looked = await fetch(address, { method: 'HEAD', redirect: 'manual' })
    expect([looked.status, looked.headers.getSetCookie()]).toEqual([405, []])
    const tries = await Promise.all(Array.from({ length: 16 }, () => fetch(address, { redirect: 'manual' })))
    expect(tries.filter((one) => one.status === 303)).toHaveLength(1)
    expect(tries.filter((one) => one.status === 400)).toHaveLength(15)
    expect(tries.every((one) => one.headers.get('cache-control') === 'no-store')).toBe(true)
    const late = await portal.launch(maya, { vouched: true })
    setClock(() => addSeconds(new Date(), launchSeconds + 1))
    expect((await fetch(late.address, { redirect: 'manual' })).status).toBe(400)
    setClock(() => new Date())
    expect((await fetch(`${world.url}/launch/${'x'.repeat(43)}`)).status).toBe(400)
    expect((await fetch(`${world.url}/launch/x`)).status).toBe(400)
  })

  it('[L2] an app that demands a sign-in of its own gets one: a portal is no proof of it', async () => {
    const maya = await world.visitor('maya')
    for (const demand of [{ max_age: '3600' }, { prompt: 'login' }, { prompt: 'select_account' }]) {
      const browser = otherBrowser(maya)
      const body = await portal.launch(maya, { vouched: true })
      await follow(browser, body.address)
      const id = requestIdOf(await world.begin(browser, ask(body.launch, demand).query))
      const next = await step(browser, id)
      expect(next.step).toBe('sign-in')
      expect('provider' in next).toBe(demand.prompt !== 'select_account')
    }
  })

  it('[L2] "not me" ends the vouched session for good, and leaves the launch with its person', async () => {
    const maya = await world.visitor('maya')
    const browser = otherBrowser(maya)
    const body = await portal.launch(maya, { vouched: true })
    await follow(browser, body.address)
    const id = requestIdOf(await world.begin(browser, ask(body.launch).query))
    const view = await world.view(browser, id)
    expect(view.provider).toBe('Test Portal')
    await world.post(
      `/oauth/authorize/${id}/not-me`,
      { form_token: view.formToken },
      { cookie: cookieHeader(browser), origin: world.url },
    )
    expect((await step(browser, id)).step).toBe('sign-in')
    const george = await world.visitor('george')
    for (const [name, value] of george.cookies) browser.cookies.set(name, value)
    expect(await step(browser, id)).toEqual({ step: 'refused', reason: 'launched-for-other' })
  })

  it('[L2] a portal that was removed or paused after the launch vouches for nobody', async () => {
    const maya = await world.visitor('maya')
    const browser = otherBrowser(maya)
    const body = await portal.launch(maya, { vouched: true })
    await follow(browser, body.address)
    const id = requestIdOf(await world.begin(browser, ask(body.launch).query))
    await setStop('app', 'portal', { reason: 'test', actor: staff })
    expect((await step(browser, id)).step).toBe('sign-in')
    await liftStop('app', 'portal', staff)
    expect((await step(browser, id)).step).toBe('consent')
    await setStop('provider', 'sunrise', { reason: 'test', actor: staff })
    expect((await step(browser, id)).step).toBe('sign-in')
    await liftStop('provider', 'sunrise', staff)
  })

  it('[L2] eight tabs of one browser open one session', async () => {
    const maya = await world.visitor('maya')
    const browser = otherBrowser(maya)
    const body = await portal.launch(maya, { vouched: true })
    await follow(browser, body.address)
    const id = requestIdOf(await world.begin(browser, ask(body.launch).query))
    const steps = await Promise.all(Array.from({ length: 8 }, () => step(browser, id)))
    expect(steps.map((one) => one.step)).toEqual(Array.from({ length: 8 }, () => 'consent'))
    const where = { accountId: maya.session.accountId, provider: 'portal:portal' }
    expect(await db().session.count({ where })).toBe(1)
  })
})

describe('a launch at the authorization endpoint', () => {
  it('[L2] is used once: the second request is refused and the first goes on', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    const asked = ask(launch)
    const first = requestIdOf(await world.begin(maya, asked.query))
    expect(await errorOf(ask(launch).query)).toBe('invalid_request')
    expect((await step(maya, first)).step).toBe('consent')
  })

  it('[L2] of 64 requests with one handle one is stored', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    const answers = await Promise.all(
      Array.from({ length: 64 }, () => world.begin(undefined, ask(launch).query)),
    )
    const begun = answers.filter((one) => one.headers.get('location')?.startsWith('/authorize/'))
    expect(begun).toHaveLength(1)
    const refused = answers.filter((one) => one.headers.get('location')?.includes('error=invalid_request'))
    expect(refused).toHaveLength(63)
    expect(await db().authorizationRequest.count({ where: { accountId: maya.session.accountId } })).toBe(1)
  })

  it('[L2] unknown, too old, made for another app: invalid_request, never a standalone launch, and nothing is spent', async () => {
    const maya = await world.visitor('maya')
    expect(await errorOf(ask('x'.repeat(43)).query)).toBe('invalid_request')
    expect(await errorOf(ask('x'.repeat(43), { scope: `${ehrScope} launch/patient` }).query)).toBe(
      'invalid_request',
    )
    const { launch } = await portal.launch(maya)
    const foreign = ask(launch, { client_id: 'other-app', redirect_uri: 'https://other.example/cb' })
    expect(await errorOf(foreign.query)).toBe('invalid_request')
    setClock(() => addSeconds(new Date(), launchSeconds + 1))
    expect(await errorOf(ask(launch).query)).toBe('invalid_request')
    setClock(() => new Date())
    requestIdOf(await world.begin(maya, ask(launch).query))
  })

  it('[6749-3.1] a launch sent twice is refused and not spent', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    const { query } = ask(launch)
    query.append('launch', launch)
    expect(await errorOf(query)).toBe('invalid_request')
    requestIdOf(await world.begin(maya, ask(launch).query))
  })

  it('[L2] a refused request spends no launch: the app can mend its mistake', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    expect(await errorOf(ask(launch, { code_challenge_method: 'plain' }).query)).toBe('invalid_request')
    expect(await errorOf(ask(launch, { scope: 'launch user/*.rs' }).query)).toBe('invalid_scope')
    expect(await errorOf(ask(launch, { prompt: 'none' }).query)).toBe('interaction_required')
    requestIdOf(await world.begin(maya, ask(launch).query))
  })

  it('[L2] parameter and scope come together: one without the other is refused by name', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    expect(await errorOf(ask(launch, { scope: 'openid patient/Patient.rs' }).query)).toBe('invalid_request')
    expect(await errorOf(ask(launch, { scope: 'openid launch/patient patient/Patient.rs' }).query)).toBe(
      'invalid_request',
    )
    expect(await errorOf(world.parameters({ scope: ehrScope }).query)).toBe('invalid_request')
  })

  it('[L3] aud has to be the iss of the launch', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    await db().launch.updateMany({
      where: { accountId: maya.session.accountId },
      data: { ehrId: 'second' },
    })
    expect(await errorOf(ask(launch).query)).toBe('invalid_request')
    expect(await errorOf(ask(launch, { aud: 'https://elsewhere.example/fhir' }).query)).toBe('invalid_target')
  })

  it('[L4] launch/patient beside launch is a hint: the chart is the launch’s', async () => {
    const ingrid = await world.visitor('ingrid')
    const { launch } = await portal.launch(ingrid, { patient: person('theo').patientId })
    const answer = await finish(ingrid, ask(launch, { scope: `launch/patient ${ehrScope}` }))
    expect(answer['patient']).toBe(person('theo').patientId)
    expect(answer['scope']).toBe(`launch/patient ${ehrScope}`)
  })

  it('[L4][C5] without a launch an encounter is refused by name, and is listed nowhere', async () => {
    for (const scope of ['launch/encounter', 'launch/patient launch/encounter openid patient/*.rs'])
      expect(await errorOf(world.parameters({ scope }).query)).toBe('invalid_scope')
    const documents = await Promise.all(
      [
        '/fhir/demo/.well-known/smart-configuration',
        '/.well-known/openid-configuration',
        '/.well-known/oauth-authorization-server',
      ].map(async (path) => (await fetch(`${world.url}${path}`)).text()),
    )
    for (const document of documents)
      expect(document).not.toMatch(/user\/|launch\/encounter|permission-user|-encounter"/)
  })

  it('[L4] beside a launch it is a hint that is not followed, and user/ scopes are refused all the same', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    for (const scope of ['user/*.rs', 'launch/encounter user/*.rs', 'system/*.read'])
      expect(await errorOf(ask(launch, { scope: `${ehrScope} ${scope}` }).query)).toBe('invalid_scope')
    const answer = await finish(maya, ask(launch, { scope: `${ehrScope} launch/encounter` }))
    expect(answer['scope']).toBe(ehrScope)
    expect(answer).not.toHaveProperty('encounter')
  })

  it('[L5] a launch establishes the patient, in the response and at every refresh, without a picker', async () => {
    const ingrid = await world.visitor('ingrid')
    const { launch } = await portal.launch(ingrid, { patient: person('theo').patientId })
    const answer = await finish(ingrid, ask(launch, { scope: 'launch offline_access patient/Patient.rs' }))
    expect(answer['patient']).toBe(person('theo').patientId)
    const renewed = await world.refresh(String(answer['refresh_token']))
    expect(await renewed.json()).toMatchObject({ patient: person('theo').patientId })
    const own = await portal.launch(ingrid, { patient: person('ingrid').patientId })
    const id = requestIdOf(await world.begin(ingrid, ask(own.launch).query))
    expect((await step(ingrid, id)).step).toBe('consent')
  })

  it('[L5] the person can not pick another chart than the launch’s', async () => {
    const ingrid = await world.visitor('ingrid')
    const { launch } = await portal.launch(ingrid, { patient: person('theo').patientId })
    const id = requestIdOf(await world.begin(ingrid, ask(launch).query))
    const view = await world.view(ingrid, id)
    const own = (await linksOf(ingrid)).find((link) => link.relationship === 'self')
    const headers = { cookie: cookieHeader(ingrid), origin: world.url }
    await world.post(
      `/oauth/authorize/${id}/chart`,
      { form_token: view.formToken, chart: own?.id ?? '' },
      headers,
    )
    expect((await world.view(ingrid, id)).chart.linkId).toBe(view.chart.linkId)
    await world.decide(ingrid, id, { ...acceptForm(view), chart: own?.id ?? '' })
    expect(await db().grant.count({ where: { accountId: ingrid.session.accountId } })).toBe(0)
  })

  it('[L2] somebody else signed in is refused and told to sign in; the right person can go on', async () => {
    const maya = await world.visitor('maya')
    const george = await world.visitor('george')
    const { launch } = await portal.launch(maya)
    const id = requestIdOf(await world.begin(george, ask(launch).query))
    expect(await step(george, id)).toEqual({ step: 'refused', reason: 'launched-for-other' })
    await world.decide(george, id, { decision: 'accept' })
    expect(await db().grant.count({ where: { accountId: george.session.accountId } })).toBe(0)
    for (const [name, value] of maya.cookies) george.cookies.set(name, value)
    expect((await step(george, id)).step).toBe('consent')
  })

  it('[L2] a link that ended after the launch opens nothing', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    const id = requestIdOf(await world.begin(maya, ask(launch).query))
    const view = await world.view(maya, id)
    const [link] = await linksOf(maya)
    await endLink(db(), link?.id ?? '', { why: 'staff', actor: staff, now: now() })
    await world.decide(maya, id, acceptForm(view))
    expect((await step(maya, id)).step).toBe('on-hold')
    expect(await db().grant.count({ where: { accountId: maya.session.accountId } })).toBe(0)
  })

  it('[9126-4] a pushed request spends its launch only when the browser brings it', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    const { query } = ask(launch)
    const pushed = await world.post('/oauth/par', Object.fromEntries(query))
    expect(pushed.status).toBe(201)
    const { request_uri: requestUri } = (await pushed.json()) as { request_uri: string }
    const outer = new URLSearchParams({ client_id: 'test-app', request_uri: requestUri })
    const id = requestIdOf(await world.begin(maya, outer))
    expect((await step(maya, id)).step).toBe('consent')
    expect(await errorOf(ask(launch).query)).toBe('invalid_request')
  })
})

describe('what the app is told of a launch', () => {
  const context = {
    need_patient_banner: false,
    intent: 'show-results',
    tenant: 'harbor-north',
    fhirContext: [
      { canonical: 'https://example.org/Questionnaire/q|1', type: 'Questionnaire' },
      { reference: `Patient/${person('maya').patientId}`, role: 'https://example.org/roles/reader' },
    ],
  }

  it('[K1][K2][K3][K4] top-level members of the right types, exactly as the portal gave them', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya, { more: { context } })
    const answer = await finish(maya, ask(launch))
    expect(answer).toMatchObject({ ...context, patient: person('maya').patientId })
    expect(answer).not.toHaveProperty('encounter')
  })

  it('[K5] the same after a refresh', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya, { more: { context } })
    const answer = await finish(maya, ask(launch))
    const renewed = await (await world.refresh(String(answer['refresh_token']))).json()
    const { smart_style_url: style } = answer
    expect(renewed).toMatchObject({ ...context, smart_style_url: style })
  })

  it('[C4][K3] the patient banner is asked for unless the portal says it shows one', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    expect(await finish(maya, ask(launch))).toMatchObject({ need_patient_banner: true })
  })

  it('[C4][K3] smart_style_url serves the style to any origin, for ever; other content has another address', async () => {
    const maya = await world.visitor('maya')
    const { launch } = await portal.launch(maya)
    const { smart_style_url: address } = await finish(maya, ask(launch))
    const style = await fetch(String(address))
    expect(style.headers.get('content-type')).toBe('application/json')
    expect(style.headers.get('access-control-allow-origin')).toBe('*')
    expect(style.headers.get('cache-control')).toContain('immutable')
    expect(await style.json()).toMatchObject({ color_highlight: '#0f5f6b' })
    const before = config()
    setConfig({ ...before, brand: { ...before.brand, accent: '#112233' } })
    const changed = styleAddress()
    expect(changed).not.toBe(address)
    expect(await (await fetch(changed)).json()).toMatchObject({ color_highlight: '#112233' })
    expect((await fetch(String(address))).status).toBe(404)
    setConfig(before)
    const plain = await portal.launch(maya, { more: { context: { style: false } } })
    expect(await finish(maya, ask(plain.launch))).not.toHaveProperty('smart_style_url')
  })

  it('[C1][C4][C5][C8] discovery lists what is served, and context of a launch reaches no standalone app', async () => {
    const answer = await fetch(`${world.url}/fhir/demo/.well-known/smart-configuration`)
    const { capabilities, scopes_supported: scopes } = (await answer.json()) as Record<string, string[]>
    expect(capabilities).toEqual(
      expect.arrayContaining([
        'launch-ehr',
        'launch-standalone',
        'authorize-post',
        'context-banner',
        'context-style',
        'context-ehr-patient',
        'context-standalone-patient',
      ]),
    )
    expect(capabilities).not.toContain('context-ehr-encounter')
    expect(scopes).toContain('launch')
    const standalone = await world.exchange(await world.allow(await world.visitor('maya')))
    const body = (await standalone.json()) as Record<string, unknown>
    for (const member of ['need_patient_banner', 'smart_style_url', 'intent', 'tenant', 'fhirContext'])
      expect(body).not.toHaveProperty(member)
  })

  it('[C9] both sets of patient access are complete: standalone, and launched from a portal', async () => {
    const answer = await fetch(`${world.url}/fhir/demo/.well-known/smart-configuration`)
    const { capabilities } = (await answer.json()) as { capabilities: string[] }
    const common = ['client-public', 'permission-patient']
    for (const set of [
      ['launch-standalone', 'context-standalone-patient'],
      ['launch-ehr', 'context-ehr-patient'],
    ])
      expect(capabilities).toEqual(expect.arrayContaining([...common, ...set]))
  })
})

it('launches are deleted a day after their end', async () => {
  await portal.launch(await world.visitor('maya'))
  await sweepSmart(addSeconds(now(), 86_400 + launchSeconds - 60))
  expect(await db().launch.count()).toBeGreaterThan(0)
  await sweepSmart(addSeconds(now(), 86_400 + launchSeconds + 60))
  expect(await db().launch.count()).toBe(0)
})
