import type { Readable } from 'node:stream'

/** A body as UTF-8 text; undefined when it is larger than `maxBytes`, and then nothing more of it is read. */
export async function readBounded(body: Readable, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > maxBytes) {
      body.destroy()
      return undefined
    }
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}
