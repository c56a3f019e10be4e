import { afterAll, beforeAll, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { liftStop, setStop } from '@/lib/stops/stops'
import { addSeconds, now } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import { type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

const scope = 'openid launch/patient patient/Patient.rs'
const past = (seconds: number): Date => addSeconds(now(), -seconds)

/** A code, or why there is none. */
async function answerOf(visitor: Visitor): Promise<string> {
  const answer = await world.begin(visitor, world.parameters({ scope, prompt: 'none' }).query)
  const { searchParams } = new URL(answer.headers.get('location') ?? '')
  return searchParams.has('code') ? 'code' : (searchParams.get('error') ?? '')
}

async function whoAllowed(): Promise<Visitor> {
  const visitor = await world.visitor('maya')
  await world.allow(visitor, { scope })
  expect(await answerOf(visitor)).toBe('code')
  return visitor
}

const changeSession =
  (data: object) =>
  ({ session }: Visitor): Promise<unknown> =>
    db().session.update({ where: { id: session.id }, data })
const changeLink =
  (data: object) =>
  ({ session }: Visitor): Promise<unknown> =>
    db().link.updateMany({ where: { accountId: session.accountId }, data })
const changeGrant =
  (data: object) =>
  ({ session }: Visitor): Promise<unknown> =>
    db().grant.updateMany({ where: { accountId: session.accountId }, data })

const cases: Record<string, readonly [expected: string, change: (visitor: Visitor) => Promise<unknown>]> = {
  'the visit ended': ['login_required', changeSession({ endedAt: past(1) })],
  'the visit is over': ['login_required', changeSession({ expiresAt: past(1) })],
  'the visit was idle for half an hour': ['login_required', changeSession({ lastSeenAt: past(1801) })],
  'the account ended': [
    'login_required',
    ({ session }) => db().account.update({ where: { id: session.accountId }, data: { endedAt: past(1) } }),
  ],
  'the link ended': ['interaction_required', changeLink({ status: 'ended' })],
  'the link is on hold': ['interaction_required', changeLink({ status: 'suspended' })],
  'the link is of another clinic': ['interaction_required', changeLink({ ehrId: 'far' })],
  'the yes was taken back': ['consent_required', changeGrant({ endedAt: past(1), endedWhy: 'person' })],
  'the yes is over': ['consent_required', changeGrant({ expiresAt: past(1) })],
  'the yes is for another app': ['consent_required', changeGrant({ appId: 'other-app' })],
  'the yes is for another clinic': ['consent_required', changeGrant({ ehrId: 'far' })],
  'the yes is another person’s': [
    'consent_required',
    async (visitor) => changeGrant({ accountId: (await world.signIn()).accountId })(visitor),
  ],
  'the yes is for less': ['consent_required', changeGrant({ scopes: ['openid'] })],
}
it.each(Object.entries(cases))('[OIDC-3.1.2.6] %s: no code without a page', async (_, [expected, change]) => {
  const visitor = await whoAllowed()
  await change(visitor)
  expect(await answerOf(visitor)).toBe(expected)
})

it('[OIDC-3.1.2.6] a yes whose token came back twice is none, and an older one that stands is', async () => {
  const visitor = await whoAllowed()
  await world.allow(visitor, { scope })
  const accountId = visitor.session.accountId
  const [newest, older] = await db().grant.findMany({ where: { accountId }, orderBy: { createdAt: 'desc' } })
  const family = { appId: 'test-app', scopes: scope.split(' '), expiresAt: addSeconds(now(), 600) }
  const replayed = { endedAt: past(1), endedWhy: 'replayed' }
  for (const grant of [newest, older]) {
    await db().refreshFamily.create({ data: { ...family, grantId: grant?.id ?? '', ...replayed } })
    expect(await answerOf(visitor)).toBe(grant === newest ? 'code' : 'consent_required')
    const code = await db().authorizationCode.findFirst({ orderBy: { createdAt: 'desc' } })
    expect(code?.grantId).toBe(older?.id)
  }
  await db().refreshFamily.create({ data: { ...family, grantId: newest?.id ?? '' } })
  expect(await answerOf(visitor)).toBe('code')
})

it('[OIDC-3.1.2.6] a paused provider gives no visit to stand on', async () => {
  const visitor = await whoAllowed()
  const actor = { kind: 'system', id: 'test' } as const
  await setStop('provider', visitor.session.provider, { reason: 'test', actor })
  expect(await answerOf(visitor)).toBe('login_required')
  await liftStop('provider', visitor.session.provider, actor)
  expect(await answerOf(visitor)).toBe('code')
})

it('the EHR is asked each time: out of reach is no verdict, a death opens nothing', async () => {
  const visitor = await whoAllowed()
  const { patientId: id } = person('maya')
  await world.control('unavailable', { mode: '503', seconds: 60 })
  expect(await answerOf(visitor)).toBe('temporarily_unavailable')
  await world.control('unavailable', { mode: '503', seconds: 0 })
  await world.control('patient', { id, deceased: true })
  expect(await answerOf(visitor)).toBe('interaction_required')
  await world.control('patient', { id, deceased: false })
})

it('[OIDC-3.1.2.6] a yes that would outlast what the EHR now lets somebody look after is none', async () => {
  const { relatedPersonId: id = '' } = person('ingrid')
  const inDays = (days: number): string =>
    addSeconds(now(), days * 86_400)
      .toISOString()
      .slice(0, 10)
  const visitor = await world.visitor('ingrid')
  const own = { accountId: visitor.session.accountId, relationship: 'self' }
  await db().link.updateMany({ where: own, data: { status: 'ended' } })
  await world.control('related-person', { id, ended: false, until: inDays(10) })
  try {
    await world.allow(visitor, { scope: `${scope} offline_access` })
    expect(await answerOf(visitor)).toBe('code')
    await world.control('related-person', { id, ended: false, until: inDays(1) })
    expect(await answerOf(visitor)).toBe('consent_required')
    await world.allow(visitor, { scope })
    expect(await answerOf(visitor)).toBe('code')
  } finally {
    await world.control('related-person', { id, ended: false })
  }
})
