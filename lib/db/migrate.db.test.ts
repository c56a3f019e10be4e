import { afterAll, beforeAll, expect, test } from 'vitest'
import { db, pool } from '@/lib/db/database'
import { findPendingMigrations, migrate } from '@/lib/db/migrate'
import { openTestDatabase } from '@/test/broker'
import { linkRow } from '@/test/link-row'

let drop: () => Promise<void>
beforeAll(async () => {
  drop = await openTestDatabase()
})
afterAll(() => drop())

test('a migrated database has nothing pending, and migrating again changes nothing', async () => {
  expect(await findPendingMigrations()).toEqual([])
  expect(await migrate()).toEqual([])
})

test('an applied migration that was edited afterwards stops the start', async () => {
  await pool().query(`UPDATE _prisma_migrations SET checksum = 'edited'`)
  await expect(findPendingMigrations()).rejects.toThrow(/was edited/)
})

test('the audit cannot be changed, deleted or emptied', async () => {
  await db().auditEvent.create({ data: { name: 'x', actorKind: 'system', outcome: 'success', detail: {} } })
  await expect(db().auditEvent.updateMany({ data: { outcome: 'refused' } })).rejects.toThrow()
  await expect(db().auditEvent.deleteMany()).rejects.toThrow()
  await expect(pool().query('TRUNCATE audit_event')).rejects.toThrow(/append-only/)
  expect(await db().auditEvent.count()).toBe(1)
})

test('one live self link per account and EHR, whatever the program does', async () => {
  const { id } = await db().account.create({ data: {} })
  const link = (patientId: string) =>
    db().link.create({
      data: linkRow({ accountId: id, loginId: id, patientId }),
    })
  await link('a')
  await expect(link('b')).rejects.toMatchObject({ code: 'P2002' })
})
