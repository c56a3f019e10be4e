import { afterAll, beforeAll, expect, test } from 'vitest'
import { findApp } from '@/lib/apps/apps'
import { db } from '@/lib/db/database'
import { publicJwks } from '@/lib/keys/keys'
import { isStopped } from '@/lib/stops/stops'
import { commands } from '@/server/commands'
import { prepareModules } from '@/server/prepare'
import { openTestDatabase } from '@/test/broker'

let drop: () => Promise<void>
beforeAll(async () => {
  drop = await openTestDatabase()
  await prepareModules()
})
afterAll(() => drop())

const run = (name: string, ...words: string[]): Promise<string> => {
  const command = commands[name]
  if (!command) throw new Error(`no command ${name}`)
  return command.run(words)
}

test('stop and resume pause exactly what they name, and the list says why', async () => {
  expect(await run('stops')).toBe('Nothing is paused.')
  expect(await run('stop', 'app:lab-window', 'reported', 'today')).toBe('Paused: app:lab-window')
  expect(await isStopped(db(), [['app', 'lab-window']])).toBe(true)
  expect(await run('stops')).toContain('reported today')
  expect(await run('resume', 'app:lab-window')).toBe('Resumed: app:lab-window')
  expect(await isStopped(db(), [['app', 'lab-window']])).toBe(false)
})

test.each([
  ['everything', 'Unknown target'],
  ['app', 'Name which'],
  ['linking:x', 'takes no id'],
  ['app:typo', 'No such app: "typo". Known: '],
  ['provider:typo', 'No such provider'],
  ['ehr:typo', 'No such ehr'],
])('stop %s pauses nothing and says what is wrong', async (target, sentence) => {
  await expect(run('stop', target, 'why')).rejects.toThrow(sentence)
  expect(await db().stop.count({ where: { liftedAt: null } })).toBe(0)
})

test.each([[''], ['x'.repeat(201)]])(
  'stop without a reason that can be kept pauses nothing: %j',
  async (why) => {
    await expect(run('stop', 'linking', why)).rejects.toThrow('at most 200 characters')
    expect(await db().stop.count({ where: { liftedAt: null } })).toBe(0)
  },
)

test('rotate-keys waits for the next keys to have been published, unless told not to; the old ones stay published', async () => {
  const before = (await publicJwks()).keys.map((key) => key.kid)
  expect(await run('rotate-keys')).toMatch(/may sign from/)
  expect(await run('rotate-keys', 'now')).toMatch(/ES256: .* signs now/)
  const after = (await publicJwks()).keys.map((key) => key.kid)
  expect(after).toEqual(expect.arrayContaining(before))
  expect(after.length).toBeGreaterThan(before.length)
})

test('remove-app ends an app, and the configuration does not bring it back', async () => {
  expect(await run('remove-app', 'lab-window')).toBe('Removed: lab-window')
  expect(await findApp(db(), 'lab-window')).toBeUndefined()
  await prepareModules()
  expect(await findApp(db(), 'lab-window')).toBeUndefined()
  expect(await run('remove-app', 'nobody')).toBe('No such app: nobody')
})

test('invite shows a number once and keeps only its digest', async () => {
  const said = await run('invite', 'admin')
  const number = said.split('\n').at(-1) ?? ''
  expect(number.length).toBeGreaterThanOrEqual(22)
  const rows = await db().staffInvitation.findMany()
  expect(rows).toHaveLength(1)
  expect(Buffer.from(rows[0]?.digest ?? []).toString('base64url')).not.toBe(number)
})
