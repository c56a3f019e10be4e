import http, { type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { config } from '@/lib/config/config'
import { closeDatabase, openDatabase } from '@/lib/db/database'
import { findPendingMigrations, migrate } from '@/lib/db/migrate'
import { withRequestContext } from '@/lib/http/request-context'
import { startJobs } from '@/lib/jobs/run'
import { log, logFault } from '@/lib/log/log'
import { admit } from '@/server/front-door'
import { listJobs } from '@/server/jobs'
import { prepareModules } from '@/server/prepare'
import { createProtocolPlane, type ProtocolPlane } from '@/server/protocol-plane'
import { answerPublished } from '@/server/published'
import { sendResponse } from '@/server/send-response'
import { createWebPlane, type WebPlane } from '@/server/web-plane'

/** A running server and how to end it: no new connections, requests finished, jobs waited for, database closed. */
export type Running = { readonly url: string; readonly port: number; stop(): Promise<void> }

/**
 * How to start. `migrate` applies pending migrations first (demo, tests); otherwise they refuse the start. `jobs: false`
 * leaves background work to other replicas, or to a test that does it when it wants.
 */
export type StartOptions = {
  readonly development?: boolean
  readonly migrate?: boolean
  readonly jobs?: boolean
}

/** Seconds a request may still take after the stop signal. */
const drainSeconds = 10

/** Starts the planes that PLANE names, on the configured address. @throws ConfigurationError, or Error with a sentence */
export async function startServer(options: StartOptions = {}): Promise<Running> {
  const { environment } = config()
  await openDatabase()
  try {
    await prepareDatabase(options)
    await prepareModules()
    const server = http.createServer({ requestTimeout: 30_000, headersTimeout: 10_000 })
    const protocol = environment.PLANE === 'web' ? undefined : createProtocolPlane()
    const web =
      environment.PLANE === 'protocol'
        ? undefined
        : await createWebPlane(server, options.development ?? false)
    server.on('request', (request, response) => void serve(request, response, protocol, web))
    const port = await listen(server, environment.HOST, environment.PORT)
    const stopJobs = startJobs(options.jobs === false ? [] : listJobs())
    log.info('server.started', { plane: environment.PLANE, port })
    return { url: config().issuer, port, stop: () => stop(server, web, stopJobs) }
  } catch (fault) {
    await closeDatabase()
    throw fault
  }
}

async function prepareDatabase(options: StartOptions): Promise<void> {
  if (options.migrate) {
    for (const name of await migrate()) log.info('database.migrated', { name })
    return
  }
  const pending = await findPendingMigrations()
  if (pending.length > 0)
    throw Object.assign(
      new Error(`${pending.length} database migration(s) are pending: run "npm run migrate" first.`),
      { code: 'migrations-pending' },
    )
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  protocol: ProtocolPlane | undefined,
  web: WebPlane | undefined,
): Promise<void> {
  if (answerPublished(request, response, protocol)) return
  const admission = admit(request, response)
  if (admission.outcome === 'refused') {
    response.setHeader('connection', 'close')
    return sendResponse(
      response,
      new Response(admission.text, { status: admission.status, headers: { 'content-type': 'text/plain' } }),
    )
  }
  await withRequestContext(admission.context, async () => {
    const begun = performance.now()
    response.once('close', () =>
      log.debug('request', {
        method: request.method,
        status: response.statusCode,
        milliseconds: Math.round(performance.now() - begun),
      }),
    )
    try {
      if (protocol?.owns(admission.path)) return await protocol.serve(request, response)
      if (web) return await web.serve(request, response)
      return await sendResponse(response, new Response('Not found', { status: 404 }))
    } catch (fault) {
      logFault('server.fault', fault)
      if (!response.headersSent)
        await sendResponse(response, new Response('Something went wrong.', { status: 500 }))
      else response.destroy()
    }
  })
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? Object.assign(
              new Error(`Port ${port} on ${host} is taken by another program: stop it, or set PORT.`),
              { code: 'port-taken' },
            )
          : error,
      )
    })
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })
}

async function stop(server: Server, web: WebPlane | undefined, stopJobs: () => Promise<void>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const force = setTimeout(() => server.closeAllConnections(), drainSeconds * 1000)
  await closed
  clearTimeout(force)
  await stopJobs()
  await web?.close()
  await closeDatabase()
  log.info('server.stopped')
}
