import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { config } from '@/lib/config/config'
import { baseHeaders } from '@/lib/http/security-headers'
import { jwksEndpoint } from '@/lib/keys/jwks-endpoint'
import { publishedKeysNow } from '@/lib/keys/store'
import { logFault } from '@/lib/log/log'
import { once } from '@/lib/process/once'
import { oauthServerMetadata, openidConfiguration, smartConfiguration } from '@/lib/smart/discovery'

/** A document everybody reads and nobody is asked who they are for. `version`: it stays as it is while that stays the same object. */
type Published = {
  readonly path: RegExp
  read(request: Request): Promise<Response>
  version(): object | undefined
}

const published: readonly Published[] = [
  { path: /^\/\.well-known\/jwks\.json$/, read: jwksEndpoint, version: publishedKeysNow },
  { path: /^\/\.well-known\/openid-configuration$/, read: openidConfiguration, version: config },
  { path: /^\/\.well-known\/oauth-authorization-server$/, read: oauthServerMetadata, version: config },
  {
    path: /^\/fhir\/[a-z0-9-]+\/\.well-known\/smart-configuration$/,
    read: smartConfiguration,
    version: config,
  },
]

type Kept = {
  readonly version: object | undefined
  readonly host: string
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly bytes: Uint8Array
}

type Shelf = { readonly answers: Map<string, Kept>; readonly reading: Set<string> }

const shelf = (): Shelf => once('published', () => ({ answers: new Map(), reading: new Set() }))

/**
 * Answers discovery and keys with bytes made before, ahead of everything that only a request with something in it needs.
 * Only a plain GET of this very address at this very host, without Origin or body; anything else, and the first of its kind, goes the usual way.
 * @returns whether it was answered
 */
export function answerPublished(
  request: IncomingMessage,
  response: ServerResponse,
  plane: object | undefined,
): boolean {
  const url = request.url ?? ''
  if (!plane || request.method !== 'GET' || !url.includes('/.well-known/')) return false
  const { host, origin, 'content-length': length, 'transfer-encoding': encoding } = request.headers
  if (origin !== undefined || length !== undefined || encoding !== undefined) return false
  const document = published.find(({ path }) => path.test(url))
  if (!document) return false
  const kept = shelf().answers.get(url)
  const version = document.version()
  if (!kept || version === undefined || kept.version !== version) {
    void keep(url, document)
    return false
  }
  if (host !== kept.host) return false
  response.writeHead(200, [...kept.headers, 'x-request-id', randomUUID()])
  response.end(kept.bytes)
  return true
}

/** Makes the bytes, from the same endpoint that answers the usual way. */
async function keep(url: string, document: Published): Promise<void> {
  const { answers, reading } = shelf()
  if (reading.has(url)) return
  reading.add(url)
  try {
    const { issuer, isHttps } = config()
    const version = document.version()
    const answer = await document.read(new Request(new URL(url, issuer)))
    const bytes = new Uint8Array(await answer.arrayBuffer())
    // what is not there is not kept: anybody can make up addresses
    if (answer.status !== 200 || version === undefined || version !== document.version()) return
    const own = { ...baseHeaders(isHttps), 'content-length': String(bytes.length) }
    const headers = [...Object.entries(own), ...answer.headers].flat()
    answers.set(url, { version, host: new URL(issuer).host, headers, bytes })
  } catch (fault) {
    logFault('published.fault', fault)
  } finally {
    reading.delete(url)
  }
}
