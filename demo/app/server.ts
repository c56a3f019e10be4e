import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { serve } from '@hono/node-server'
import { build } from 'esbuild'
import { Hono } from 'hono'
import { appPage, homePage, launchPage, type PageSettings } from './pages'
import { stylesheet } from './stylesheet'

export type AppOptions = {
  /** 0 takes a free port. */
  readonly port: number
  readonly host?: string
  /** What browsers call it; without one, the address it listens on. */
  readonly publicUrl?: string
  readonly fhirBase: string
  readonly clientId?: string
  /** Where its tokens come from, if that is another place than the FHIR server's. */
  readonly authorizationServer?: string | undefined
}

export type RunningApp = { readonly url: string; close(): Promise<void> }

/** Everything the app asks for; the person may untick any of it. */
export const requestedScope = [
  'openid fhirUser launch/patient offline_access',
  'patient/Patient.rs patient/Observation.rs patient/DiagnosticReport.rs patient/Condition.rs',
  'patient/AllergyIntolerance.rs patient/MedicationRequest.rs patient/Immunization.rs patient/Encounter.rs',
].join(' ')

type Asset = { readonly type: string; readonly body: string }

/** Serves a browser app: three pages and their files. It holds no state, sees no token, and sets no cookie. */
export async function startApp(options: AppOptions): Promise<RunningApp> {
  const assets = await loadAssets()
  const host = options.host ?? '127.0.0.1'
  return new Promise((resolve, reject) => {
    const pages = new Hono()
    const server = serve({ fetch: pages.fetch, port: options.port, hostname: host }, ({ port }) => {
      const url = options.publicUrl ?? `http://${host}:${port}`
      mountPages(
        pages,
        assets,
        {
          fhirBase: options.fhirBase.replace(/\/+$/, ''),
          clientId: options.clientId ?? 'lab-window',
          scope: requestedScope,
          redirectUri: `${url}/app`,
        },
        options.authorizationServer,
      )
      resolve({ url, close })
    })
    server.once('error', reject)
    const close = (): Promise<void> =>
      new Promise((done) => {
        server.close(() => done())
        if ('closeAllConnections' in server) server.closeAllConnections()
      })
  })
}

function mountPages(
  app: Hono,
  assets: ReadonlyMap<string, Asset>,
  settings: PageSettings,
  authorizationServer: string | undefined,
): void {
  const policy = contentSecurityPolicy(settings.fhirBase, authorizationServer)
  app.use(async (c, next) => {
    await next()
    c.header('content-security-policy', policy)
    c.header('x-content-type-options', 'nosniff')
    c.header('referrer-policy', 'no-referrer')
    c.header('cross-origin-opener-policy', 'same-origin')
    c.header('permissions-policy', 'camera=(), microphone=(), geolocation=()')
    c.header('cache-control', 'no-store')
  })
  app.get('/', (c) => c.html(homePage()))
  app.get('/launch', (c) => c.html(launchPage(settings)))
  app.get('/app', (c) => c.html(appPage(settings)))
  app.get('/health', (c) => c.text('ok'))
  app.get('/assets/:name', (c) => {
    const asset = assets.get(c.req.param('name'))
    return asset ? c.body(asset.body, 200, { 'content-type': asset.type }) : c.notFound()
  })
}

/**
 * Scripts from this origin alone, no markup from strings (Trusted Types), and talk to the FHIR server and whoever gives
 * its tokens, nobody else.
 */
export function contentSecurityPolicy(fhirBase: string, authorizationServer = fhirBase): string {
  const servers = new Set([new URL(fhirBase).origin, new URL(authorizationServer).origin])
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    `connect-src ${[...servers].join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ')
}

async function loadAssets(): Promise<ReadonlyMap<string, Asset>> {
  const javascript = 'text/javascript; charset=utf-8'
  const library = createRequire(import.meta.url).resolve('fhirclient/build/fhir-client.pure.min.js')
  const [fhirClient, launch, app] = await Promise.all([
    readFile(library, 'utf8'),
    bundle('launch-page.ts'),
    bundle('app-page.ts'),
  ])
  return new Map([
    [
      'fhir-client.js',
      { type: javascript, body: fhirClient.replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n') },
    ],
    ['launch.js', { type: javascript, body: launch }],
    ['app.js', { type: javascript, body: app }],
    ['style.css', { type: 'text/css; charset=utf-8', body: stylesheet }],
  ])
}

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(findBrowserFolder(), entry)],
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minify: true,
    write: false,
    logLevel: 'silent',
  })
  const [file] = outputFiles
  if (!file) throw new Error(`esbuild made nothing of ${entry}`)
  return file.text
}

/** The browser's sources, found upwards, for this file may itself run from a bundle elsewhere in the project. */
function findBrowserFolder(): string {
  let folder = import.meta.dirname
  while (!existsSync(join(folder, 'demo/app/browser'))) {
    const parent = dirname(folder)
    if (parent === folder) throw new Error('demo/app/browser is not above this file')
    folder = parent
  }
  return join(folder, 'demo/app/browser')
}
