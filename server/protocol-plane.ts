import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
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

const prefixes = ['/.well-known/', '/oauth/', '/fhir/', '/activation-codes', '/health/']

/** The protocol plane: fetch-style endpoints on Hono, with one place for faults. */
export function createProtocolPlane(): ProtocolPlane {
  const app = new Hono()
  app.use(
    bodyLimit({
      maxSize: maxBodyBytes,
      onError: () => json({ error: 'invalid_request', error_description: 'The request is too large.' }, 413),
    }),
  )
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
