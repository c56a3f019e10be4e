import { EventEmitter } from 'node:events'

/** Tells the run when a peer listens, and ends with it. */
export function announce(server: object): void {
  const end = (): void => process.exit(0)
  process.on('SIGTERM', end)
  process.on('disconnect', end)
  if (!(server instanceof EventEmitter)) throw new Error('not a server')
  server.once('listening', () => process.send?.({ ready: true }))
}
