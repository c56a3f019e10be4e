import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { sha256 } from '@/lib/crypto/digest'
import { json } from '@/lib/http/json'
import { findSignedList } from '@/lib/status-list/revisions'
import { now } from '@/lib/time/clock'

/** Every reader asks again after its own `ttl`: a cache between us would add its time to that. */
const headers = {
  'content-type': 'application/statuslist+jwt',
  'cache-control': 'public, no-cache',
  'access-control-allow-origin': '*',
  vary: 'Accept-Encoding',
} as const

/**
 * `GET /status-lists/{id}` (Token Status List §8.1): the signed list, for anybody who holds a token that names it, from
 * any origin. An unchanged one is 304.
 */
export async function statusListEndpoint(request: Request, id: string): Promise<Response> {
  const signed = await findSignedList(id, now())
  if (signed === undefined) return json({ error: 'not_found' }, 404, { 'access-control-allow-origin': '*' })
  const etag = `W/"${Buffer.from(sha256(signed)).toString('base64url')}"`
  const known = request.headers.get('if-none-match')?.split(',')
  if (known?.some((one) => one.trim() === etag))
    return new Response(null, { status: 304, headers: { ...headers, etag } })
  if (!/\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(request.headers.get('accept-encoding') ?? ''))
    return new Response(signed, { headers: { ...headers, etag } })
  const packed = new Uint8Array(await promisify(gzip)(signed))
  return new Response(packed, { headers: { ...headers, etag, 'content-encoding': 'gzip' } })
}
