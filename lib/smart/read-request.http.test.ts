import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import type { PatientSession } from '@/lib/identity/session'
import { describeConsent } from '@/lib/smart/consent'
import { liftStop, type StopTarget, setStop } from '@/lib/stops/stops'
import { addSeconds, now } from '@/lib/time/clock'
import {
  acceptForm,
  cookieHeader,
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
beforeEach(async () => {
  other = await world.signIn()
})
afterAll(() => world.stop())

/** A person before the consent page, with the form they are about to send. */
type Held = { readonly visitor: Visitor; readonly id: string; readonly form: Record<string, string> }

const system = { kind: 'system', id: 'test' } as const

async function hold(scope?: string): Promise<Held> {
  const visitor = await world.visitor('maya')
  const id = requestIdOf(await world.begin(visitor, world.parameters(scope ? { scope } : {}).query))
  return { visitor, id, form: acceptForm(await world.view(visitor, id)) }
}

async function stepOf({ visitor, id }: Held): Promise<string> {
  const next = await describeConsent(id, cookieHeader(visitor), { now: now(), language: 'en' })
  return next.step === 'refused' ? next.reason : next.step
}

/** What came of an answer: nothing but the way back to the page, or a code. */
async function answerOf({ visitor, id, form }: Held): Promise<readonly [string, number]> {
  const answer = await world.decide(visitor, id, form)
  const accountId = visitor.session.accountId
  const isLeaving = answer.headers.get('location')?.endsWith('/leave')
  return [isLeaving ? 'leaves' : 'looks again', await db().grant.count({ where: { accountId } })]
}

const changeSession =
  (data: object) =>
  ({ visitor }: Held): Promise<unknown> =>
    db().session.update({ where: { id: visitor.session.id }, data })
const changeRequest =
  (data: object) =>
  ({ id }: Held): Promise<unknown> =>
    db().authorizationRequest.update({ where: { id }, data })
const changeLink =
  (data: object) =>
  ({ visitor }: Held): Promise<unknown> =>
    db().link.updateMany({ where: { accountId: visitor.session.accountId }, data })
/** Somebody else who is signed in, without a chart. Known beforehand: a change has to be one quick statement. */
let other: PatientSession
const giveLinkAway = (held: Held): Promise<unknown> => changeLink({ accountId: other.accountId })(held)
const giveRequestTo =
  (part: 'sessionId' | 'accountId') =>
  (held: Held): Promise<unknown> =>
    changeRequest({ [part]: part === 'sessionId' ? other.id : other.accountId })(held)
const past = (seconds: number): Date => addSeconds(now(), -seconds)

describe('the page and its answer stand on everything that one statement reads', () => {
  const cases: Record<string, readonly [expected: string, change: (held: Held) => Promise<unknown>]> = {
    'the visit ended': ['sign-in', changeSession({ endedAt: past(1) })],
    'the visit is over': ['sign-in', changeSession({ expiresAt: past(1) })],
    'the visit was idle for half an hour': ['sign-in', changeSession({ lastSeenAt: past(1801) })],
    'the visit is one of staff': ['sign-in', changeSession({ kind: 'staff' })],
    'the visit is one of a provider that is configured no more': [
      'sign-in',
      changeSession({ provider: 'x' }),
    ],
    'the sign-in was removed': [
      'sign-in',
      ({ visitor }) =>
        db().login.update({ where: { id: visitor.session.loginId }, data: { removedAt: past(1) } }),
    ],
    'the account ended': [
      'sign-in',
      ({ visitor }) =>
        db().account.update({ where: { id: visitor.session.accountId }, data: { endedAt: past(1) } }),
    ],
    'the link ended': ['link', changeLink({ status: 'ended' })],
    'the link is on hold': ['on-hold', changeLink({ status: 'suspended' })],
    'the link is of another clinic': ['link', changeLink({ ehrId: 'far' })],
    'the link is another person’s': ['link', giveLinkAway],
    'the request is too old': ['expired', changeRequest({ expiresAt: past(1) })],
    'the request was answered': ['answered', changeRequest({ status: 'declined' })],
    'the request is another person’s': ['other-person', giveRequestTo('accountId')],
    'the request came from another browser': [
      'unknown-request',
      changeRequest({ browserDigest: new Uint8Array(32) }),
    ],
    'the request is for an app that does not exist': ['app-gone', changeRequest({ appId: 'nobody' })],
    'the request leads to an address that the app has registered no more': [
      'app-gone',
      changeRequest({ redirectUri: 'https://app.example/given-up' }),
    ],
    'the request is for an app that is none for people': ['app-gone', changeRequest({ appId: 'printer' })],
    'the request is for a clinic that is configured no more': ['app-gone', changeRequest({ ehrId: 'gone' })],
  }
  it.each(Object.entries(cases))(
    '%s: no page to say yes on, and a yes gives nothing',
    async (_, [expected, change]) => {
      const held = await hold()
      await change(held)
      expect(await answerOf(held)).toEqual(['looks again', 0])
      expect(await stepOf(held)).toBe(expected)
    },
  )

  it('an app that was removed gets no page and no yes', async () => {
    const held = await hold()
    await db().app.update({ where: { id: 'test-app' }, data: { removedAt: now() } })
    try {
      expect(await answerOf(held)).toEqual(['looks again', 0])
      expect(await stepOf(held)).toBe('app-gone')
    } finally {
      await db().app.update({ where: { id: 'test-app' }, data: { removedAt: null } })
    }
  })

  const stops: readonly (readonly [StopTarget, string, string])[] = [
    ['token-issue', '', 'paused'],
    ['app', 'test-app', 'paused'],
    ['ehr', 'demo', 'paused'],
    ['provider', 'idp', 'sign-in'],
  ]
  it.each(stops)(
    'a stop of %s %s holds page and answer, and ends when it is lifted',
    async (target, id, expected) => {
      const held = await hold()
      const targetId = target === 'provider' ? held.visitor.session.provider : id
      await setStop(target, targetId, { reason: 'test', actor: system })
      try {
        expect(await answerOf(held)).toEqual(['looks again', 0])
        expect(await stepOf(held)).toBe(expected)
      } finally {
        await liftStop(target, targetId, system)
      }
      expect(await stepOf(held)).toBe('consent')
      expect(await answerOf(held)).toEqual(['leaves', 1])
    },
  )
})

describe('what widens is measured by what this app may read already', () => {
  const little = 'openid launch/patient patient/Patient.rs'
  const yesOf = async (held: Held, change: object): Promise<void> => {
    const { linkId, appId, accountId, ehrId, patientId, shown, ...said } = await db().grant.findFirstOrThrow({
      where: { accountId: held.visitor.session.accountId },
    })
    const { scopes, textVersion, language, expiresAt } = said
    const data = { linkId, appId, accountId, ehrId, patientId, scopes, textVersion, language, expiresAt }
    await db().grant.create({ data: { ...data, shown: shown ?? [], ...change } })
  }
  const others: readonly (readonly [string, () => object])[] = [
    ['another app', () => ({ appId: 'other-app' })],
    ['another person', () => ({ accountId: other.accountId })],
    ['a yes that was taken back', () => ({ endedAt: past(1), endedWhy: 'person' })],
    ['a yes that is over', () => ({ expiresAt: past(1) })],
  ]
  it.each(others)('what was allowed by %s counts for nothing: more has to be proven', async (_, change) => {
    const first = await hold(little)
    expect(await answerOf(first)).toEqual(['leaves', 1])
    const more = `${little} patient/Observation.rs`
    await yesOf(first, { ...change(), scopes: [...more.split(' '), 'patient/Observation.rs'] })
    await changeSession({ authTime: past(600) })(first)
    const { visitor } = first
    const id = requestIdOf(await world.begin(visitor, world.parameters({ scope: more }).query))
    const answer = await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
    expect(answer.headers.get('location')).toMatch(/^\/step-up\?/)
  })
})

it('[9700-4.7] the statement that writes a yes looks again: what changes while the EHR is asked gives no code', async () => {
  const changes: Record<string, (held: Held) => Promise<unknown>> = {
    'the request was answered': changeRequest({ status: 'declined' }),
    'the request is too old': changeRequest({ expiresAt: past(1) }),
    'the request was given to another visit': giveRequestTo('sessionId'),
    'the request was given to another person': giveRequestTo('accountId'),
    'the request was given back': changeRequest({ sessionId: null, accountId: null }),
    'the visit ended': changeSession({ endedAt: past(1) }),
    'the visit is over': changeSession({ expiresAt: past(1) }),
    'the visit became another person’s': (held) => changeSession({ accountId: other.accountId })(held),
    'the account ended': ({ visitor }) =>
      db().account.update({ where: { id: visitor.session.accountId }, data: { endedAt: past(1) } }),
    'the link ended': changeLink({ status: 'ended' }),
    'the link is on hold': changeLink({ status: 'suspended' }),
    'the link is another person’s': giveLinkAway,
    'the link leads to another record': changeLink({ patientId: 'another' }),
  }
  const held: [string, Held][] = []
  for (const why of Object.keys(changes)) held.push([why, await hold()])
  const answers = await whileEhrAnswers(
    world,
    () =>
      Promise.all(
        held.map(async ([why, one]) => [why, await world.decide(one.visitor, one.id, one.form)] as const),
      ),
    () => Promise.all(held.map(([why, one]) => changes[why]?.(one))),
  )
  const given = answers.filter(([, answer]) => answer.headers.get('location')?.endsWith('/leave'))
  expect(given.map(([why]) => why)).toEqual([])
  const accountIds = held.map(([, { visitor }]) => visitor.session.accountId)
  expect(await db().grant.count({ where: { accountId: { in: accountIds } } })).toBe(0)
  const where = { accountId: { in: accountIds }, name: 'grant.created' }
  expect(await db().auditEvent.count({ where })).toBe(0)
  const ids = held.map(([, { id }]) => id)
  const approved = await db().authorizationRequest.count({ where: { id: { in: ids }, status: 'approved' } })
  expect(approved).toBe(0)
})

it('[9700-4.7] the code leaves by the browser that began: a made-up secret gets nothing and spends nothing', async () => {
  const held = await hold()
  expect(await answerOf(held)).toEqual(['leaves', 1])
  const { visitor, id } = held
  const forged = [...visitor.cookies].map(
    ([name, value]) => [name, name.includes(id) ? 'x'.repeat(43) : value] as const,
  )
  await expect(world.leave({ ...visitor, cookies: new Map(forged) }, id)).rejects.toThrow('nowhere (400)')
  expect((await world.leave(visitor, id)).searchParams.get('code')).toHaveLength(43)
})

it('[OIDC-3.1.2.1] a yes counts only while the visit proves what the app demands', async () => {
  const visitor = await world.visitor('maya')
  const { query } = world.parameters({ max_age: '300' })
  const id = requestIdOf(await world.begin(visitor, query))
  const held = { visitor, id, form: acceptForm(await world.view(visitor, id)) }
  await changeSession({ authTime: past(600) })(held)
  const answer = await world.decide(visitor, id, held.form)
  expect([answer.status, answer.headers.get('location')]).toEqual([303, `/authorize/${id}`])
  expect(await stepOf(held)).toBe('step-up')
})
