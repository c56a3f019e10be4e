import { afterAll, beforeAll, expect, test } from 'vitest'
import { db } from '@/lib/db/database'
import { isStopped, liftStop, listStops, setStop } from '@/lib/stops/stops'
import { openTestDatabase } from '@/test/broker'

const actor = { kind: 'staff', id: 'digest-of-ruth' } as const
let drop: () => Promise<void>
beforeAll(async () => {
  drop = await openTestDatabase()
})
afterAll(() => drop())

test('a stop holds for its own target only, from the next look until it is lifted', async () => {
  expect(await setStop('app', 'lab-window', { reason: 'reported', actor })).toBe('stopped')
  expect(await isStopped(db(), [['linking'], ['app', 'lab-window']])).toBe(true)
  expect(await isStopped(db(), [['app', 'another'], ['linking'], ['ehr', 'lab-window']])).toBe(false)
  expect(await listStops()).toMatchObject([{ target: 'app', targetId: 'lab-window', reason: 'reported' }])
  expect(await liftStop('app', 'lab-window', actor)).toBe('lifted')
  expect(await isStopped(db(), [['app', 'lab-window']])).toBe(false)
})

test('stopping twice and lifting twice change nothing, and each act has one audit row', async () => {
  await setStop('linking', '', { reason: 'incident', actor })
  expect(await setStop('linking', '', { reason: 'again', actor })).toBe('was-stopped')
  await liftStop('linking', '', actor)
  expect(await liftStop('linking', '', actor)).toBe('was-not-stopped')
  const rows = await db().auditEvent.findMany({
    where: { detail: { path: ['target'], equals: 'linking' } },
    orderBy: { at: 'asc' },
  })
  expect(rows.map((row) => row.name)).toEqual(['stop.set', 'stop.lifted'])
})

test('of many operators who press stop at once one sets it and nobody sees a fault', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 8 }, () => setStop('token-issue', '', { reason: 'race', actor })),
  )
  expect(outcomes.filter((outcome) => outcome === 'stopped')).toHaveLength(1)
})
