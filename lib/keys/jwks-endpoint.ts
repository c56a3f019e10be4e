import type { PublishedKey } from '@/lib/keys/lifecycle'
import { jwksMaxAgeSeconds } from '@/lib/keys/lifecycle'
import { listPublishedKeys } from '@/lib/keys/store'
import { once } from '@/lib/process/once'

const headers = {
  'content-type': 'application/json',
  'cache-control': `public, max-age=${jwksMaxAgeSeconds}`,
  'access-control-allow-origin': '*',
} as const

/**
 * `/.well-known/jwks.json`: public, cacheable, readable from any origin (RFC 7517 §5). The bytes are made once for each
 * reading of the keys.
 */
export async function jwksEndpoint(): Promise<Response> {
  const keys = await listPublishedKeys()
  const made = once<Made>('jwks-bytes', () => ({ of: undefined, bytes: new Uint8Array() }))
  if (made.of !== keys) {
    made.bytes = new TextEncoder().encode(JSON.stringify({ keys: keys.map((key) => key.publicJwk) }))
    made.of = keys
  }
  return new Response(made.bytes, { headers })
}

type Made = { of: readonly PublishedKey[] | undefined; bytes: Uint8Array<ArrayBuffer> }
