import { ConfigurationError, config } from '@/lib/config/config'
import { logFault } from '@/lib/log/log'
import { startServer } from '@/server/start'

/** Entry point: `npm start`. Ends with one sentence on what to do when it cannot start. */
async function main(): Promise<void> {
  const running = await startServer({
    migrate: config().demo,
    development: process.env['NODE_ENV'] === 'development',
  })
  process.send?.({ ready: running.url })
  let stopping = false
  const stop = async (): Promise<void> => {
    if (stopping) return
    stopping = true
    await running.stop()
    process.exit(0)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('disconnect', stop)
  process.on('unhandledRejection', (fault) => logFault('process.unhandled-rejection', fault))
}

main().catch((fault: unknown) => {
  const known = fault instanceof ConfigurationError || (fault as { code?: unknown }).code !== undefined
  process.stderr.write(
    `${known && fault instanceof Error ? fault.message : fault instanceof Error ? fault.stack : String(fault)}\n`,
  )
  process.exit(1)
})
