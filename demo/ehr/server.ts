import { once } from 'node:events'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { makeAccessLog } from './access-log'
import { type Availability, makeAvailability } from './availability'
import { makeBackendServices } from './backend-services'
import { clinicRoutes } from './clinic-routes'
import { controlRoutes } from './control-routes'
import { refusalResponse, refuse } from './fhir-errors'
import { fhirRoutes } from './fhir-routes'
import { askIssuer } from './introspection'
import { logPage } from './log-page'
import { iconSvg, stylesheetPath } from './page-shell'
import { portalRoutes } from './portal/portal-routes'
import { readPortalKey } from './portal/portal-settings'
import { type EhrOptions, type EhrSettings, settingsFor } from './settings'
import { openStore, type Store } from './store'
import { stylesheet } from './stylesheet'
import { trustIssuer } from './trusted-issuer'

/** Starts the demo EHR. It knows one issuer URL, its own audience and the gateway's client id. */
export async function startEhr(options: EhrOptions = {}): Promise<{ url: string; close(): Promise<void> }> {
  const store = openStore(options)
  const stopping = new AbortController()
  let app: Hono | undefined
  const server = createAdaptorServer({
    fetch: (request) => app?.fetch(request) ?? new Response(null, { status: 503 }),
    overrideGlobalObjects: false,
  })
  server.listen(options.port ?? 3002, options.host ?? '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : (options.port ?? 3002)
  const settings = settingsFor(options, port)
  app = makeApp(settings, store, makeAvailability(stopping.signal))
  if (options.portal)
    app.route(
      '/portal',
      portalRoutes({
        publicUrl: settings.publicUrl,
        broker: settings.issuer,
        providerIssuer: options.portal.providerIssuer,
        key: readPortalKey(options.portal.keyFile),
      }),
    )
  return {
    url: settings.publicUrl,
    async close() {
      stopping.abort()
      const closed = once(server, 'close')
      server.close()
      const sweep = setInterval(() => endConnections(server, 'idle'), 20)
      const patience = setTimeout(() => endConnections(server, 'all'), 2_000)
      await closed
      clearInterval(sweep)
      clearTimeout(patience)
    },
  }
}

function makeApp(settings: EhrSettings, store: Store, availability: Availability): Hono {
  const bySignature = trustIssuer(settings.issuer)
  const issuer = settings.trust === 'introspection' ? askIssuer(settings, bySignature) : bySignature
  const backend = makeBackendServices(settings, issuer)
  const log = makeAccessLog(settings.writeLog)
  const app = new Hono()
  for (const path of ['/fhir', '/fhir/*', '/oauth/*'])
    app.use(path, async (_context, next) =>
      (await availability.check()) === 'available' ? next() : refusalResponse(notNow),
    )
  app.route('/fhir', fhirRoutes({ issuer, settings, store, backend, log }))
  app.post('/oauth/token', bodyLimit({ maxSize: 64 * 1024 }), async (context) =>
    backend.token(new URLSearchParams(await context.req.text())),
  )
  app.route('/clinic', clinicRoutes(store, { secureCookies: settings.publicUrl.startsWith('https:') }))
  app.get('/log', () => logPage(log.latest()))
  app.get('/', (context) => context.redirect('/clinic', 303))
  app.get('/health', (context) => context.json({ status: 'ok', today: store.today }))
  app.get(stylesheetPath, () => asset(stylesheet, 'text/css; charset=utf-8'))
  app.get('/assets/icon.svg', () => asset(iconSvg, 'image/svg+xml'))
  const { controlToken: token } = settings
  if (token !== undefined) app.route('/control', controlRoutes({ store, log, availability, token }))
  app.onError((error) => {
    settings.writeLog(
      JSON.stringify({ log: 'ehr-fault', error: error.name, at: error.stack?.split('\n')[1]?.trim() }),
    )
    return refusalResponse(refuse(500, 'exception', 'fault', 'Something went wrong in this EHR.'))
  })
  return app
}

const notNow = refuse(503, 'transient', 'unavailable', 'This EHR cannot answer now.')

function asset(body: string, contentType: string): Response {
  return new Response(body, {
    headers: {
      'content-type': contentType,
      'cache-control': 'public, max-age=300',
      'x-content-type-options': 'nosniff',
    },
  })
}

/** Kept-alive connections end when their last answer is out; after the drain all do, so no peer keeps the process. */
function endConnections(server: object, which: 'idle' | 'all'): void {
  const isHttp = (one: object): one is Server => 'closeAllConnections' in one
  if (!isHttp(server)) return
  if (which === 'idle') server.closeIdleConnections()
  else server.closeAllConnections()
}
