import { createHash, randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { PoolClient } from 'pg'
import { config } from '@/lib/config/config'
import { pool } from '@/lib/db/database'

/** A migration of prisma/migrations. The checksum is that of Prisma's own engine, so both can serve one database. */
type Migration = { readonly name: string; readonly sql: string; readonly checksum: string }

/**
 * Applies the pending migrations, each in a transaction with its row in `_prisma_migrations`. On PostgreSQL an
 * advisory lock lets any number of replicas start at once. @returns names applied
 * @throws Error when an applied migration was edited since
 */
export async function migrate(): Promise<readonly string[]> {
  const client = await pool().connect()
  const isPostgres = config().environment.DATABASE_URL !== undefined
  try {
    if (isPostgres) await client.query('SELECT pg_advisory_lock(72707369)')
    await client.query(table)
    const pending = await listPending(client)
    for (const migration of pending) await apply(client, migration)
    return pending.map((migration) => migration.name)
  } finally {
    if (isPostgres) await client.query('SELECT pg_advisory_unlock(72707369)')
    client.release()
  }
}

/** Names of migrations not applied yet: `npm start` refuses to run while there are any. */
export async function findPendingMigrations(): Promise<readonly string[]> {
  const client = await pool().connect()
  try {
    const { rows } = await client.query<{ name: string | null }>(
      `SELECT to_regclass('_prisma_migrations')::text AS name`,
    )
    const pending = rows[0]?.name ? await listPending(client) : readMigrations()
    return pending.map((migration) => migration.name)
  } finally {
    client.release()
  }
}

async function listPending(client: PoolClient): Promise<readonly Migration[]> {
  const { rows } = await client.query<{ migration_name: string; checksum: string }>(
    'SELECT migration_name, checksum FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  const applied = new Map(rows.map((row) => [row.migration_name, row.checksum]))
  return readMigrations().filter((migration) => {
    const checksum = applied.get(migration.name)
    if (checksum && checksum !== migration.checksum)
      throw new Error(`The migration ${migration.name} was edited after it had been applied.`)
    return !checksum
  })
}

async function apply(client: PoolClient, migration: Migration): Promise<void> {
  const row = [randomUUID(), migration.checksum, migration.name].map((value) => `'${value}'`).join(', ')
  try {
    await client.query(
      `BEGIN;\n${migration.sql}\n;INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, applied_steps_count) VALUES (${row}, now(), 1);COMMIT`,
    )
  } catch (fault) {
    await client.query('ROLLBACK')
    throw fault
  }
}

function readMigrations(): readonly Migration[] {
  const folder = path.join(/* turbopackIgnore: true */ process.cwd(), 'prisma/migrations')
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(path.join(/* turbopackIgnore: true */ folder, name, 'migration.sql'), 'utf8')
      return { name, sql, checksum: createHash('sha256').update(sql).digest('hex') }
    })
}

const table = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
  migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ,
  started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`
