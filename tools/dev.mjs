// Development: the bundled server with Next in development mode. Restart it after a change outside app/.
import { spawn } from 'node:child_process'
import path from 'node:path'
import { bundle } from './build.mjs'

const root = path.resolve(import.meta.dirname, '..')
await bundle()
const child = spawn(process.execPath, ['dist/server.mjs'], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, NODE_ENV: 'development', NEXT_TELEMETRY_DISABLED: '1' },
})
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code) => process.exit(code ?? 0))
