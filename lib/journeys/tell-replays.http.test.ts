import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { sha256 } from '@/lib/crypto/digest'
import { unseal } from '@/lib/crypto/seal'
import { db } from '@/lib/db/database'
import { describeAccount } from '@/lib/journeys/describe-account'
import { tellReplays } from '@/lib/journeys/tell-replays'
import { now, setClock } from '@/lib/time/clock'
import { type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())
beforeEach(async () => {
  await db().notification.deleteMany()
  await db().refreshFamily.updateMany({ data: { toldAt: now() } })
})

type Tokens = { refresh_token: string }

async function replay(key: string): Promise<{ visitor: Visitor; familyId: string }> {
  const visitor = await world.visitor(key)
  const first = (await (await world.exchange(await world.allow(visitor))).json()) as Tokens
  expect((await world.refresh(first.refresh_token)).status).toBe(200)
  setClock(() => new Date(Date.now() + 31_000))
  try {
    expect((await world.refresh(first.refresh_token)).status).toBe(400)
  } finally {
    setClock(() => new Date())
  }
  const { familyId } = await db().refreshToken.findUniqueOrThrow({
    where: { digest: sha256(first.refresh_token) },
  })
  return { visitor, familyId }
}

it('[Q1] a replayed refresh token is told to the contact on record, once, without naming app, person or anything clinical', async () => {
  const { visitor, familyId } = await replay('maya')
  expect(await db().notification.count()).toBe(0)
  await Promise.all([tellReplays(now()), tellReplays(now())])
  await tellReplays(now())
  const notices = await db().notification.findMany({ where: { kind: 'app-halted' } })
  expect(notices).toHaveLength(1)
  const [notice] = notices
  const sealed = unseal(notice?.sealedTo ?? new Uint8Array(), `notice:${notice?.id}`) ?? ''
  expect(JSON.parse(sealed)).toMatchObject({ to: expect.stringContaining('@'), number: '' })
  expect(JSON.stringify(notice?.parameters)).not.toContain('test-app')
  const { accountId } = visitor.session
  const audited = await db().auditEvent.findMany({ where: { name: 'notice.written', accountId } })
  expect(audited.map((row) => row.detail)).toEqual([{ kind: 'app-halted', way: 'mail' }])
  expect((await db().refreshFamily.findUniqueOrThrow({ where: { id: familyId } })).toldAt).not.toBeNull()
})

it('while the EHR is out of reach nobody is told, and then they are', async () => {
  await replay('maya')
  await world.control('unavailable', { mode: '503', seconds: 60 })
  await tellReplays(now())
  await world.control('unavailable', { mode: '503', seconds: 0 })
  expect(await db().notification.count()).toBe(0)
  await tellReplays(now())
  expect(await db().notification.count()).toBe(1)
})

it('the person sees which app it was on their own page, until it is connected again', async () => {
  const { visitor } = await replay('maya')
  const { accountId } = visitor.session
  const [app] = (await describeAccount(accountId, now())).apps
  expect(app).toMatchObject({ name: 'Test App', haltedAt: expect.any(Date) })
  await world.exchange(await world.allow(visitor))
  const again = (await describeAccount(accountId, now())).apps.map((one) => one.haltedAt)
  expect(again).toContain(null)
})

it('an end that was no replay is told to nobody', async () => {
  const visitor = await world.visitor('maya')
  const tokens = (await (await world.exchange(await world.allow(visitor))).json()) as Tokens
  await world.post('/oauth/revoke', { token: tokens.refresh_token, client_id: 'test-app' })
  await tellReplays(now())
  expect(await db().notification.count()).toBe(0)
})
