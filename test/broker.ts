import { setConfig } from '@/lib/config/config'
import type { ConfigFile } from '@/lib/config/file'
import { closeDatabase, openDatabase } from '@/lib/db/database'
import { forgetOnce } from '@/lib/process/once'
import { setClock } from '@/lib/time/clock'
import { startServer } from '@/server/start'
import { createTestDatabase } from '@/test/database'
import { freePort } from '@/test/postgres-server'
import { testConfig } from '@/test/test-config'

/** A running broker of a test: its public address and how to end it. */
export type TestBroker = { readonly url: string; stop(): Promise<void> }

/** What a test may set: environment variables and parts of the configuration file. */
export type BrokerOptions = {
  readonly environment?: Readonly<Record<string, string>>
  readonly config?: Partial<ConfigFile>
}

/**
 * Starts the protocol plane in this process, on a free loopback port and a fresh migrated database. The configuration's
 * public URL is that address, so issuer, audience and links are real.
 */
export async function startBroker(options: BrokerOptions = {}): Promise<TestBroker> {
  const database = await createTestDatabase()
  const port = await freePort()
  const url = `http://localhost:${port}`
  prepare(
    {
      VESTIBULE_PUBLIC_URL: url,
      PORT: String(port),
      HOST: 'localhost',
      ...database.environment,
      ...options.environment,
    },
    options.config,
  )
  // jobs would act in between: a test runs what it needs, at its own time
  const running = await startServer({ jobs: false })
  return {
    url,
    stop: async () => {
      await running.stop()
      await database.drop()
    },
  }
}

/** Opens a fresh migrated database without any server. @returns how to close and drop it */
export async function openTestDatabase(options: BrokerOptions = {}): Promise<() => Promise<void>> {
  const database = await createTestDatabase()
  prepare({ ...database.environment, ...options.environment }, options.config)
  await openDatabase()
  return async () => {
    await closeDatabase()
    await database.drop()
  }
}

function prepare(
  environment: Readonly<Record<string, string>>,
  config: Partial<ConfigFile> | undefined,
): void {
  for (const name of ['trusted-proxies', 'database-health', 'logger', 'key-ring']) forgetOnce(name)
  setClock(() => new Date())
  setConfig(testConfig(environment, config))
}
