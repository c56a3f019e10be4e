import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { syncApps } from '@/lib/apps/apps'
import {
  endOlderSecrets,
  findAppWithSecrets,
  isSecret,
  listSecrets,
  rotateSecret,
  sweepSecrets,
} from '@/lib/apps/secrets'
import { appEntrySchema } from '@/lib/config/app-entry'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { addSeconds } from '@/lib/time/clock'
import { addApp } from '@/test/add-app'
import { openTestDatabase } from '@/test/broker'

const operator = { kind: 'system', id: 'test' } as const
const start = new Date('2026-11-20T09:00:00Z')
let drop: () => Promise<void>

beforeAll(async () => {
  drop = await openTestDatabase()
  await addApp({ id: 'clinic-app', scopes: ['openid'], tokenEndpointAuthMethod: 'client_secret_basic' })
})
afterAll(() => drop())
beforeEach(() => db().clientSecret.deleteMany())

const rotate = (now: Date): Promise<string> =>
  db().$transaction((tx) => rotateSecret(tx, 'clinic-app', { actor: operator, origin: 'staff', now }))
const isGood = async (secret: string, now: Date, id = 'clinic-app'): Promise<boolean> =>
  isSecret(secret, (await findAppWithSecrets(id, now))?.digests ?? [])

test('[6749-2.3.1] a new secret leaves the one before it a week, and ends the one before that', async () => {
  const first = await rotate(start)
  const second = await rotate(addSeconds(start, 60))
  expect([await isGood(first, addSeconds(start, 61)), await isGood(second, addSeconds(start, 61))]).toEqual([
    true,
    true,
  ])
  expect(await isGood(first, addSeconds(start, 8 * 86_400))).toBe(false)
  expect(await isGood(second, addSeconds(start, 400 * 86_400))).toBe(true)
  const third = await rotate(addSeconds(start, 120))
  const at = addSeconds(start, 121)
  expect([await isGood(first, at), await isGood(second, at), await isGood(third, at)]).toEqual([
    false,
    true,
    true,
  ])
})

test('[Y1] a secret is 43 characters that need no encoding, and stands nowhere in the database', async () => {
  const secret = await rotate(start)
  expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
  const everything = JSON.stringify([await db().clientSecret.findMany(), await db().auditEvent.findMany()])
  expect(everything).not.toContain(secret)
  const events = await db().auditEvent.findMany({ where: { name: 'app.secret-issued' } })
  expect(events.at(-1)).toMatchObject({ appId: 'clinic-app', actor: 'test' })
})

test('of 16 rotations at the same time the last two secrets are good, never three', async () => {
  const secrets = await Promise.all(Array.from({ length: 16 }, () => rotate(start)))
  expect(await listSecrets(db(), 'clinic-app', start)).toHaveLength(2)
  const good = await Promise.all(secrets.map((secret) => isGood(secret, start)))
  expect(good.filter(Boolean)).toHaveLength(2)
})

test('a secret that got out is ended at once, the newest stays', async () => {
  const [first, second] = [await rotate(start), await rotate(start)]
  const end = () =>
    db().$transaction((tx) => endOlderSecrets(tx, 'clinic-app', { actor: operator, now: start }))
  expect(await end()).toBe(1)
  expect([await isGood(first, start), await isGood(second, start)]).toEqual([false, true])
  expect(await end()).toBe(0)
  expect(await db().auditEvent.count({ where: { name: 'app.secrets-ended' } })).toBe(1)
})

test('secrets that are good no more are swept, others are not', async () => {
  await rotate(start)
  const newest = await rotate(start)
  await sweepSecrets(db(), addSeconds(start, 8 * 86_400))
  expect(await db().clientSecret.count()).toBe(1)
  expect(await isGood(newest, start)).toBe(true)
})

test('a secret from the environment is good from the start on; a changed one is a rotation, a missing one ends it', async () => {
  const [first, second] = ['a'.repeat(32), 'b'.repeat(32)]
  const entry = appEntrySchema.parse({
    kind: 'app',
    id: 'configured-app',
    name: 'Configured',
    developer: 'Test',
    redirectUris: ['https://configured.example/cb'],
    scopes: ['openid'],
    tokenEndpointAuthMethod: 'client_secret_basic',
    clientSecretEnv: 'CONFIGURED_SECRET',
  })
  const startWith = async (secret: string | undefined): Promise<void> => {
    const appSecrets = new Map(secret === undefined ? [] : [[entry.id, secret]])
    setConfig({
      ...config(),
      apps: [...config().apps.filter(({ id }) => id !== entry.id), entry],
      appSecrets,
    })
    await Promise.all([syncApps(), syncApps()])
  }
  const good = async () =>
    Promise.all([first, second].map((secret) => isGood(secret, new Date(), 'configured-app')))
  await startWith(first)
  await startWith(first)
  expect(await listSecrets(db(), 'configured-app', new Date())).toHaveLength(1)
  expect(await good()).toEqual([true, false])
  await startWith(second)
  expect(await good()).toEqual([true, true])
  await startWith(first)
  expect(await good()).toEqual([true, true])
  await startWith(undefined)
  expect(await good()).toEqual([false, false])
})
