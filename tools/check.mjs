// npm run check: format, lint with layering, types, schema drift, unused code. Every step runs; one failure fails all.
import { spawnSync } from 'node:child_process'
import path from 'node:path'

const root = path.resolve(import.meta.dirname, '..')
const bin = (name) => path.join(root, 'node_modules', name)
const steps = [
  ['database client', 'tools/prisma.mjs', ['generate']],
  ['format and lint', bin('@biomejs/biome/bin/biome'), ['ci', '--colors=off', '--error-on-warnings', '.']],
  [
    'second linter',
    bin('oxlint/bin/oxlint'),
    ['--deny-warnings', 'app', 'lib', 'server', 'demo', 'test', 'e2e', 'server.ts', 'command.ts'],
  ],
  ['layers', 'tools/layers.mjs', []],
  ['types', bin('typescript/bin/tsc'), ['--noEmit', '--incremental', 'false', '-p', '.']],
  [
    'migrations match the schema',
    'tools/prisma.mjs',
    ['migrate', 'diff', '--from-migrations', 'prisma/migrations', '--to-schema', 'prisma', '--exit-code'],
  ],
  ['unused code', bin('knip/bin/knip.js'), ['--no-progress']],
]

let failed = 0
for (const [title, script, args] of steps) {
  const begun = performance.now()
  const result = spawnSync(process.execPath, [path.resolve(root, script), ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PRISMA_OFFLINE: '1', FORCE_COLOR: '0', NO_COLOR: '1' },
  })
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`${result.status === 0 ? 'ok  ' : 'FAIL'} ${title} (${seconds} s)`)
  if (result.status === 0) continue
  failed++
  console.log(`${result.stdout}\n${result.stderr}`)
}
process.exit(failed === 0 ? 0 : 1)
