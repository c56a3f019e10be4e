import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { inject } from 'vitest'
import { withDatabase } from '@/test/postgres-setup'

/** A fresh migrated database of the kind this project runs on: the environment that opens it, and how to drop it. */
export type TestDatabase = { readonly environment: Readonly<Record<string, string>>; drop(): Promise<void> }

/** Whether this project runs on a real PostgreSQL. Locks and SKIP LOCKED mean something only there. */
export const isPostgres = process.env['TEST_DATABASE'] === 'postgres'

let made = 0

/** Copies the migrated template: 33 ms on PostgreSQL, about 0.4 s embedded. */
export async function createTestDatabase(): Promise<TestDatabase> {
  if (!isPostgres) {
    const directory = mkdtempSync(path.join(tmpdir(), 'vestibule-test-'))
    cpSync(inject('embeddedTemplate'), directory, { recursive: true })
    return {
      environment: { VESTIBULE_DATA_DIR: directory },
      drop: async () => rmSync(directory, { recursive: true, force: true }),
    }
  }
  const server = inject('postgresUrl')
  const name = `vestibule_${process.pid}_${++made}`
  await asAdmin(server, `CREATE DATABASE ${name} TEMPLATE vestibule_template`)
  return {
    environment: { DATABASE_URL: withDatabase(server, name) },
    drop: () => asAdmin(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

async function asAdmin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
