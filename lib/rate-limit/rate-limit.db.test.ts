import { afterAll, beforeAll, expect, test } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { forgetOnce } from '@/lib/process/once'
import { checkLimit, networkOf, sweepHits, takeHit, takeHitFreely } from '@/lib/rate-limit/rate-limit'
import { addSeconds } from '@/lib/time/clock'
import { openTestDatabase } from '@/test/broker'

let drop: () => Promise<void>
beforeAll(async () => {
  drop = await openTestDatabase()
})
afterAll(() => drop())

const start = new Date('2026-11-23T08:00:00Z')
const take = (key: string, now: Date) =>
  db().$transaction((tx) => takeHit(tx, 'linkingPerLogin', key, now), { maxWait: 20_000, timeout: 20_000 })

test('the sixth act in six hours is refused and told when it may come again', async () => {
  for (let i = 0; i < 5; i++) expect(await take('a', addSeconds(start, i))).toEqual({ allowed: true })
  expect(await take('a', addSeconds(start, 10))).toEqual({ allowed: false, retryAfterSeconds: 6 * 3600 - 10 })
  expect(await take('b', addSeconds(start, 10))).toEqual({ allowed: true })
})

test('the window slides: when the oldest act leaves it, one more is allowed', async () => {
  expect(await checkLimit(db(), 'linkingPerLogin', 'a', addSeconds(start, 6 * 3600 + 1))).toEqual({
    allowed: true,
  })
})

test('[link-A8] who reaches the limit again waits twice as long, up to a day, and the operator may set other numbers', async () => {
  const hour = 3600
  const fill = async (from: number): Promise<void> => {
    for (let i = 0; i < 5; i++)
      expect((await take('patient', addSeconds(start, from + i))).allowed).toBe(true)
  }
  await fill(0)
  await fill(6 * hour + 10)
  expect((await take('patient', addSeconds(start, 17 * hour))).allowed).toBe(false)
  expect(await take('patient', addSeconds(start, 18 * hour + 5))).toMatchObject({ allowed: false })
  expect((await take('patient', addSeconds(start, 18 * hour + 11))).allowed).toBe(true)
  const before = config()
  try {
    setConfig({ ...before, limits: { linkingPerLogin: { count: 1, windowSeconds: 60 } } })
    expect((await take('set', start)).allowed).toBe(true)
    expect((await take('set', addSeconds(start, 1))).allowed).toBe(false)
  } finally {
    setConfig(before)
  }
})

test('of 24 parallel guesses not one slips past the limit', async () => {
  const states = await Promise.all(Array.from({ length: 24 }, () => take('racer', start)))
  expect(states.filter((state) => state.allowed)).toHaveLength(5)
})

test('the key stands nowhere in clear, and hits are deleted when they count no more', async () => {
  const row = await db().rateLimitHit.findFirstOrThrow()
  expect(Buffer.from(row.key).toString('latin1')).not.toContain('racer')
  await sweepHits(db(), addSeconds(start, 7 * 86_400))
  expect(await db().rateLimitHit.count()).toBe(0)
})

test.each([
  ['203.0.113.77', '203.0.113'],
  ['::ffff:203.0.113.77', '203.0.113'],
  ['2001:db8:aa:1::9', '2001:db8:aa'],
  ['2001:DB8:00aa::', '2001:db8:aa'],
  ['', 'unknown'],
])('the network of %j is %j', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('a new secret in front gives no tries back', async () => {
  for (let i = 0; i < 5; i++) await take('rotated', addSeconds(start, i))
  const before = config()
  try {
    setConfig({ ...before, secrets: ['another-test-only-secret-0123456789', ...before.secrets] })
    forgetOnce('keys.rate-limit')
    expect((await take('rotated', addSeconds(start, 10))).allowed).toBe(false)
  } finally {
    setConfig(before)
    forgetOnce('keys.rate-limit')
  }
})

test('a flood behind one key waits for nobody: 600 at once are all answered, and the limit holds but for a handful', async () => {
  const flood = Array.from({ length: 600 }, () => takeHitFreely('authorizePerNetwork', 'flood', start))
  const allowed = (await Promise.all(flood)).filter((state) => state.allowed).length
  expect(allowed).toBeGreaterThanOrEqual(300)
  expect(allowed).toBeLessThanOrEqual(320)
  expect(await takeHitFreely('authorizePerNetwork', 'flood', addSeconds(start, 60))).toEqual({
    allowed: false,
    retryAfterSeconds: 240,
  })
  expect((await takeHitFreely('authorizePerNetwork', 'flood', addSeconds(start, 301))).allowed).toBe(true)
})
