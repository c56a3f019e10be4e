import { type LookupAddress, lookup } from 'node:dns'
import { isIP, type LookupFunction } from 'node:net'
import { Agent, request } from 'undici'
import { config } from '@/lib/config/config'
import { isLoopback } from '@/lib/config/dangers'
import { isLoopbackAddress, isPublicAddress } from '@/lib/http/public-address'
import { readBounded } from '@/lib/http/read-bounded'
import { once } from '@/lib/process/once'

/** Why an address gave nothing. `forbidden-address` and `not-https` were never asked. */
export type Ungiven = 'not-https' | 'forbidden-address' | 'redirect' | 'network' | 'timeout' | 'too-large'

/** What an address answered, whatever its status below and above 300 except redirects. */
export type GuardedAnswer =
  | {
      readonly outcome: 'answered'
      readonly status: number
      readonly headers: Headers
      readonly body: string
    }
  | { readonly outcome: 'failed'; readonly why: Ungiven }

/** What to send, and how much may come back. */
export type GuardedRequest = {
  readonly method?: 'GET' | 'POST'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Bytes; 64 KiB unless told otherwise. */
  readonly maxBytes?: number
  /** For everything: resolving, connecting, answering. 3,000 unless told otherwise. */
  readonly timeoutMilliseconds?: number
}

/**
 * Asks an address that an app named (its keys, its logout endpoint), so that nobody can make this server call into the
 * network it stands in: https only, no redirects, no user information, no private, link-local or loopback address. The
 * name is resolved here and the connection made to the address that was judged, so that a name which changes its mind
 * (DNS rebinding) gains nothing. A server whose own issuer is loopback may ask loopback, by http too. Failures are an
 * outcome. (RFC 7591 §5; SMART App Launch 2.2, asymmetric authentication)
 */
export async function guardedFetch(address: string, options: GuardedRequest = {}): Promise<GuardedAnswer> {
  const refusal = refuseAddress(address)
  if (refusal) return { outcome: 'failed', why: refusal }
  const { method = 'GET', headers = {}, body, maxBytes = 65_536, timeoutMilliseconds = 3_000 } = options
  try {
    const answer = await request(address, {
      dispatcher: agent(),
      method,
      headers: { 'user-agent': 'vestibule', ...headers },
      body: body ?? null,
      signal: AbortSignal.timeout(timeoutMilliseconds),
    })
    if (answer.statusCode >= 300 && answer.statusCode < 400) {
      await answer.body.dump()
      return { outcome: 'failed', why: 'redirect' }
    }
    return await readAnswer(answer, maxBytes)
  } catch (fault) {
    return { outcome: 'failed', why: reasonOf(fault) }
  }
}

type Answer = Awaited<ReturnType<typeof request>>

async function readAnswer(answer: Answer, maxBytes: number): Promise<GuardedAnswer> {
  const text = await readBounded(answer.body, maxBytes)
  if (text === undefined) return { outcome: 'failed', why: 'too-large' }
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headers))
    for (const one of [value ?? []].flat()) headers.append(name, one)
  return { outcome: 'answered', status: answer.statusCode, headers, body: text }
}

/** What can be told from the address itself. IP literals are judged here, for they are never resolved. */
function refuseAddress(address: string): Ungiven | undefined {
  if (!URL.canParse(address)) return 'forbidden-address'
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') return 'forbidden-address'
  const onLoopback = mayAskLoopback() && isLoopback(address)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && onLoopback)) return 'not-https'
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  return isIP(literal) !== 0 && !isAllowed(literal) ? 'forbidden-address' : undefined
}

function isAllowed(address: string): boolean {
  return isPublicAddress(address) || (mayAskLoopback() && isLoopbackAddress(address))
}

function mayAskLoopback(): boolean {
  return isLoopback(config().issuer)
}

/** Resolves a name and hands on only what may be asked; one forbidden address among several spoils the name. */
const lookupAllowed: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (fault, found: readonly LookupAddress[] = []) => {
    const [first] = found
    if (fault || !first) return done(fault ?? new Error('no address'), '', 0)
    if (!found.every(({ address }) => isAllowed(address)))
      return done(Object.assign(new Error('forbidden address'), { code: forbidden }), '', 0)
    return options.all ? done(null, [...found]) : done(null, first.address, first.family)
  })
}

const forbidden = 'FORBIDDEN_ADDRESS'

function agent(): Agent {
  return once(
    'guarded-agent',
    () =>
      new Agent({
        connections: 8,
        keepAliveTimeout: 1_000,
        connect: { timeout: 3_000, lookup: lookupAllowed },
      }),
  )
}

function reasonOf(fault: unknown): Ungiven {
  const { name, code } = fault as { name?: unknown; code?: unknown }
  if (code === forbidden) return 'forbidden-address'
  return name === 'TimeoutError' || (typeof code === 'string' && /TIMEOUT/.test(code)) ? 'timeout' : 'network'
}
