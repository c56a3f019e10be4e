import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StepUpRule } from '@/lib/access/step-up'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { endLink } from '@/lib/linking/change-link'
import { describeConsent } from '@/lib/smart/consent'
import { describeStepUp } from '@/lib/smart/step-up'
import { addSeconds, epochSeconds, now } from '@/lib/time/clock'
import {
  acceptForm,
  cookieHeader,
  requestIdOf,
  type SmartWorld,
  startSmartWorld,
  type Visitor,
} from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

const acr = (name: string): string => `urn:vestibule:acr:${name}`
const begin = async (visitor: Visitor, changes = {}): Promise<string> =>
  requestIdOf(await world.begin(visitor, world.parameters(changes).query))
const step = async (visitor: Visitor, id: string) =>
  describeConsent(id, cookieHeader(visitor), { now: now(), language: 'en' })
const change = (visitor: Visitor, data: Parameters<ReturnType<typeof db>['session']['update']>[0]['data']) =>
  db().session.update({ where: { id: visitor.session.id }, data })
/** As if a passkey or the desk had proven it. */
const raise = (visitor: Visitor, by: string, at = now()) =>
  change(visitor, { steppedUpAt: at, steppedUpBy: by })
const errorAt = async (visitor: Visitor, id: string) =>
  (await world.leave(visitor, id)).searchParams.get('error')
const unproven = async (visitor: Visitor, id: string, why: 'app' | 'more' = 'app') => {
  const view = await describeStepUp(cookieHeader(visitor), { to: `/authorize/${id}`, why, now: now() })
  if (view.step !== 'prove') throw new Error(`nothing to prove but ${view.step}`)
  return view
}

describe('acr_values', () => {
  it('[9470] what no one here can prove is refused at once, and told to the app', async () => {
    const maya = await world.visitor('maya')
    const answer = await world.begin(maya, world.parameters({ acr_values: 'urn:other:gold 1' }).query)
    const location = new URL(answer.headers.get('location') ?? '')
    expect(location.searchParams.get('error')).toBe('unmet_authentication_requirements')
    expect(location.searchParams.get('iss')).toBe(world.url)
  })

  it('[9470] a sign-in alone does not stand for a passkey: no page offers consent and no answer is taken', async () => {
    const maya = await world.visitor('maya')
    const plain = await world.view(maya, await begin(maya))
    const id = await begin(maya, { acr_values: acr('passkey') })
    expect(await step(maya, id)).toEqual({ step: 'step-up' })
    const answer = await world.decide(maya, id, acceptForm(plain))
    expect(answer.headers.get('location')).toContain(`/authorize/${id}`)
    expect(await db().grant.count({ where: { accountId: maya.session.accountId } })).toBe(0)
  })

  it('[9470] a step-up opens the request, and acr, amr and auth_time are those of the step-up', async () => {
    const maya = await world.visitor('maya')
    await change(maya, { authTime: addSeconds(now(), -4000) })
    await raise(maya, 'passkey', addSeconds(now(), -7))
    const landing = await world.allow(maya, { acr_values: `${acr('passkey')} ${acr('desk')}` })
    const tokens = await (await world.exchange(landing)).json()
    for (const claims of [decodeJwt(tokens.access_token), decodeJwt(tokens.id_token)]) {
      expect(claims).toMatchObject({ acr: acr('passkey'), amr: ['pop', 'user'] })
      expect(epochSeconds(now()) - Number(claims['auth_time'])).toBeLessThan(20)
    }
    const renewed = await (await world.refresh(tokens.refresh_token)).json()
    const before = decodeJwt(tokens.access_token)
    expect(decodeJwt(renewed.access_token)).toMatchObject({
      acr: before['acr'],
      auth_time: before['auth_time'],
    })
  })

  it('[OIDC-3.1.2.1] the first of what is proven that the app takes is told: desk, two factors, or the sign-in', async () => {
    const maya = await world.visitor('maya')
    await raise(maya, 'desk')
    const told = async (values?: string) => {
      const tokens = await (await world.exchange(await world.allow(maya, { acr_values: values }))).json()
      return decodeJwt(tokens.access_token)['acr']
    }
    expect(await told()).toBe(acr('desk'))
    expect(await told(acr('signed-in'))).toBe(acr('desk'))
    expect(await told(`${acr('desk')} urn:other`)).toBe(acr('desk'))
    await change(maya, { steppedUpAt: null, steppedUpBy: null })
    expect(await told()).toBe(acr('signed-in'))
  })

  it('[RP-tokens] a provider’s own words are mapped by the configuration, never copied', async () => {
    const before = config()
    const maya = await world.visitor('maya')
    await change(maya, { acr: acr('passkey'), amr: ['hwk', 'otp'] })
    const tokens = await (await world.exchange(await world.allow(maya))).json()
    expect(decodeJwt(tokens.access_token)).toMatchObject({ acr: acr('signed-in') })
    expect(decodeJwt(tokens.access_token)['amr']).toBeUndefined()
    const providers = before.providers.map((one) => ({ ...one, mfa: { acr: [], amr: ['otp'] } }))
    setConfig({ ...before, providers })
    try {
      const mapped = await (
        await world.exchange(await world.allow(maya, { acr_values: acr('two-factor') }))
      ).json()
      expect(decodeJwt(mapped.access_token)).toMatchObject({ acr: acr('two-factor'), amr: ['mfa'] })
    } finally {
      setConfig(before)
    }
  })

  it('[9470] who is not signed in yet is asked for two factors where they would do', async () => {
    const nobody: Visitor = { ...(await world.visitor('maya')), cookies: new Map() }
    const id = await begin(nobody, { acr_values: acr('two-factor'), max_age: '60' })
    expect(await step(nobody, id)).toEqual({ step: 'sign-in', fresh: 60, isStrong: true })
    const other = await begin(nobody, { acr_values: acr('passkey') })
    expect(await step(nobody, other)).toEqual({ step: 'sign-in' })
  })

  it('[9470] who cannot prove it goes back to the app, which is told: no circle', async () => {
    const maya = await world.visitor('maya')
    const id = await begin(maya, { acr_values: acr('passkey') })
    await step(maya, id)
    const { app } = await unproven(maya, id)
    await world.decide(maya, id, { form_token: app?.formToken ?? '', decision: 'unproven' })
    expect(await errorAt(maya, id)).toBe('unmet_authentication_requirements')
  })

  it('[9470] where no way would do, the app is told without a page', async () => {
    const maya = await world.visitor('maya')
    const id = await begin(maya, { acr_values: acr('two-factor') })
    expect(await step(maya, id)).toEqual({ step: 'leave' })
    expect(await errorAt(maya, id)).toBe('unmet_authentication_requirements')
  })

  it('[9470] the stranger’s form does not give up for somebody, nor does it when all is proven', async () => {
    const maya = await world.visitor('maya')
    const id = await begin(maya, { acr_values: acr('passkey') })
    await step(maya, id)
    await world.decide(maya, id, { form_token: 'x.y', decision: 'unproven' })
    expect(await step(maya, id)).toEqual({ step: 'step-up' })
    const { app } = await unproven(maya, id)
    await raise(maya, 'passkey')
    await world.decide(maya, id, { form_token: app?.formToken ?? '', decision: 'unproven' })
    expect((await step(maya, id)).step).toBe('consent')
  })

  it('[OIDC-3.1.2.6] prompt=none is told what is missing', async () => {
    const maya = await world.visitor('maya')
    const errorOf = async (changes: Record<string, string>) => {
      const answer = await world.begin(maya, world.parameters({ prompt: 'none', ...changes }).query)
      return new URL(answer.headers.get('location') ?? '').searchParams.get('error')
    }
    expect(await errorOf({ acr_values: acr('passkey') })).toBe('unmet_authentication_requirements')
    expect(await errorOf({ acr_values: acr('passkey'), max_age: '0' })).toBe('login_required')
    await raise(maya, 'passkey')
    expect(await errorOf({ acr_values: acr('passkey') })).toBe('consent_required')
  })

  it('[9470] what can be proven here stands in the discovery documents', async () => {
    for (const name of ['openid-configuration', 'oauth-authorization-server']) {
      const document = await (await fetch(`${world.url}/.well-known/${name}`)).json()
      expect(document.acr_values_supported).toEqual(['signed-in', 'two-factor', 'passkey', 'desk'].map(acr))
      expect(document.claims_supported).toEqual(expect.arrayContaining(['acr', 'amr', 'auth_time']))
    }
  })
})

describe('max_age', () => {
  it('[OIDC-3.1.2.1] a provider that never says when proves nothing: a passkey or the desk does', async () => {
    const maya = await world.visitor('maya')
    await change(maya, { authTimeProven: false, createdAt: addSeconds(now(), -60) })
    const id = await begin(maya, { max_age: '300' })
    expect(await step(maya, id)).toEqual({ step: 'sign-in', fresh: 300 })
    await change(maya, { createdAt: addSeconds(now(), 1) })
    expect(await step(maya, id)).toEqual({ step: 'step-up' })
    const { ways } = await unproven(maya, id)
    expect(ways).toMatchObject({ signIn: undefined, passkey: false, deskCode: true })
    await raise(maya, 'desk')
    expect((await step(maya, id)).step).toBe('consent')
  })

  it('[OIDC-3.1.2.1] max_age=0 and prompt=login are not met by a passkey of before the request', async () => {
    const maya = await world.visitor('maya')
    for (const demand of [{ max_age: '0' }, { prompt: 'login' }]) {
      await raise(maya, 'passkey', addSeconds(now(), -1))
      const id = await begin(maya, demand)
      expect(await step(maya, id)).toEqual({ step: 'sign-in', fresh: 0 })
      await raise(maya, 'passkey', addSeconds(now(), 1))
      expect((await step(maya, id)).step).toBe('consent')
    }
  })

  it('[9470] where nobody knows when the person authenticated, auth_time is left out and not made up', async () => {
    const maya = await world.visitor('maya')
    await change(maya, { authTimeProven: false })
    const tokens = await (await world.exchange(await world.allow(maya))).json()
    const renewed = await (await world.refresh(tokens.refresh_token)).json()
    for (const token of [tokens.access_token, tokens.id_token, renewed.access_token]) {
      expect(decodeJwt(token)).not.toHaveProperty('auth_time')
      expect(decodeJwt(token)).toHaveProperty('acr', acr('signed-in'))
    }
  })
})

describe('letting an app see more than before', () => {
  const narrow = { scope: 'openid fhirUser launch/patient offline_access patient/Patient.rs' }

  it('needs a fresh proof; the same or less does not, and neither does the first time', async () => {
    const maya = await world.visitor('maya')
    await change(maya, { authTime: addSeconds(now(), -301) })
    await world.allow(maya, narrow)
    await world.allow(maya, narrow)
    const id = await begin(maya)
    const accept = acceptForm(await world.view(maya, id))
    const location = (await world.decide(maya, id, accept)).headers.get('location') ?? ''
    expect(location).toBe(`/step-up?to=${encodeURIComponent(`/authorize/${id}`)}&for=more`)
    expect((await unproven(maya, id, 'more')).why).toBe('more')
    const again = await world.view(maya, id)
    const before = ['identity', 'fhirUser', 'Patient', 'offline']
    const less = acceptForm(
      again,
      again.items.filter((item) => !before.includes(item)),
    )
    await world.decide(maya, id, less)
    expect((await world.leave(maya, id)).searchParams.get('code')).toHaveLength(43)
  })

  it('finds the person’s choices as they left them, and gives no more than they then say', async () => {
    const maya = await world.visitor('maya')
    await change(maya, { authTime: addSeconds(now(), -301) })
    await world.allow(maya, narrow)
    const id = await begin(maya)
    const first = await world.view(maya, id)
    expect(first.unticked).toEqual([])
    const left = first.items.filter((item) => ['offline', 'Observation/laboratory'].includes(item))
    expect(left).toHaveLength(2)
    const sent = await world.decide(maya, id, { ...acceptForm(first, left), 'item.Immunization': 'yes' })
    expect(sent.headers.get('location')).toContain('&for=more')
    await raise(maya, 'desk')
    const again = await world.view(maya, id)
    expect(again.unticked.toSorted()).toEqual(left.toSorted())
    expect(again.items).toEqual(first.items)
    await world.decide(maya, id, acceptForm(again, again.unticked))
    const grant = await db().grant.findFirstOrThrow({
      where: { accountId: maya.session.accountId },
      orderBy: { createdAt: 'desc' },
    })
    expect(grant.scopes).not.toContain('offline_access')
    expect(grant.scopes.join(' ')).not.toMatch(/laboratory|Observation\.rs( |$)|Immunization/)
    expect(grant.scopes.join(' ')).toContain('patient/Observation.rs?category=')
  })

  it('keeps choices for that chart and that person alone, and a tick may be set again', async () => {
    const ingrid = await world.visitor('ingrid')
    await change(ingrid, { authTime: addSeconds(now(), -301) })
    const [own, proxy] = await db().link.findMany({
      where: { accountId: ingrid.session.accountId },
      orderBy: { createdAt: 'asc' },
    })
    const pick = async (id: string, chart = '') => {
      const found = await step(ingrid, id)
      const formToken = found.step === 'choose' ? found.formToken : (await world.view(ingrid, id)).formToken
      await world.post(
        `/oauth/authorize/${id}/chart`,
        { form_token: formToken, chart },
        { cookie: cookieHeader(ingrid), origin: world.url },
      )
      return world.view(ingrid, id)
    }
    const allowed = await begin(ingrid, narrow)
    await world.decide(ingrid, allowed, acceptForm(await pick(allowed, own?.id)))
    const id = await begin(ingrid)
    await world.decide(ingrid, id, acceptForm(await pick(id, own?.id), ['Patient']))
    expect((await pick(id, own?.id)).unticked).toEqual(['Patient'])
    expect((await pick(id, proxy?.id)).unticked).toEqual([])
    expect((await pick(id, own?.id)).unticked).toEqual([])
    await world.decide(ingrid, id, acceptForm(await world.view(ingrid, id), ['Patient']))
    await world.decide(ingrid, id, acceptForm(await world.view(ingrid, id)))
    expect((await world.view(ingrid, id)).unticked).toEqual([])
    await world.decide(ingrid, id, acceptForm(await world.view(ingrid, id), ['Patient']))
    const actor = { kind: 'staff', id: 'tester' } as const
    await endLink(db(), own?.id ?? '', { why: 'staff', actor, now: now() })
    const other = await world.view(ingrid, id)
    expect([other.chart.linkId, other.unticked]).toEqual([proxy?.id, []])
    const form = { form_token: other.formToken }
    const headers = { cookie: cookieHeader(ingrid), origin: world.url }
    await world.post(`/oauth/authorize/${id}/not-me`, form, headers)
    const released = await db().authorizationRequest.findUniqueOrThrow({ where: { id } })
    expect([released.accountId, released.untickedItems]).toEqual([null, []])
  })

  it('is allowed to who has just been proven, by whatever means', async () => {
    const maya = await world.visitor('maya')
    await change(maya, { authTime: addSeconds(now(), -301), authTimeProven: false })
    await world.allow(maya, narrow)
    await raise(maya, 'desk')
    expect((await world.allow(maya)).code).toHaveLength(43)
  })
})

describe('a challenge of the FHIR API', () => {
  it('[9470] ends with the token of the authorization it asks for: from 401 to 200, once round', async () => {
    const before = config()
    const rule: StepUpRule = {
      type: 'Condition',
      acr: ['urn:vestibule:acr:passkey', 'urn:vestibule:acr:desk'],
      maxAgeSeconds: 300,
    }
    setConfig({ ...before, ehrs: before.ehrs.map((ehr) => ({ ...ehr, stepUp: [rule] })) })
    try {
      const maya = await world.visitor('maya')
      const ask = (token: string) =>
        fetch(`${world.audience}/Condition`, { headers: { authorization: `Bearer ${token}` } })
      const weak = await (await world.exchange(await world.allow(maya))).json()
      const challenge = (await ask(weak.access_token)).headers.get('www-authenticate') ?? ''
      const said = (name: string): string => new RegExp(`${name}="([^"]+)"`).exec(challenge)?.[1] ?? ''
      expect(said('error')).toBe('insufficient_user_authentication')
      const wanted = { acr_values: said('acr_values'), max_age: said('max_age') }
      expect(await step(maya, await begin(maya, wanted))).toEqual({ step: 'step-up' })
      await raise(maya, 'desk')
      const strong = await (await world.exchange(await world.allow(maya, wanted))).json()
      expect((await ask(strong.access_token)).status).toBe(200)
      const renewed = await (await world.refresh(strong.refresh_token)).json()
      expect((await ask(renewed.access_token)).status).toBe(200)
      expect((await ask(weak.access_token)).status).toBe(401)
    } finally {
      setConfig(before)
    }
  })
})
