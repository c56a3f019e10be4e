import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { endSession } from '@/lib/identity/change-session'
import type { PatientSession } from '@/lib/identity/session'
import { endLink } from '@/lib/linking/change-link'
import { describeConsent } from '@/lib/smart/consent'
import { addSeconds, now, setClock } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import {
  acceptForm,
  cookieHeader,
  fullScope,
  requestIdOf,
  type SmartWorld,
  startSmartWorld,
  type Visitor,
} from '@/test/smart-world'
import { whileEhrAnswers } from '@/test/while-ehr-answers'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

const begin = async (visitor: Visitor, changes = {}): Promise<string> =>
  requestIdOf(await world.begin(visitor, world.parameters(changes).query))
const step = async (visitor: Visitor, id: string, at = now()) =>
  describeConsent(id, cookieHeader(visitor), { now: at, language: 'en' })
const grants = (visitor: Visitor) =>
  db().grant.findMany({ where: { accountId: visitor.session.accountId }, orderBy: { createdAt: 'asc' } })

const sessionEnds: Record<string, (session: PatientSession) => Promise<unknown>> = {
  'signed out': ({ id }) => db().$transaction((tx) => endSession(tx, id, 'sign-out', now())),
  idle: ({ id }) => db().session.update({ where: { id }, data: { lastSeenAt: addSeconds(now(), -1801) } }),
  'too long here': ({ id }) => db().session.update({ where: { id }, data: { expiresAt: now() } }),
  'of staff': ({ id }) => db().session.update({ where: { id }, data: { kind: 'staff' } }),
  'account ended': ({ accountId: id }) => db().account.update({ where: { id }, data: { endedAt: now() } }),
  'login removed': ({ loginId: id }) => db().login.update({ where: { id }, data: { removedAt: now() } }),
}

describe('consent', () => {
  it('[A7][A8][A10] gives code, state byte for byte and iss, and keeps what was shown in which words', async () => {
    const maya = await world.visitor('maya')
    const { parameters, code } = await world.allow(maya)
    expect(code).toHaveLength(43)
    expect([...parameters.keys()].sort()).toEqual(['code', 'iss', 'keep', 'state'])
    expect(parameters.get('state')).toBe('a state / with = signs & 100%')
    expect(parameters.get('iss')).toBe(world.url)
    const [grant] = await grants(maya)
    expect(grant).toMatchObject({ language: 'en', appId: 'test-app', patientId: person('maya').patientId })
    expect(grant?.textVersion).toMatch(/^[\w-]{16}$/)
    expect(grant?.shown).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ id: 'Condition/other', text: 'Other health problems', allowed: true }),
      ]),
    )
    expect(await db().auditEvent.count({ where: { name: 'grant.created', grantId: grant?.id ?? '' } })).toBe(
      1,
    )
  })

  it('shows whose chart it is by the name of the EHR and the birth year', async () => {
    const maya = await world.visitor('maya')
    const view = await world.view(maya, await begin(maya))
    expect(view.chart.name).toBe(person('maya').name)
    expect(view.chart.birthYear).toBe(person('maya').birthDate.slice(0, 4))
    expect(view.app).toMatchObject({ name: 'Test App', reviewed: false })
  })

  it('[G1][G3] what is unticked is not granted; one category less leaves the others, one by one', async () => {
    const maya = await world.visitor('maya')
    await world.allow(maya, {}, [
      'Condition/problem-list-item',
      'Condition/encounter-diagnosis',
      'Observation/social-history',
      'Observation/other',
      'offline',
    ])
    const [grant] = await grants(maya)
    const category = 'http://terminology.hl7.org/CodeSystem/observation-category'
    const usCore = 'http://hl7.org/fhir/us/core/CodeSystem'
    expect(grant?.scopes).toEqual([
      'openid',
      'fhirUser',
      'launch/patient',
      'patient/Patient.rs',
      `patient/Observation.rs?category=${category}|laboratory`,
      `patient/Observation.rs?category=${category}|vital-signs`,
      `patient/Observation.rs?category=${category}|survey`,
      `patient/Observation.rs?category=${usCore}/us-core-category|sdoh`,
      `patient/Condition.rs?category=${usCore}/condition-category|health-concern`,
    ])
    expect(Number(grant?.expiresAt) - Number(grant?.createdAt)).toBeLessThan(20 * 60_000)
  })

  it('[G2] access over time can be unticked: then there is no refresh token, and it says so in `scope`', async () => {
    const maya = await world.visitor('maya')
    const body = await (await world.exchange(await world.allow(maya, {}, ['offline']))).json()
    expect(body.refresh_token).toBeUndefined()
    expect(body.scope.split(' ')).toEqual(fullScope.split(' ').filter((scope) => scope !== 'offline_access'))
  })

  it('[S9] unticking everything is a no, and a no gives access_denied and no grant', async () => {
    const maya = await world.visitor('maya')
    for (const decision of ['accept', 'decline']) {
      const id = await begin(maya)
      const view = await world.view(maya, id)
      await world.decide(maya, id, { ...acceptForm(view, [...view.items]), decision })
      const address = await world.leave(maya, id)
      expect(address.searchParams.get('error')).toBe('access_denied')
      expect(address.searchParams.get('iss')).toBe(world.url)
      expect(address.searchParams.get('state')).toContain('a state')
    }
    expect(await grants(maya)).toEqual([])
  })

  it('a later no to something ends the earlier yes to it, on every device', async () => {
    const maya = await world.visitor('maya')
    await world.allow(maya)
    await world.allow(maya)
    await world.allow(maya, { scope: fullScope.replace('.read', '.rs') }, ['Condition/health-concern'])
    expect((await grants(maya)).map((grant) => grant.endedWhy)).toEqual(['replaced', 'replaced', null])
  })

  it('a chart the person did not link is never offered: without any, linking comes first', async () => {
    const session = await world.signIn()
    const [name = '', value = ''] = world.cookieOf(session).split(/=(.*)/s)
    const visitor = { session, cookies: new Map([[name, value]]) }
    expect(await step(visitor, await begin(visitor))).toMatchObject({ step: 'link' })
  })

  it('[L6] with several charts one is picked, and only that one is opened', async () => {
    const ingrid = person('ingrid')
    const visitor = await world.visitor('ingrid')
    const id = await begin(visitor)
    const choice = await step(visitor, id)
    if (choice.step !== 'choose') throw new Error(choice.step)
    expect(choice.choices.map((one) => one.relationship).sort()).toEqual(['proxy', 'self'])
    const chart = choice.choices.find((one) => one.relationship === 'proxy')?.linkId ?? ''
    const form = { form_token: choice.formToken, chart }
    await world.post(`/oauth/authorize/${id}/chart`, form, { cookie: cookieHeader(visitor) })
    const view = await world.view(visitor, id)
    expect(view.chart.linkId).toBe(chart)
    await world.decide(visitor, id, acceptForm(view))
    expect((await grants(visitor))[0]?.patientId).toBe(ingrid.relatedPatientId)
  })
})

describe('consent is bound to its request and browser', () => {
  it('[9700-4.7] the address opened in another browser shows nothing and takes no answer', async () => {
    const maya = await world.visitor('maya')
    const id = await begin(maya)
    const view = await world.view(maya, id)
    const [session] = maya.cookies
    const elsewhere = { session: maya.session, cookies: new Map(session ? [session] : []) }
    expect(await step(elsewhere, id)).toEqual({ step: 'refused', reason: 'unknown-request' })
    const cookieName = [...maya.cookies.keys()].find((name) => name.includes(id)) ?? ''
    const forged = {
      session: maya.session,
      cookies: new Map([...elsewhere.cookies, [cookieName, 'x'.repeat(43)]]),
    }
    expect(await step(forged, id)).toEqual({ step: 'refused', reason: 'unknown-request' })
    const answer = await world.decide(elsewhere, id, acceptForm(view))
    expect(answer.headers.get('location')).toBe(`/authorize/${id}`)
    await expect(world.leave(elsewhere, id)).rejects.toThrow('nowhere (400)')
    expect(await grants(maya)).toEqual([])
    await world.decide(maya, id, acceptForm(view))
    for (const other of [elsewhere, forged])
      await expect(world.leave(other, id)).rejects.toThrow('nowhere (400)')
    expect((await world.leave(maya, id)).searchParams.get('code')).toHaveLength(43)
  })

  it('whoever is signed in no more has to sign in: signed out, idle, too long here, account or login ended', async () => {
    for (const [why, end] of Object.entries(sessionEnds)) {
      const visitor = await world.visitor('maya')
      const id = await begin(visitor)
      expect((await step(visitor, id)).step).toBe('consent')
      await end(visitor.session)
      expect([why, (await step(visitor, id)).step]).toEqual([why, 'sign-in'])
    }
  })

  it('two tabs are two requests; the answer of one is no answer of the other', async () => {
    const maya = await world.visitor('maya')
    const [one, two] = [await begin(maya), await begin(maya, { state: 'the second tab' })]
    const form = acceptForm(await world.view(maya, one))
    const crossed = await world.decide(maya, two, form)
    expect(crossed.headers.get('location')).toBe(`/authorize/${two}?again=form-expired`)
    await world.decide(maya, two, acceptForm(await world.view(maya, two)))
    expect((await world.leave(maya, two)).searchParams.get('state')).toBe('the second tab')
    await world.decide(maya, one, form)
    expect((await world.leave(maya, one)).searchParams.get('state')).toContain('a state')
  })

  it('a user switched between steps is refused; the holder can hand over with "not me"', async () => {
    const maya = await world.visitor('maya')
    const id = await begin(maya)
    const view = await world.view(maya, id)
    const chloe = await world.visitor('chloe')
    const switched = { session: chloe.session, cookies: new Map([...maya.cookies, ...chloe.cookies]) }
    expect(await step(switched, id)).toEqual({ step: 'refused', reason: 'other-person' })
    await world.decide(switched, id, acceptForm(view))
    expect(await grants(chloe)).toEqual([])
    const form = { form_token: view.formToken }
    await world.post(`/oauth/authorize/${id}/not-me`, form, { cookie: cookieHeader(maya) })
    expect((await step(maya, id)).step).toBe('sign-in')
    expect((await world.view(switched, id)).chart.name).toBe(person('chloe').name)
  })

  it('[6749-10.12] an answer needs our form token, our origin and exactly what was shown', async () => {
    const maya = await world.visitor('maya')
    const id = await begin(maya)
    const form = acceptForm(await world.view(maya, id))
    const again = `/authorize/${id}?again=form-expired`
    for (const wrong of [{ form_token: '' }, { form_token: 'x.y' }, { shown: 'x' }, { language: 'es' }])
      expect((await world.decide(maya, id, { ...form, ...wrong })).headers.get('location')).toBe(again)
    const foreign = { cookie: cookieHeader(maya), origin: 'https://app.example' }
    const crossSite = await world.post(`/oauth/authorize/${id}/decision`, form, foreign)
    expect(crossSite.headers.get('location')).toBe(again)
    await db().app.update({ where: { id: 'test-app' }, data: { name: 'Renamed App' } })
    expect((await world.decide(maya, id, form)).headers.get('location')).toBe(again)
    await db().app.update({ where: { id: 'test-app' }, data: { name: 'Test App' } })
    expect(await grants(maya)).toEqual([])
    await world.decide(maya, id, form)
    expect(await grants(maya)).toHaveLength(1)
  })

  it('sixteen answers at once are one grant, and an answered request takes no other', async () => {
    const maya = await world.visitor('maya')
    const id = await begin(maya)
    const form = acceptForm(await world.view(maya, id))
    await Promise.all(Array.from({ length: 16 }, () => world.decide(maya, id, form)))
    await world.decide(maya, id, { ...form, decision: 'decline' })
    expect(await grants(maya)).toHaveLength(1)
    expect((await world.leave(maya, id)).searchParams.get('code')).toHaveLength(43)
  })

  it('a link that ended while the page was open gives nothing', async () => {
    const maya = await world.visitor('maya')
    const id = await begin(maya)
    const view = await world.view(maya, id)
    const actor = { kind: 'system', id: 'test' } as const
    await db().$transaction((tx) => endLink(tx, view.chart.linkId, { why: 'staff', actor, now: now() }))
    await world.decide(maya, id, acceptForm(view))
    expect(await grants(maya)).toEqual([])
    expect((await step(maya, id)).step).toBe('link')
  })

  it('what ends while the EHR is asked once more gives nothing: the link, the visit, the account', async () => {
    const ends: Record<string, (visitor: Visitor) => Promise<unknown>> = {
      'link ended': ({ session }) =>
        db().link.updateMany({ where: { accountId: session.accountId }, data: { status: 'ended' } }),
      'link suspended': ({ session }) =>
        db().link.updateMany({ where: { accountId: session.accountId }, data: { status: 'suspended' } }),
      'signed out': ({ session }) => db().$transaction((tx) => endSession(tx, session.id, 'sign-out', now())),
      'account ended': ({ session }) =>
        db().account.update({ where: { id: session.accountId }, data: { endedAt: now() } }),
    }
    for (const [why, end] of Object.entries(ends)) {
      const visitor = await world.visitor('maya')
      const id = await begin(visitor)
      const form = acceptForm(await world.view(visitor, id))
      await whileEhrAnswers(
        world,
        () => world.decide(visitor, id, form),
        () => end(visitor),
      )
      const request = await db().authorizationRequest.findUniqueOrThrow({ where: { id } })
      expect([why, request.status, await grants(visitor)]).toEqual([why, 'open', []])
    }
  })

  it('a yes that knows nothing of another yes to the same app is asked again: the latest no counts', async () => {
    const maya = await world.visitor('maya')
    const [first, second] = [await begin(maya), await begin(maya)]
    const [whole, less] = await Promise.all([first, second].map((id) => world.view(maya, id)))
    if (!whole || !less) throw new Error('no page')
    const decide = () => world.decide(maya, second, acceptForm(less, ['Condition/health-concern']))
    await whileEhrAnswers(world, decide, () => world.decide(maya, first, acceptForm(whole)))
    const open = await db().authorizationRequest.findMany({
      where: { id: { in: [first, second] }, status: 'open' },
    })
    expect([open.length, (await grants(maya)).length]).toEqual([1, 1])
  })

  it('a chart the EHR reports as deceased is on hold, and an EHR out of reach is no verdict', async () => {
    const chloe = await world.visitor('chloe')
    const id = await begin(chloe)
    const form = acceptForm(await world.view(chloe, id))
    await world.control('unavailable', { mode: '503', seconds: 60 })
    expect((await step(chloe, id)).step).toBe('unreachable')
    await world.control('unavailable', { mode: '503', seconds: 0 })
    await world.control('patient', { id: person('chloe').patientId, deceased: true })
    await world.decide(chloe, id, form)
    expect((await step(chloe, id)).step).toBe('on-hold')
    await world.control('patient', { id: person('chloe').patientId, deceased: false })
    expect(await grants(chloe)).toEqual([])
  })
})

describe('prompt and max_age', () => {
  it('[OIDC-3.1.2.1] max_age=0 demands a sign-in of this request, even within the same second', async () => {
    const maya = await world.visitor('maya')
    for (const demand of [{ max_age: '0' }, { prompt: 'login' }])
      expect(await step(maya, await begin(maya, demand))).toEqual({ step: 'sign-in', fresh: 0 })
    const id = await begin(maya, { max_age: '0' })
    const again = await world.visitor('maya')
    const same = { session: again.session, cookies: new Map([...maya.cookies, ...again.cookies]) }
    expect((await step(same, id)).step).toBe('consent')
  })

  it('[OIDC-3.1.2.1] max_age: an old sign-in is asked for again; one the provider did not renew has to be proven another way', async () => {
    const maya = await world.visitor('maya')
    await db().session.update({
      where: { id: maya.session.id },
      data: { authTime: addSeconds(now(), -600), createdAt: addSeconds(now(), -600) },
    })
    const id = await begin(maya, { max_age: '300' })
    expect(await step(maya, id)).toEqual({ step: 'sign-in', fresh: 300 })
    await db().session.update({ where: { id: maya.session.id }, data: { createdAt: addSeconds(now(), 1) } })
    expect(await step(maya, id)).toEqual({ step: 'step-up' })
  })

  it('[OIDC-3.1.2.1] prompt=select_account: a standing session is not taken without asking', async () => {
    const maya = await world.visitor('maya')
    expect((await step(maya, await begin(maya, { prompt: 'select_account' }))).step).toBe('sign-in')
  })
})

describe('leaving', () => {
  it('[9700-4.2][9700-4.12] is a page of ours with refresh and link, no script, no store, no referrer; also for a private scheme', async () => {
    const maya = await world.visitor('maya')
    const { parameters } = await world.allow(maya, { redirect_uri: 'com.example.app:/cb' })
    expect(parameters.get('code')).toHaveLength(43)
    const id = await begin(maya)
    await world.decide(maya, id, acceptForm(await world.view(maya, id)))
    const page = await fetch(`${world.url}/oauth/authorize/${id}/leave`, {
      headers: { cookie: cookieHeader(maya) },
    })
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    const text = await page.text()
    expect(text).toContain('<a class="button" href="https://app.example/cb?keep=1&amp;code=')
    expect(text).not.toContain('<script')
  })

  it('is shown once: the Back button does not hand the app its code again', async () => {
    const maya = await world.visitor('maya')
    const id = await begin(maya)
    await world.decide(maya, id, acceptForm(await world.view(maya, id)))
    const headers = { cookie: cookieHeader(maya) }
    await fetch(`${world.url}/oauth/authorize/${id}/leave`, { method: 'HEAD', headers })
    expect((await world.leave(maya, id)).searchParams.get('code')).toHaveLength(43)
    await expect(world.leave(maya, id)).rejects.toThrow('nowhere (400)')
    expect(await step(maya, id)).toEqual({ step: 'refused', reason: 'answered' })
  })

  it('is over after a minute, and a request waits an hour at most', async () => {
    const maya = await world.visitor('maya')
    const [answered, open] = [await begin(maya), await begin(maya)]
    await world.decide(maya, answered, acceptForm(await world.view(maya, answered)))
    setClock(() => new Date(Date.now() + 61_000))
    try {
      await expect(world.leave(maya, answered)).rejects.toThrow('nowhere (400)')
      expect(await step(maya, answered)).toEqual({ step: 'refused', reason: 'answered' })
      expect(await step(maya, open, addSeconds(now(), 3600))).toEqual({ step: 'refused', reason: 'expired' })
    } finally {
      setClock(() => new Date())
    }
  })
})
