// Hosts a PGlite data directory on a unix socket in a process of its own, so that the program talks to it as to
// PostgreSQL and its event loop stays free. Ends when its parent disconnects or by SIGTERM; ignores Ctrl-C, which the
// terminal sends to the whole group while the parent still drains.
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'

const [directory, socket] = process.argv.slice(2)
mkdirSync(path.dirname(directory), { recursive: true, mode: 0o700 })
mkdirSync(path.dirname(socket), { recursive: true, mode: 0o700 })
chmodSync(path.dirname(socket), 0o700)
rmSync(socket, { force: true })

const db = await PGlite.create(directory)
const server = new PGLiteSocketServer({ db: withWholeBatches(db), path: socket, maxConnections: 100 })
await server.start()

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  await server.stop()
  await db.close()
  rmSync(socket, { force: true })
  process.exit(0)
}
process.on('SIGINT', () => undefined)
process.on('SIGTERM', stop)
process.on('disconnect', stop)
process.send?.({ ready: true })

/**
 * pglite-socket queues single protocol messages of all connections on PGlite's one backend, and only a transaction keeps
 * a connection's messages together. So the Bind of one connection could meet the unnamed statement another had just
 * parsed. From the first message of an extended query to its Sync the backend therefore counts as "in a transaction".
 */
function withWholeBatches(database) {
  const ending = new Set(['Q', 'S', 'X'])
  let inBatch = false
  return new Proxy(database, {
    get(target, name) {
      if (name === 'isInTransaction') return () => inBatch || target.isInTransaction()
      if (name === 'exec')
        return (...given) => {
          inBatch = false
          return target.exec(...given)
        }
      if (name === 'execProtocolRawStream')
        return (message, options) => {
          const type = String.fromCharCode(message[0] ?? 0)
          inBatch = /[A-Za-z]/.test(type) && !ending.has(type)
          return target.execProtocolRawStream(message, options)
        }
      const value = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
