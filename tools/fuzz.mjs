// npm run fuzz -- [--count N] [--seed N]: sends N inputs, made at random, to every endpoint of a server with a real
// PostgreSQL, and stops at the first that breaks a rule. CI runs the same with 1000.
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'

const root = path.resolve(import.meta.dirname, '..')
const { values } = parseArgs({
  options: { count: { type: 'string', default: '100000' }, seed: { type: 'string' } },
})
const vitest = path.join(root, 'node_modules/vitest/vitest.mjs')
const result = spawnSync(process.execPath, [vitest, 'run', '--project', 'postgres', 'test/fuzz'], {
  cwd: root,
  stdio: 'inherit',
  env: {
    ...process.env,
    FUZZ_COUNT: values.count,
    ...(values.seed === undefined ? {} : { FUZZ_SEED: values.seed }),
  },
})
process.exit(result.status ?? 1)
