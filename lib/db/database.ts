import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { type Prisma, PrismaClient } from '@/generated/prisma/client'
import { config } from '@/lib/config/config'
import { type Embedded, findEmbedded, startEmbedded } from '@/lib/db/embedded'
import { log, logFault } from '@/lib/log/log'
import { forgetOnce, once, setOnce } from '@/lib/process/once'

/** The database client. Inside a transaction use its `Tx` only, and never wait for the network. */
export type Db = PrismaClient

/** A transaction: what acts and their audit are written with. */
export type Tx = Prisma.TransactionClient

type Open = {
  readonly client: PrismaClient
  readonly pool: pg.Pool
  embedded: Embedded | undefined
  closing: boolean
}

const slot = 'database'

/** The database of this process. @throws Error when nobody opened it (server.ts, a command and each test does). */
export function db(): Db {
  return opened().client
}

/** The connection pool under `db()`: for migrations, advisory locks and the one or two hot raw statements. */
export function pool(): pg.Pool {
  return opened().pool
}

/** How to open: a command joins the embedded database of a running server instead of failing on its lock. */
export type OpenOptions = { readonly joinRunning?: boolean }

/** Opens the configured database: PostgreSQL, or the embedded one in a child process that is restarted if it hangs. */
export async function openDatabase(options: OpenOptions = {}): Promise<void> {
  const { DATABASE_URL, VESTIBULE_DATA_DIR } = config().environment
  const joined = !DATABASE_URL && options.joinRunning ? await findEmbedded(VESTIBULE_DATA_DIR) : undefined
  const embedded = DATABASE_URL ? undefined : (joined ?? (await startEmbedded(VESTIBULE_DATA_DIR)))
  const connections = new pg.Pool({
    ...(DATABASE_URL
      ? { connectionString: DATABASE_URL }
      : { host: embedded?.host ?? '', port: 5432, user: 'postgres', database: 'postgres' }),
    max: 10,
    connectionTimeoutMillis: 3_000,
    idleTimeoutMillis: 30_000,
  })
  connections.on('error', (error) => logFault('database.connection-lost', error))
  const client = new PrismaClient({ adapter: new PrismaPg(connections), errorFormat: 'minimal' })
  const open: Open = { client, pool: connections, embedded, closing: false }
  setOnce<Open>(slot, open)
  if (embedded && !joined) watch(open).catch((fault: unknown) => logFault('database.embedded-lost', fault))
}

/** Closes connections and, if embedded, the database. For the end of a drain. */
export async function closeDatabase(): Promise<void> {
  const open = opened()
  open.closing = true
  await open.client.$disconnect()
  await open.pool.end()
  await open.embedded?.stop()
  forgetOnce(slot)
}

/** Starts the embedded database again when it ended, or when it hangs: pglite-socket may after a query it rejected. */
async function watch(open: Open): Promise<void> {
  while (!open.closing && open.embedded) {
    const ended = open.embedded.ended.then(() => 'ended' as const)
    const hung = waitUntilHung(open).then(() => 'hung' as const)
    const why = await Promise.race([ended, hung])
    if (open.closing) return
    log.warn('database.embedded-restart', { why })
    if (why === 'hung') await open.embedded.stop()
    open.embedded = await startEmbedded(config().environment.VESTIBULE_DATA_DIR)
  }
}

/** Asks every ten seconds; resolves when a `SELECT 1` took more than five. */
function waitUntilHung(open: Open): Promise<void> {
  const { embedded } = open
  return new Promise((resolve) => {
    const timer = setInterval(async () => {
      if (open.closing || open.embedded !== embedded) return clearInterval(timer)
      if (await isAnswering(open.pool, 5_000)) return
      clearInterval(timer)
      resolve()
    }, 10_000)
    timer.unref()
  })
}

async function isAnswering(connections: pg.Pool, deadlineMilliseconds: number): Promise<boolean> {
  const late = new Promise<false>((resolve) => setTimeout(resolve, deadlineMilliseconds, false).unref())
  return Promise.race([
    connections.query('SELECT 1').then(
      () => true,
      () => false,
    ),
    late,
  ])
}

function opened(): Open {
  return once<Open>(slot, () => {
    throw new Error('the database is not open')
  })
}
