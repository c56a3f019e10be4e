import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import path from 'node:path'
import next from 'next'
import { config } from '@/lib/config/config'
import { isDatabaseUp } from '@/lib/db/availability'
import { faultPage, unavailablePage } from '@/lib/http/problem-page'
import { replaceBrokenPage } from '@/server/broken-page'
import { compressPage } from '@/server/compressed-page'
import { isReadableForm } from '@/server/form-body'
import { setPagePolicy } from '@/server/front-door'
import { findPageRefusal } from '@/server/page-request'
import { sendResponse } from '@/server/send-response'
import { createStaticFiles } from '@/server/static-files'

/** Serves pages. */
export type WebPlane = {
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>
  close(): Promise<void>
}

/** The web plane: Next in this process. While the database is away a person gets a 503 page, not a broken one. */
export async function createWebPlane(server: Server, development: boolean): Promise<WebPlane> {
  const { environment } = config()
  const app = next({
    dev: development,
    dir: process.cwd(),
    hostname: environment.HOST,
    port: environment.PORT,
    httpServer: server,
  })
  await app.prepare()
  const handle = app.getRequestHandler()
  if (development) server.on('upgrade', app.getUpgradeHandler())
  // Next listens too, answers nothing, and node's timeouts end with the upgrade: the socket would stay open for ever
  else server.prependListener('upgrade', (_, socket) => socket.destroy())
  const sendStatic = development ? undefined : createStaticFiles(path.join(process.cwd(), '.next'))
  return {
    serve: async (request, response) => {
      const address = request.url?.split('?', 1)[0] ?? '/'
      if (await sendStatic?.(request, response)) return
      const refusal = findPageRefusal(request)
      if (refusal) {
        const headers = { 'content-type': 'text/plain' }
        return sendResponse(response, new Response(refusal.text, { status: refusal.status, headers }))
      }
      if (!(await isReadableForm(request))) {
        const headers = { 'content-type': 'text/plain' }
        return sendResponse(response, new Response('The form is malformed.', { status: 400, headers }))
      }
      if (address.startsWith('/_next/')) return handle(request, response)
      const isFile = /\.[a-z0-9]{2,5}$/.test(address)
      if (!isFile && !(await isDatabaseUp()))
        return sendResponse(response, unavailablePage(asRequest(request)))
      setPagePolicy(request, response, development)
      if (!development) compressPage(request, response)
      if (!development) replaceBrokenPage(response, () => faultPage(asRequest(request)))
      return handle(request, response)
    },
    close: () => app.close(),
  }
}

function asRequest(request: IncomingMessage): Request {
  return new Request(new URL(request.url ?? '/', config().issuer), {
    headers: { 'accept-language': request.headers['accept-language'] ?? '' },
  })
}
