import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { type Context, Hono, type Next } from 'hono'
import { config } from '@/lib/config/config'
import { isDatabaseUnavailable } from '@/lib/db/availability'
import { json } from '@/lib/http/json'
import { requestContext } from '@/lib/http/request-context'
import { log, logFault } from '@/lib/log/log'
import { maxBodyBytes } from '@/server/front-door'
import { mountRoutes } from '@/server/routes'

/** Serves the machine endpoints. `owns` tells whether a path is one of theirs. */
export type ProtocolPlane = {
  owns(path: string): boolean
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>
}

const prefixes = [
  '/.well-known/',
  '/oauth/',
  '/backchannel-logout/',
  '/fhir/',
  '/activation-codes',
  '/brands.json',
  '/ehrs/',
  '/launch',
  '/status-lists/',
  '/health/',
]

/** The protocol plane: fetch-style endpoints on Hono, with one place for faults. */
export function createProtocolPlane(): ProtocolPlane {
  const app = new Hono()
  app.use(limitBody)
  mountRoutes(app)
  app.notFound(() => json({ error: 'not_found' }, 404))
  app.onError(answerFault)
  const { host } = new URL(config().issuer)
  const listener = getRequestListener(app.fetch, { hostname: host, overrideGlobalObjects: false })
  return {
    owns: (path) => prefixes.some((prefix) => path === prefix || path.startsWith(prefix)),
    serve: async (request, response) => {
      await listener(request, response)
    },
  }
}

/**
 * Bodies of a known length were measured at the front door; one sent in chunks is read here, up to the limit. Hono's own
 * body limit makes a native Request of ours, which Node refuses, so that every preflight would fail.
 */
async function limitBody(c: Context, next: Next): Promise<Response | undefined> {
  const { raw } = c.req
  if (raw.headers.has('transfer-encoding') && raw.body) {
    const chunks: Uint8Array[] = []
    let size = 0
    for await (const chunk of raw.body) {
      size += chunk.length
      if (size > maxBodyBytes)
        return json({ error: 'invalid_request', error_description: 'The request is too large.' }, 413)
      chunks.push(chunk)
    }
    c.req.raw = new Request(raw.url, {
      method: raw.method,
      headers: raw.headers,
      body: Buffer.concat(chunks),
    })
  }
  await next()
  return undefined
}

/** A fault is logged with its request id and shown as nothing; a lost database is a 503 that passes by itself. */
function answerFault(fault: Error): Response {
  const { requestId } = requestContext()
  if (isDatabaseUnavailable(fault)) {
    log.warn('database.unavailable')
    return json(
      { error: 'temporarily_unavailable', error_description: 'Try again shortly.', request_id: requestId },
      503,
      { 'retry-after': '5' },
    )
  }
  logFault('endpoint.fault', fault)
  return json(
    { error: 'server_error', error_description: 'Something went wrong.', request_id: requestId },
    500,
  )
}
