import { afterAll, beforeAll, expect, test } from 'vitest'
import { runIfDue } from '@/lib/jobs/run'
import { addSeconds, setClock } from '@/lib/time/clock'
import { openTestDatabase } from '@/test/broker'

let drop: () => Promise<void>
beforeAll(async () => {
  drop = await openTestDatabase()
})
afterAll(() => drop())

test('a job runs once per interval however many replicas ask, and again when it is due', async () => {
  const start = new Date('2026-11-23T08:00:00Z')
  let runs = 0
  const job = { name: 'sweep', everySeconds: 60, run: async () => void runs++ }
  setClock(() => start)
  await Promise.all([runIfDue(job), runIfDue(job), runIfDue(job)])
  expect(runs).toBe(1)
  setClock(() => addSeconds(start, 59))
  await runIfDue(job)
  expect(runs).toBe(1)
  setClock(() => addSeconds(start, 61))
  await runIfDue(job)
  expect(runs).toBe(2)
})

test('a job that fails is logged, and tried again when its lease has run out', async () => {
  const start = new Date('2026-11-23T09:00:00Z')
  let tries = 0
  const job = {
    name: 'breaks',
    everySeconds: 60,
    run: async () => {
      tries++
      throw new Error('no')
    },
  }
  setClock(() => start)
  await runIfDue(job)
  setClock(() => addSeconds(start, 301))
  await runIfDue(job)
  expect(tries).toBe(2)
})
