import http from 'node:http'

/** A request as it goes over the wire: nothing is normalised, completed or refused on the way out. */
export type RawRequest = {
  readonly method: string
  /** Path and query, as they are written. */
  readonly target: string
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly body?: string | Uint8Array
  /** Sends the body in chunks, without saying how long it is. */
  readonly isChunked?: boolean
}

/** What came back. */
export type RawAnswer = {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly text: string
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })

/** Sends a request to a server of a test. */
export function send(server: string, request: RawRequest): Promise<RawAnswer> {
  const { hostname, port } = new URL(server)
  const { method, target, headers = {}, body, isChunked = false } = request
  const length = isChunked
    ? { 'transfer-encoding': 'chunked' }
    : { 'content-length': String(Buffer.byteLength(body ?? '')) }
  const sized = body === undefined ? headers : { ...length, ...headers }
  return new Promise((resolve, reject) => {
    const asked = http.request(
      { agent, hostname, port, method, path: target, headers: plain(sized) },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () =>
          resolve({
            status: answer.statusCode ?? 0,
            headers: answer.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        )
      },
    )
    asked.on('error', reject)
    if (body !== undefined) asked.write(body)
    asked.end()
  })
}

function plain(headers: Readonly<Record<string, string | readonly string[]>>): http.OutgoingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  )
}

/** A form body of pairs, in their order, repeated ones too. */
export function form(pairs: Iterable<readonly [string, string]>): string {
  return [...pairs].map((pair) => pair.map(encodeURIComponent).join('=')).join('&')
}

/** The headers of an ordinary form post. */
export const formHeaders = { 'content-type': 'application/x-www-form-urlencoded' } as const
