// npm run bench: bundles the product and the bench as they are written, then measures. Options: one or more of jwks,
// refresh, introspection, volume, gateway; --profile writes CPU profiles of our servers and prints where their time goes.
import { spawn, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import path from 'node:path'
import { bundle } from '../tools/build.mjs'

const root = path.resolve(import.meta.dirname, '..')
const out = 'dist/bench'
const peers = ['bare-answer', 'oidc-provider', 'pass-through', 'recorded-ehr']

rmSync(path.join(root, out), { recursive: true, force: true })
await bundle(
  ['server.ts', 'demo/ehr/main.ts', 'bench/main.ts', ...peers.map((peer) => `bench/peers/${peer}.ts`)],
  out,
)

// What is measured runs on core 0; the generator, PostgreSQL and the EHR on the others.
const cores = availableParallelism()
const canPin = cores > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0
const command = [process.execPath, '--enable-source-maps', path.join(root, out, 'bench/main.mjs')]
const pinned = canPin ? ['taskset', '-c', `1-${cores - 1}`, ...command] : command
const child = spawn(pinned[0], [...pinned.slice(1), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, BENCH_PINNED: canPin ? '1' : '' },
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill('SIGTERM'))
child.on('exit', (code) => process.exit(code ?? 1))
