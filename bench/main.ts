import { mkdirSync, mkdtempSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { startPostgres } from '@/test/postgres-server'
import { measureGateway } from './gateway'
import { measureIntrospection } from './introspection'
import { measureJwks } from './jwks'
import { killLeft, stopAll } from './processes'
import { printProfiles } from './profile'
import { measureRefresh } from './refresh'
import { measureVolume } from './volume'
import { query, removeLeft } from './world'

const measures = {
  jwks: measureJwks,
  refresh: measureRefresh,
  introspection: measureIntrospection,
  volume: measureVolume,
  gateway: measureGateway,
} as const

/** Measures what is named on the command line, or everything. */
async function main(): Promise<void> {
  const wanted = process.argv.slice(2)
  const begun = performance.now()
  const profiles = wanted.includes('--profile') ? mkdtempSync(path.join(tmpdir(), 'vestibule-profile-')) : ''
  const names = wanted.filter((name) => !name.startsWith('--'))
  const server = await startPostgres({ durable: true })
  try {
    await printMachine(server.url)
    for (const [name, measure] of Object.entries(measures)) {
      if (names.length > 0 && !names.includes(name)) continue
      const folder = profiles ? path.join(profiles, name) : undefined
      if (folder) mkdirSync(folder)
      await measure(server.url, folder)
      if (folder) printProfiles(folder)
    }
  } finally {
    await stopAll()
    await removeLeft(server.url)
    server.stop()
  }
  console.log(`\n${Math.round((performance.now() - begun) / 1000)} s in all`)
  if (profiles) console.log(`CPU profiles are in ${profiles}`)
}

async function printMachine(postgres: string): Promise<void> {
  const [settings] = await query(
    postgres,
    `SELECT current_setting('server_version') AS version, current_setting('fsync') AS fsync,
      current_setting('synchronous_commit') AS commit, current_setting('full_page_writes') AS pages`,
  )
  const load = loadavg()[0]?.toFixed(2)
  const pinned =
    process.env['BENCH_PINNED'] === '1' ? 'servers on core 0, all else on the others' : 'not pinned'
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}, ${pinned}, load average ${load}`,
  )
  console.log(
    `PostgreSQL ${settings?.['version']}: fsync ${settings?.['fsync']}, synchronous_commit ${settings?.['commit']}, full_page_writes ${settings?.['pages']}`,
  )
}

process.on('exit', killLeft)
// what is being measured then fails, and the run ends by its own way out
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stopAll())
main().then(
  () => process.exit(0),
  (fault: unknown) => {
    console.error(fault)
    process.exitCode = 1
    setTimeout(() => process.exit(1), 100)
  },
)
