import pg from 'pg'
import type { TestProject } from 'vitest/node'
import { setConfig } from '@/lib/config/config'
import { closeDatabase, openDatabase } from '@/lib/db/database'
import { migrate } from '@/lib/db/migrate'
import { startPostgres } from '@/test/postgres-server'
import { testConfig } from '@/test/test-config'

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string
    embeddedTemplate: string
  }
}

/** One server for the run; its database `vestibule_template` is migrated once and copied for every test file. */
export async function setup(project: TestProject): Promise<() => void> {
  const server = await startPostgres()
  const admin = new pg.Client({ connectionString: server.url })
  await admin.connect()
  await admin.query('DROP DATABASE IF EXISTS vestibule_template')
  await admin.query('CREATE DATABASE vestibule_template')
  await admin.end()
  setConfig(testConfig({ DATABASE_URL: withDatabase(server.url, 'vestibule_template') }))
  await openDatabase()
  await migrate()
  await closeDatabase()
  project.provide('postgresUrl', server.url)
  return () => server.stop()
}

/** The same server, another database. */
export function withDatabase(url: string, name: string): string {
  const changed = new URL(url)
  changed.pathname = `/${name}`
  return changed.href
}
