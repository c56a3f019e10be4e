import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { setConfig } from '@/lib/config/config'
import { closeDatabase, openDatabase } from '@/lib/db/database'
import { migrate } from '@/lib/db/migrate'
import { testConfig } from '@/test/test-config'
import '@/test/postgres-setup'

/** One migrated data directory for the run, copied for every test file. */
export async function setup(project: TestProject): Promise<() => void> {
  const directory = mkdtempSync(path.join(tmpdir(), 'vestibule-embedded-'))
  setConfig(testConfig({ VESTIBULE_DATA_DIR: directory }))
  await openDatabase()
  await migrate()
  await closeDatabase()
  project.provide('embeddedTemplate', directory)
  return () => rmSync(directory, { recursive: true, force: true })
}
