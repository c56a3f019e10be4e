import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'

/**
 * Whether the multipart body of a post is a form. Next answers a body that is none with a fault, so it is looked at
 * before, and put back for Next to read. Its length is known and within the limit when this is called.
 */
export async function isReadableForm(request: IncomingMessage): Promise<boolean> {
  const type = request.headers['content-type'] ?? ''
  if (request.method !== 'POST' || !/^multipart\//i.test(type)) return true
  const length = Number(request.headers['content-length'] ?? 0)
  const body = length > 0 ? await peek(request, length) : Buffer.alloc(0)
  if (body?.length !== length) return false
  return new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData().then(
    () => true,
    () => false,
  )
}

/** The bytes of a body, left in place. Undefined when the sender went away before all had come. */
async function peek(request: IncomingMessage, length: number): Promise<Buffer | undefined> {
  const gone = new AbortController()
  request.once('close', () => gone.abort())
  for (;;) {
    const read: unknown = request.read(length)
    if (read instanceof Buffer) {
      // in the same turn: once its end was told nothing can be put back
      request.unshift(read)
      return read
    }
    if (request.readableEnded || request.destroyed) return undefined
    const more = await once(request, 'readable', { signal: gone.signal }).catch(() => undefined)
    if (!more) return undefined
  }
}
