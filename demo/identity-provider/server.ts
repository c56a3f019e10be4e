import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Provider } from 'oidc-provider'
import { openDirectory } from './accounts'
import { type Controls, openControls } from './control'
import { createSignInPages, type SignInPages, sendPage } from './interaction'
import { findIssuerByPath, type IssuerEntry, type IssuerKey, issuers } from './issuers'
import { homePage } from './pages'
import { contentSecurityPolicy, createProvider, startOver } from './provider'
import { loadKeys } from './signing-keys'
import { stylesheet } from './stylesheet'

export type IdentityProviderOptions = {
  /** 0 takes a free port. */
  readonly port: number
  readonly host?: string
  /** What browsers and the broker call it; without one, the address it listens on. */
  readonly publicUrl?: string
  readonly brokerUrl: string
  /** Address of the clinic's portal, a second client. */
  readonly portalUrl?: string
  readonly clientSecret?: string
  /** Where signing keys are kept over a restart; without one they are made anew. */
  readonly dataDir?: string
  /** Mounts `/control/*` for tests, with this bearer. */
  readonly controlToken?: string
}

export type RunningIdentityProvider = {
  readonly url: string
  readonly issuers: Readonly<Record<IssuerKey, string>>
  close(): Promise<void>
}

type Issuing = { readonly entry: IssuerEntry; readonly provider: Provider; readonly pages: SignInPages }

/** Three OpenID issuers in one process, reached over HTTP alone. */
export async function startIdentityProvider(
  options: IdentityProviderOptions,
): Promise<RunningIdentityProvider> {
  const keys = await loadKeys(options.dataDir)
  const server = createServer()
  await listen(server, options)
  const url = options.publicUrl ?? `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const controls = openControls(options.controlToken)
  const issuing = issuers.map((entry): Issuing => {
    const directory = openDirectory(entry)
    const provider = createProvider({
      issuer: `${url}${entry.path}`,
      entry,
      directory,
      brokerUrl: options.brokerUrl,
      portalUrl: options.portalUrl,
      clientSecret: options.clientSecret ?? 'demo-only-secret',
      signingKey: keys.signing[entry.key],
      cookieKeys: keys.cookieKeys,
      controls,
    })
    return {
      entry,
      provider,
      pages: createSignInPages(provider, {
        entry,
        directory,
        startOver: startOver({ entry, brokerUrl: options.brokerUrl }),
      }),
    }
  })
  const route = createRouter(issuing, controls, new URL(url).host)
  server.on('request', (request, response) => {
    route(request, response).catch((error: unknown) => fail(response, error))
  })
  const issuerOf = (key: IssuerKey): string =>
    `${url}${issuers.find((entry) => entry.key === key)?.path ?? ''}`
  return {
    url,
    issuers: {
      sunrise: issuerOf('sunrise'),
      northwind: issuerOf('northwind'),
      'harbor-staff': issuerOf('harbor-staff'),
    },
    close: () => stop(server),
  }
}

function createRouter(issuing: readonly Issuing[], controls: Controls, host: string) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    setSecurityHeaders(response)
    if (request.headers.host !== host) return sendText(response, 421, 'This host name is not served here.')
    const path = (request.url ?? '/').split('?')[0] ?? '/'
    if (path.startsWith('/control/')) return answerControl(request, response, controls)
    const entry = findIssuerByPath(path)
    const outage = controls.outage(entry.key)
    if (outage === 'hang') return
    if (outage === 'refuse') return sendText(response, 503, 'Down on request of a test.')
    const own = issuing.find((candidate) => candidate.entry === entry)
    if (own) await answerIssuer(own, request, response)
  }
}

async function answerIssuer(own: Issuing, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? '/'
  const below = url.slice(own.entry.path.length)
  const path = below.split('?')[0] || '/'
  if (path === '/' && request.method === 'GET') return sendPage(response, homePage(own.entry), 200)
  if (path === '/assets/style.css') return sendStyle(response)
  if (path === '/health') return sendText(response, 200, 'ok')
  // The package finds its mount point by comparing the two.
  Object.assign(request, { originalUrl: url, url: below.startsWith('/') ? below : `/${below}` })
  if (!path.startsWith('/interaction/')) return own.provider.callback()(request, response)
  const form = request.method === 'POST' ? await readForm(request) : new URLSearchParams()
  return own.pages.answer(request, response, form)
}

async function answerControl(
  request: IncomingMessage,
  response: ServerResponse,
  controls: Controls,
): Promise<void> {
  if (request.method !== 'POST') return sendText(response, 404, '')
  const { status, body } = controls.answer(
    (request.url ?? '').split('?')[0] ?? '',
    request.headers.authorization,
    await readBody(request),
  )
  sendText(response, status, body)
}

function setSecurityHeaders(response: ServerResponse): void {
  response.setHeader('content-security-policy', contentSecurityPolicy)
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('referrer-policy', 'same-origin')
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  return new URLSearchParams(await readBody(request))
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = ''
  for await (const chunk of request) {
    body += String(chunk)
    if (body.length > 16_384) throw new Error('The body is too long')
  }
  return body
}

function sendText(response: ServerResponse, status: number, text: string): void {
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
    .end(text)
}

function sendStyle(response: ServerResponse): void {
  response
    .writeHead(200, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=300' })
    .end(stylesheet)
}

/** A fault is said on stderr by its message; what the request carried is not. */
function fail(response: ServerResponse, error: unknown): void {
  console.error(`demo identity provider: ${error instanceof Error ? error.stack : 'unknown fault'}`)
  if (!response.headersSent) sendText(response, 500, 'Something went wrong.')
  else response.end()
}

function listen(server: Server, { port, host }: IdentityProviderOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host ?? '127.0.0.1', resolve)
  })
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
