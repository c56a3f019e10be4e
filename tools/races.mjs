// npm run races: 64 uses at once of each credential that counts once, 200 rounds, on both databases. Options: --rounds N,
// --project postgres or embedded.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '200' }, project: { type: 'string', multiple: true } },
})
const root = path.resolve(import.meta.dirname, '..')
const projects = (values.project ?? ['postgres', 'embedded']).flatMap((name) => ['--project', name])
const { status } = spawnSync(
  process.execPath,
  [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...projects, 'test/races', '--reporter=verbose'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, RACE_ROUNDS: values.rounds } },
)
process.exit(status ?? 1)
