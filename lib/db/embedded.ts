import { type ChildProcess, fork } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A running embedded database and how to reach and stop it. */
export type Embedded = {
  /** Folder of the socket `.s.PGSQL.5432`, which pg takes as its host. */
  readonly host: string
  /** Resolves when the process ended, whoever ended it. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/**
 * Starts PGlite on a data directory in a child process. PGlite has no lock of its own and two openers silently
 * overwrite one another, so the socket is the lock: if one answers, the directory is in use.
 * @throws Error with code `embedded-in-use` when another process serves this directory
 */
export async function startEmbedded(dataDirectory: string): Promise<Embedded> {
  const directory = path.resolve(/* turbopackIgnore: true */ dataDirectory)
  const host = socketFolder(directory)
  const socket = path.join(/* turbopackIgnore: true */ host, '.s.PGSQL.5432')
  if (await answers(socket))
    throw Object.assign(
      new Error('The embedded database is in use by another Vestibule on the same data directory.'),
      {
        code: 'embedded-in-use',
      },
    )
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const script = path.join(/* turbopackIgnore: true */ process.cwd(), 'lib/db/embedded-host.mjs')
  const child = fork(script, [path.join(directory, 'db'), socket], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  })
  await ready(child)
  child.unref()
  child.channel?.unref()
  return {
    host,
    ended: new Promise((resolve) => child.once('exit', () => resolve())),
    stop: async () => {
      await stop(child)
      rmSync(host, { recursive: true, force: true })
    },
  }
}

/** How to reach an embedded database that another process serves, or undefined when none does. For commands. */
export async function findEmbedded(dataDirectory: string): Promise<Embedded | undefined> {
  const host = socketFolder(path.resolve(/* turbopackIgnore: true */ dataDirectory))
  const isServed = await answers(path.join(/* turbopackIgnore: true */ host, '.s.PGSQL.5432'))
  return isServed ? { host, ended: new Promise(() => undefined), stop: async () => undefined } : undefined
}

/** Unix socket paths end at 108 bytes: a short name of its own for each data directory, in a folder of mode 0700. */
function socketFolder(directory: string): string {
  const name = createHash('sha256').update(directory).digest('hex').slice(0, 12)
  const owner = process.getuid?.() ?? 0
  const folder = path.join(tmpdir(), `vestibule-${owner}-${name}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve())
    child.once('exit', (code) =>
      reject(new Error(`The embedded database ended with code ${code} while starting.`)),
    )
  })
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  child.ref()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}
