import type { IncomingMessage, ServerResponse } from 'node:http'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { chooseEncoding } from '@/server/encoding'

/**
 * Compresses a page for a browser that brought no cookie: the first visit, which is also the largest. A page of a
 * visit is never compressed: it holds a person's form tokens beside text that may have come with the address, and its
 * length would tell them (BREACH). Without a cookie there is nothing of anybody in it that a second request would find
 * again. The page is sent when it is whole; what has gone out before stays as it is.
 */
export function compressPage(request: IncomingMessage, response: ServerResponse): void {
  const encoding = chooseEncoding(request.headers['accept-encoding'])
  response.appendHeader('vary', 'accept-encoding')
  if (!encoding || request.method !== 'GET' || request.headers.cookie !== undefined) return
  const chunks: Buffer[] = []
  const end: (body: Buffer) => ServerResponse = response.end.bind(response)
  const keep = (chunk: unknown, more: readonly unknown[]): void => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk))
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk))
    for (const done of more) if (typeof done === 'function') process.nextTick(done)
  }
  Object.assign(response, {
    flushHeaders: () => undefined,
    write: (chunk: unknown, ...more: unknown[]) => {
      keep(chunk, more)
      return true
    },
    end: (chunk?: unknown, ...more: unknown[]) => {
      keep(chunk, typeof chunk === 'function' ? [chunk] : more)
      return end(pack(response, Buffer.concat(chunks), encoding))
    },
  })
}

function pack(response: ServerResponse, body: Buffer, encoding: 'br' | 'gzip'): Buffer {
  const isText = String(response.getHeader('content-type')).startsWith('text/')
  if (response.headersSent || !isText || body.length === 0 || response.hasHeader('content-encoding'))
    return body
  const packed =
    encoding === 'gzip'
      ? gzipSync(body)
      : brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } })
  response.setHeader('content-encoding', encoding)
  response.setHeader('content-length', packed.length)
  return packed
}
