import { afterAll, beforeAll, expect, test } from 'vitest'
import { findApp, syncApps } from '@/lib/apps/apps'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { openTestDatabase } from '@/test/broker'

let drop: () => Promise<void>
beforeAll(async () => {
  drop = await openTestDatabase()
})
afterAll(() => drop())

test('an app that leaves the configuration is removed with its audit row, once', async () => {
  await syncApps()
  const [gone, ...rest] = config().apps
  if (!gone) throw new Error('no app configured')
  setConfig({ ...config(), apps: rest })
  await Promise.all([syncApps(), syncApps()])
  await syncApps()
  expect(await findApp(db(), gone.id)).toBeUndefined()
  const rows = await db().auditEvent.findMany({ where: { name: 'app.removed' } })
  expect(rows.map(({ actor, appId }) => [actor, appId])).toEqual([['configuration', gone.id]])
})
