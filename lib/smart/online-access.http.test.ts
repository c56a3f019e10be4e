import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { endSession } from '@/lib/identity/change-session'
import { addSeconds, now } from '@/lib/time/clock'
import { backendToken } from '@/test/backend-client'
import { fullScope, type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'
import { whileEhrAnswers } from '@/test/while-ehr-answers'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

type Tokens = { access_token: string; refresh_token: string; scope: string; error?: string }

const visitScope = fullScope.replace('offline_access', 'online_access')

async function start(scope = visitScope): Promise<{ visitor: Visitor; tokens: Tokens }> {
  const visitor = await world.visitor('maya')
  const tokens = await (await world.exchange(await world.allow(visitor, { scope }))).json()
  return { visitor, tokens }
}

async function refresh(token: string): Promise<Tokens & { status: number }> {
  const response = await world.refresh(token)
  return { status: response.status, ...(await response.json()) }
}

/** Everybody who may be asked about an access token. */
async function usesOf(tokens: Tokens): Promise<object> {
  const headers = { authorization: `Bearer ${tokens.access_token}` }
  const inspector = { authorization: `Bearer ${await backendToken(world, 'inspector', '__introspect')}` }
  const asked = await world.post('/oauth/introspect', { token: tokens.access_token }, inspector)
  return {
    gateway: (await fetch(`${world.audience}/Patient`, { headers })).status,
    userinfo: (await fetch(`${world.url}/oauth/userinfo`, { headers })).status,
    introspected: (await asked.json()).active,
  }
}

describe('[S17] access for the visit', () => {
  it('gives a refresh token that rotates while the person stays signed in', async () => {
    const { tokens } = await start()
    expect(tokens.scope.split(' ')).toContain('online_access')
    const second = await refresh(tokens.refresh_token)
    expect(second.status).toBe(200)
    expect((await refresh(second.refresh_token)).status).toBe(200)
  })

  it('ends when the person signs out: nothing is spent, and every later refresh is refused', async () => {
    const { visitor, tokens } = await start()
    await db().$transaction((tx) => endSession(tx, visitor.session.id, 'sign-out', now()))
    const { status, error } = await refresh(tokens.refresh_token)
    expect([status, error]).toEqual([400, 'invalid_grant'])
    expect((await refresh(tokens.refresh_token)).status).toBe(400)
  })

  it('ends when the person signs out while a refresh waits for the EHR: nothing is spent', async () => {
    const { visitor, tokens } = await start()
    const { status, error } = await whileEhrAnswers(
      world,
      () => refresh(tokens.refresh_token),
      () => db().$transaction((tx) => endSession(tx, visitor.session.id, 'sign-out', now())),
    )
    expect([status, error]).toEqual([400, 'invalid_grant'])
    const token = { where: { digest: sha256(tokens.refresh_token) } }
    expect((await db().refreshToken.findUniqueOrThrow(token)).spentAt).toBeNull()
  })

  it('ends with every access token of it, wherever somebody asks, before any job has run', async () => {
    const { visitor, tokens } = await start()
    const { visitor: away, tokens: kept } = await start(fullScope)
    expect(await usesOf(tokens)).toEqual({ gateway: 200, userinfo: 200, introspected: true })
    for (const { session } of [visitor, away])
      await db().$transaction((tx) => endSession(tx, session.id, 'sign-out', now()))
    expect(await usesOf(tokens)).toEqual({ gateway: 401, userinfo: 401, introspected: false })
    expect(await usesOf(kept)).toEqual({ gateway: 200, userinfo: 200, introspected: true })
  })

  it('ends with every access token of it when the longest visit is over, and when its row is gone', async () => {
    for (const isGone of [false, true]) {
      const { visitor, tokens } = await start()
      const { id } = visitor.session
      if (isGone) await db().refreshFamily.updateMany({ where: { sessionId: id }, data: { sessionId: null } })
      else await db().session.update({ where: { id }, data: { expiresAt: now() } })
      expect(await usesOf(tokens)).toEqual({ gateway: 401, userinfo: 401, introspected: false })
    }
  })

  it('ends also for an answer that was lost: the same refresh, repeated at once, is not answered again', async () => {
    const { visitor, tokens } = await start()
    expect((await refresh(tokens.refresh_token)).status).toBe(200)
    expect((await refresh(tokens.refresh_token)).status).toBe(200)
    await db().$transaction((tx) => endSession(tx, visitor.session.id, 'sign-out', now()))
    expect((await refresh(tokens.refresh_token)).status).toBe(400)
  })

  it('ends with the longest a visit may last, also when the person never signed out', async () => {
    const { visitor, tokens } = await start()
    await db().session.update({ where: { id: visitor.session.id }, data: { expiresAt: now() } })
    const { status } = await refresh(tokens.refresh_token)
    expect(status).toBe(400)
  })

  it('ends when the row of the visit is gone: no visit is no access', async () => {
    const { tokens } = await start()
    await db().refreshFamily.updateMany({
      where: { scopes: { has: 'online_access' }, endedAt: null },
      data: { sessionId: '00000000-0000-7000-8000-000000000000' },
    })
    expect((await refresh(tokens.refresh_token)).status).toBe(400)
  })

  it('a sign-out while the refresh is on its way wins: the statement that spends looks again', async () => {
    const { visitor, tokens } = await start()
    const answers = await Promise.all([
      db().$transaction((tx) => endSession(tx, visitor.session.id, 'sign-out', now())),
      ...Array.from({ length: 8 }, () => refresh(tokens.refresh_token)),
    ])
    const good = answers.filter((one) => typeof one === 'object' && one.status === 200)
    const family = await db().refreshFamily.findFirstOrThrow({ where: { sessionId: visitor.session.id } })
    const count = await db().refreshToken.count({ where: { familyId: family.id } })
    expect(count).toBe(good.length > 0 ? 2 : 1)
    for (const one of good)
      if (typeof one === 'object') expect((await refresh(one.refresh_token)).status).toBe(400)
  })

  it('access while away outlives the sign-out, and holds the visit: one of the two is asked', async () => {
    const { visitor, tokens } = await start(`${fullScope} online_access`)
    expect(tokens.scope).toBe(fullScope)
    await db().$transaction((tx) => endSession(tx, visitor.session.id, 'sign-out', now()))
    expect((await refresh(tokens.refresh_token)).status).toBe(200)
  })

  it('lets the grant itself end after the longest visit', async () => {
    const { visitor } = await start()
    const grant = await db().grant.findFirstOrThrow({
      where: { accountId: visitor.session.accountId, scopes: { has: 'online_access' } },
    })
    expect(grant.expiresAt.getTime()).toBeLessThanOrEqual(addSeconds(now(), 12 * 3600).getTime())
  })
})
