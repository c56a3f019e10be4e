import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { BlockList, isIP } from 'node:net'
import { config } from '@/lib/config/config'
import type { RequestContext } from '@/lib/http/request-context'
import { baseHeaders, contentSecurityPolicy } from '@/lib/http/security-headers'
import { once } from '@/lib/process/once'

/** What the front door let in, or the status and sentence it turned a request away with. */
export type Admission =
  | { readonly outcome: 'admitted'; readonly context: RequestContext; readonly path: string }
  | { readonly outcome: 'refused'; readonly status: number; readonly text: string }

/** Largest body any endpoint reads, in bytes. FHIR searches and forms are far smaller. */
export const maxBodyBytes = 64 * 1024

const maxUrlLength = 8_000

/** Answered whatever the Host. By exact name: a path through `/health/..` would end anywhere. */
const healthPaths: readonly string[] = ['/health/live', '/health/ready']

/** A step up or nowhere, in any spelling: browsers send none, and each plane would read it as another address. */
const dotSegment = /(?:^|[/\\])(?:\.|%2e){1,2}(?:[/\\]|$)/i

/**
 * Looks at every request before any plane sees it: forwarded headers of strangers are removed, the client's address is
 * the right-most untrusted hop, a foreign Host is misdirected (421), a malformed Origin is refused (Next would abort on
 * it), oversize is 413. Sets the headers every answer carries, and the CSP nonce of pages.
 */
export function admit(request: IncomingMessage, response: ServerResponse): Admission {
  const requestId = randomUUID()
  const context = { requestId, clientAddress: clientAddress(request) }
  forwardOwnAddress(request)
  for (const [name, value] of Object.entries(baseHeaders(config().isHttps))) response.setHeader(name, value)
  response.setHeader('x-request-id', requestId)
  const refusal = findRefusal(request)
  if (refusal) return { outcome: 'refused', ...refusal }
  return { outcome: 'admitted', context, path: (request.url ?? '/').split('?', 1)[0] ?? '/' }
}

/** Gives a page its CSP: Next reads the nonce from the request's own header and puts it on every script. */
export function setPagePolicy(
  request: IncomingMessage,
  response: ServerResponse,
  development: boolean,
): void {
  const nonce = randomBytes(16).toString('base64')
  const policy = contentSecurityPolicy(nonce, development)
  request.headers['content-security-policy'] = policy
  request.headers['x-nonce'] = nonce
  response.setHeader('content-security-policy', policy)
}

function findRefusal(request: IncomingMessage): { status: number; text: string } | undefined {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  if (!isOwnHost(request.headers.host) && !healthPaths.includes(path))
    return { status: 421, text: 'This host name is not served here.' }
  if ((request.url?.length ?? 0) > maxUrlLength) return { status: 414, text: 'The address is too long.' }
  if (!/^\/(?!\/)/.test(request.url ?? '')) return { status: 400, text: 'The address is malformed.' }
  if (dotSegment.test(path)) return { status: 400, text: 'The address is malformed.' }
  const { origin } = request.headers
  if (origin !== undefined && origin !== 'null' && !isOrigin(origin))
    return { status: 400, text: 'The Origin header is malformed.' }
  const length = request.headers['content-length']
  if (length !== undefined && Number(length) > maxBodyBytes)
    return { status: 413, text: 'The request is too large.' }
  return undefined
}

function isOwnHost(host: string | undefined): boolean {
  return host?.toLowerCase() === new URL(config().issuer).host
}

function isOrigin(value: string): boolean {
  return URL.canParse(value) && new URL(value).origin === value
}

/** Whoever sent them, forwarded headers end here; Next and the endpoints see our own. */
function forwardOwnAddress(request: IncomingMessage): void {
  for (const name of Object.keys(request.headers))
    if (
      name.startsWith('x-forwarded-') ||
      name === 'forwarded' ||
      name === 'x-real-ip' ||
      name.startsWith('x-middleware')
    )
      delete request.headers[name]
  const issuer = new URL(config().issuer)
  request.headers['x-forwarded-host'] = issuer.host
  request.headers['x-forwarded-proto'] = issuer.protocol.slice(0, -1)
}

function clientAddress(request: IncomingMessage): string {
  const peer = plainAddress(request.socket.remoteAddress ?? '')
  if (!isTrusted(peer)) return peer
  const header = request.headers['x-forwarded-for']
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? ''))
    .split(',')
    .map((hop) => hopAddress(hop.trim()))
  // what stands left of a hop that cannot be read was written by whoever sent it
  const client = hops.reverse().find((hop) => !isTrusted(hop))
  return client !== undefined && isIP(client) !== 0 ? client : peer
}

/** A hop as an address: some proxies write its port too, and then brackets around IPv6. */
function hopAddress(hop: string): string {
  const [, inBrackets, beforePort] = /^(?:\[([^\]]*)\](?::\d+)?|(\d+\.\d+\.\d+\.\d+):\d+)$/.exec(hop) ?? []
  return plainAddress(inBrackets ?? beforePort ?? hop)
}

function isTrusted(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && trustedProxies().check(address, family === 6 ? 'ipv6' : 'ipv4')
}

function trustedProxies(): BlockList {
  return once('trusted-proxies', () => {
    const list = new BlockList()
    for (const entry of config().trustedProxies) {
      const [address = '', bits] = entry.split('/')
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
      if (bits) list.addSubnet(address, Number(bits), family)
      else list.addAddress(address, family)
    }
    return list
  })
}

function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
}
