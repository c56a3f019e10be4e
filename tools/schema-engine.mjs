#!/usr/bin/env node
// Drop-in replacement for Prisma's native `schema-engine` binary: the same JSON-RPC on
// stdin/stdout, answered by @prisma/schema-engine-wasm over a driver adapter.
// Use: PRISMA_SCHEMA_ENGINE_BINARY=tools/schema-engine.mjs prisma migrate deploy
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { bindMigrationAwareSqlAdapterFactory, ColumnTypeEnum } from '@prisma/driver-adapter-utils'

const require = createRequire(import.meta.url)
const wasmDir = path.dirname(require.resolve('@prisma/schema-engine-wasm'))
const pkg = JSON.parse(await readFile(path.join(wasmDir, 'package.json'), 'utf8'))
process.on('warning', () => {})

const argv = process.argv.slice(2)
if (argv.includes('--version') || argv.includes('-V')) {
  console.log(`schema-engine-cli ${pkg.version.split(/[.-]/).pop()}`)
  process.exit(0)
}
const datamodels = []
let datasource = {}
const rest = []
for (let i = 0; i < argv.length; i++) {
  if (argv[i] === '--datamodels') datamodels.push(argv[++i])
  else if (argv[i] === '--datasource') datasource = JSON.parse(argv[++i])
  else if (argv[i] === '--enabled-preview-features' || argv[i] === '--extension-types') i++
  else rest.push(argv[i])
}
const url = datasource.url
const log = (level, fields) =>
  process.stderr.write(
    JSON.stringify({ level, target: 'schema_engine::logger', timestamp: new Date().toISOString(), fields }) +
      '\n',
  )

function pgConfig(u, database) {
  const p = new URL(u)
  const schema = p.searchParams.get('schema') ?? undefined
  p.searchParams.delete('schema')
  return {
    schema,
    config: {
      host: p.searchParams.get('host') ?? p.hostname,
      port: Number(p.port || 5432),
      user: decodeURIComponent(p.username) || undefined,
      password: decodeURIComponent(p.password) || undefined,
      database: database ?? decodeURIComponent(p.pathname.slice(1)),
      max: 1,
    },
  }
}

async function adapterFactory() {
  const { PrismaPg } = await import('@prisma/adapter-pg')
  const pg = (await import('pg')).default
  const make = (u, db) => {
    const { schema, config } = pgConfig(u, db)
    return new PrismaPg(config, schema ? { schema } : undefined)
  }
  // The driver adapters refuse catalogue types that only introspection reads: give them as text, and
  // "char" as a character.
  const TEXT = 25,
    CHAR = 18,
    catalogue = new Set([
      CHAR,
      24 /* regproc */,
      194 /* pg_node_tree */,
      2205 /* regclass */,
      2206 /* regtype */,
    ])
  const types = (conn) => {
    const io = conn.performIO.bind(conn),
      query = conn.queryRaw
    conn.queryRaw = async (q) => {
      const chars = []
      const self = Object.create(conn, {
        performIO: {
          value: async (x) => {
            const r = await io(x)
            return {
              ...r,
              rows: r.rows,
              fields: r.fields.map((f, i) => {
                if (f.dataTypeID === CHAR) chars.push(i)
                return catalogue.has(f.dataTypeID) ? { ...f, name: f.name, dataTypeID: TEXT } : f
              }),
            }
          },
        },
      })
      const out = await query.call(self, q)
      for (const i of chars) out.columnTypes[i] = ColumnTypeEnum.Character
      return out
    }
    return conn
  }
  const patch = (conn) => {
    types(conn)
    // PrismaPg splits scripts at every ';' (breaking strings and function bodies) and runs the pieces
    // one by one. The native engine sends the script whole: one simple query, one implicit transaction.
    conn.executeScript = (script) =>
      conn.client.query(script).then(
        () => undefined,
        (e) => conn.onError(e),
      )
    return conn
  }
  // PRISMA_OFFLINE=1: no server at all. Diffs run on throw-away in-memory PGlite databases.
  const offline = process.env.PRISMA_OFFLINE === '1'
  const pglite = async () => {
    const { PGlite } = await import('@electric-sql/pglite')
    const { PrismaPGlite } = await import('pglite-prisma-adapter')
    const db = await PGlite.create('memory://')
    const conn = await new PrismaPGlite(db).connect()
    types(conn)
    conn.executeScript = async (script) => {
      await db.exec(script)
    }
    conn.dispose = () => db.close()
    return conn
  }
  const main = make(url ?? 'postgresql://invalid@127.0.0.1:1/none')
  return {
    provider: main.provider,
    adapterName: main.adapterName,
    connect: async () => (offline ? pglite() : patch(await main.connect())),
    // Own shadow database handling: PrismaPg's loses `database` when it got a connection string
    // and drops the database before closing its pool.
    async connectToShadowDb() {
      if (offline) return pglite()
      if (datasource.shadowDatabaseUrl) return patch(await make(datasource.shadowDatabaseUrl).connect())
      if (!url) throw new Error('no datasource url: cannot create a shadow database')
      const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`
      const admin = async (sql) => {
        const c = new pg.Client(pgConfig(url).config)
        await c.connect()
        try {
          await c.query(sql)
        } finally {
          await c.end()
        }
      }
      await admin(`CREATE DATABASE "${database}"`)
      const conn = patch(await make(url, database).connect())
      const dispose = conn.dispose.bind(conn)
      conn.dispose = async () => {
        await dispose()
        await admin(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`)
      }
      return conn
    },
  }
}

globalThis.PRISMA_WASM_PANIC_REGISTRY = {
  set_message(m) {
    log('ERROR', { message: m })
    process.exitCode = 101
  },
}
async function load() {
  const dir = wasmDir
  const js = await import(pathToFileURL(path.join(dir, 'schema_engine_bg.js')).href)
  const bytes = await readFile(path.join(dir, 'schema_engine_bg.wasm'))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': js })
  js.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
  return js
}

if (rest[0] === 'cli') {
  const pg = (await import('pg')).default
  log('INFO', { message: 'Starting schema engine CLI' }) // the caller skips the first line
  const { config } = pgConfig(url)
  const run = async (cfg, sql) => {
    const c = new pg.Client(cfg)
    await c.connect()
    try {
      await c.query(sql)
    } finally {
      await c.end()
    }
  }
  try {
    if (rest[1] === 'can-connect-to-database') await run(config, 'select 1')
    else if (rest[1] === 'create-database')
      await run(
        { ...config, database: 'postgres' },
        `CREATE DATABASE ${pg.escapeIdentifier(config.database)}`,
      )
    else if (rest[1] === 'drop-database')
      await run({ ...config, database: 'postgres' }, `DROP DATABASE ${pg.escapeIdentifier(config.database)}`)
    process.exit(0)
  } catch (e) {
    const code =
      e.code === '3D000'
        ? 'P1003'
        : e.code === '28P01'
          ? 'P1000'
          : e.code === 'ECONNREFUSED'
            ? 'P1001'
            : 'P1010'
    log('ERROR', { message: e.message || e.code || String(e), error_code: code })
    process.exit(1)
  }
}

const js = await load()
const factory = bindMigrationAwareSqlAdapterFactory(await adapterFactory())
const models = datamodels.length
  ? await Promise.all(datamodels.map(async (f) => [f, await readFile(f, 'utf8')]))
  : undefined
let enginePromise
const engine = () => (enginePromise ??= js.SchemaEngine.new({ datamodels: models }, () => {}, factory))
// The wasm engine learns of the shadow database factory only in a diagnosis that used it.
const withShadow = (method) => async (e, p) => {
  await e.diagnoseMigrationHistory({
    migrationsList: p.migrationsList,
    optInToShadowDatabase: true,
    filters: p.filters,
  })
  return e[method](p)
}

const methods = {
  getDatabaseVersion: async (e, p) => e.version(p ?? null),
  evaluateDataLoss: withShadow('evaluateDataLoss'),
  createMigration: withShadow('createMigration'),
  introspect: (e, p) => e.introspect({ baseDirectoryPath: process.cwd(), namespaces: null, ...p }),
}

function reply(id, body) {
  process.stdout.write(JSON.stringify({ jsonrpc: '2.0', id, ...body }) + '\n')
}
function toError(e) {
  const rec = /^\{/.test(e?.message ?? '')
    ? (() => {
        try {
          return JSON.parse(e.message)
        } catch {
          return undefined
        }
      })()
    : undefined
  let message = rec?.message ?? e?.message ?? String(e)
  const code = rec?.error_code ?? e?.code ?? /^(P\d{4})/.exec(message)?.[1]
  const id = rec?.meta?.externalErrorId ?? (typeof e?.id === 'number' ? e.id : undefined)
  const reg = id !== undefined ? factory.errorRegistry.consumeError(id) : undefined
  if (reg) message = String(reg.error?.message ?? reg.error)
  return {
    code: 4466,
    message: 'An error happened. Check the data field for details.',
    data: { is_panic: false, message, meta: e?.meta ?? null, error_code: code ?? null },
  }
}

const inflight = new Set()
let tail = Promise.resolve()
const rl = createInterface({ input: process.stdin, crlfDelay: Infinity })
rl.on('line', (line) => {
  if (!line.trim()) return
  const req = JSON.parse(line)
  if (req.result !== undefined && req.method === undefined) return // answer to our print
  const p = (tail = tail.then(async () => {
    try {
      // createDatabase / ensureConnectionValidity may run before the engine can connect
      if (req.method === 'createDatabase')
        return reply(req.id, { result: { databaseName: pgConfig(url).config.database } })
      const e = await engine()
      const fn = methods[req.method] ?? ((en, params) => en[req.method](params))
      const result = await fn(e, req.params)
      if (req.method === 'diff' && result?.stdout != null) {
        process.stdout.write(
          JSON.stringify({
            jsonrpc: '2.0',
            id: 1_000_000 + req.id,
            method: 'print',
            params: { content: result.stdout },
          }) + '\n',
        )
      }
      reply(req.id, { result: result ?? {} })
    } catch (err) {
      if (process.env.SCHEMA_ENGINE_DEBUG) console.error(err)
      reply(req.id, { error: toError(err) })
    }
  }))
  inflight.add(p)
  p.finally(() => inflight.delete(p))
})
rl.on('close', async () => {
  await Promise.allSettled([...inflight])
  process.exit(0)
})
