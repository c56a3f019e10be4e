import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { loadConfig, setConfig } from '@/lib/config/config'
import { closeDatabase, openDatabase } from '@/lib/db/database'
import { migrate } from '@/lib/db/migrate'
import { freePort } from '@/test/postgres-server'
import { type Running, start } from './processes'

/** A broker and the EHR it stands before, on free loopback ports and a database of their own. */
export type World = {
  readonly broker: Running
  readonly ehr: Running
  /** Reads and writes the same database as the broker, in this process. One world at a time. */
  inside<T>(work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** Which database, and whether the EHR answers afresh or plays back what it answered before. */
export type WorldOptions = {
  readonly postgres?: string | undefined
  readonly ehr: 'live' | 'recorded'
  readonly profile?: string | undefined
  /** Rows to write before the broker starts: the embedded database has one owner. */
  readonly seed?: () => Promise<void>
}

const secret = 'bench-only-secret-0123456789abcdef'

const left = { directories: new Set<string>(), databases: new Set<string>() }
let made = 0

export async function openWorld(options: WorldOptions): Promise<World> {
  const directory = mkdtempSync(path.join(tmpdir(), 'vestibule-bench-'))
  left.directories.add(directory)
  const database = options.postgres ? await createDatabase(options.postgres) : undefined
  const ports = { broker: await freePort(), ehr: await freePort() }
  const environment = {
    VESTIBULE_PUBLIC_URL: `http://localhost:${ports.broker}`,
    VESTIBULE_CONFIG: writeConfig(directory, `http://localhost:${ports.ehr}`),
    VESTIBULE_DATA_DIR: directory,
    VESTIBULE_SECRETS: secret,
    HOST: 'localhost',
    PLANE: 'protocol',
    PORT: String(ports.broker),
    ...(database ? { DATABASE_URL: database.url } : {}),
  }
  const inside = async <T>(work: () => Promise<T>): Promise<T> => {
    setConfig(loadConfig(environment, process.cwd()))
    await openDatabase()
    try {
      return await work()
    } finally {
      await closeDatabase()
    }
  }
  await inside(async () => {
    await migrate()
    await options.seed?.()
  })
  const ehr = await start(options.ehr === 'live' ? 'demo/ehr/main' : 'bench/peers/recorded-ehr', {
    port: ports.ehr,
    environment: {
      EHR_PORT: String(ports.ehr),
      EHR_ISSUER: environment.VESTIBULE_PUBLIC_URL,
      EHR_HOST: 'localhost',
    },
  })
  const broker = await start('server', {
    port: ports.broker,
    environment,
    isMeasured: true,
    profile: options.profile,
  })
  return {
    broker,
    ehr,
    inside,
    close: async () => {
      await broker.stop()
      await ehr.stop()
      await database?.drop()
      removeDirectory(directory)
    },
  }
}

/** Removes what a run that failed left on disk and on the server. */
export async function removeLeft(server: string): Promise<void> {
  for (const directory of left.directories) removeDirectory(directory)
  for (const name of left.databases) await dropDatabase(server, name)
}

function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true })
  left.directories.delete(directory)
}

async function dropDatabase(server: string, name: string): Promise<void> {
  await query(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
  left.databases.delete(name)
}

/** The demo's configuration with the EHR where it runs here. */
function writeConfig(directory: string, ehrUrl: string): string {
  const file = path.join(directory, 'vestibule.config.json')
  const demo = readFileSync(path.resolve('demo/vestibule.config.json'), 'utf8')
  writeFileSync(file, demo.replaceAll('http://localhost:3002', ehrUrl))
  return file
}

async function createDatabase(server: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  made += 1
  const name = `vestibule_bench_${process.pid}_${made}`
  await query(server, `CREATE DATABASE ${name}`)
  left.databases.add(name)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => dropDatabase(server, name) }
}

/** One statement on the server itself. */
export async function query(server: string, statement: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows
  } finally {
    await client.end()
  }
}
