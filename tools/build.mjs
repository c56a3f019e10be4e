// Builds the product: Prisma client, pages (Next), then server, commands and demo processes (esbuild) into dist/.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync, constants } from 'node:zlib'
import { build } from 'esbuild'

const root = path.resolve(import.meta.dirname, '..')
const stampFile = path.join(root, 'dist/.stamp')
const sources = [
  'app',
  'lib',
  'server',
  'demo',
  'messages',
  'prisma',
  'public',
  'tools',
  'server.ts',
  'command.ts',
  'next.config.ts',
  'package-lock.json',
  'tsconfig.json',
]
const demoEntries = [
  'demo/ehr/main.ts',
  'demo/identity-provider/main.ts',
  'demo/app/main.ts',
  'demo/mail/main.ts',
]

/** Whether what is built is what is written. */
export function isBuilt() {
  return (
    existsSync(stampFile) &&
    existsSync(path.join(root, '.next/BUILD_ID')) &&
    readFileSync(stampFile, 'utf8') === stamp()
  )
}

/** Builds everything; `say` is told each step. Throws with the tool's output when a step fails. */
export async function buildAll(say = () => undefined) {
  rmSync(stampFile, { force: true })
  say('database client')
  run('tools/prisma.mjs', ['generate'])
  say('pages')
  run('node_modules/next/dist/bin/next', ['build'])
  compressPages()
  say('server')
  await bundle()
  mkdirSync(path.dirname(stampFile), { recursive: true })
  writeFileSync(stampFile, stamp())
}

/** Bundles entry points only, packages left outside: the product's into dist/ unless told otherwise. */
export async function bundle(entryPoints = ['server.ts', 'command.ts', ...demoEntries], outdir = 'dist') {
  await build({
    absWorkingDir: root,
    entryPoints: entryPoints.filter((file) => existsSync(path.join(root, file))),
    outdir,
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node22',
    packages: 'external',
    sourcemap: 'linked',
    logLevel: 'warning',
  })
}

/** Scripts and stylesheets as small as they get, beside the originals: too slow to do for a person who waits. */
function compressPages() {
  const folder = path.join(root, '.next/static')
  for (const name of readdirSync(folder, { recursive: true })) {
    if (!['.js', '.css'].includes(path.extname(name))) continue
    const file = path.join(folder, name)
    const params = {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    }
    writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file), { params }))
  }
}

function run(script, args) {
  const result = spawnSync(process.execPath, [path.join(root, script), ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NODE_ENV: 'production' },
  })
  if (result.status !== 0)
    throw new Error(`${script} ${args.join(' ')} failed:\n${result.stdout}\n${result.stderr}`)
}

function stamp() {
  const hash = createHash('sha256')
  for (const source of sources) visit(path.join(root, source), hash)
  return hash.digest('hex')
}

function visit(file, hash) {
  if (!existsSync(file)) return
  const info = statSync(file)
  if (info.isDirectory()) for (const name of readdirSync(file).sort()) visit(path.join(file, name), hash)
  else hash.update(`${path.relative(root, file)}:${info.size}:${info.mtimeMs};`)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    await buildAll((step) => console.log(`building: ${step}`))
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
