import { sha256 } from '@/lib/crypto/digest'
import { brandBundle } from '@/lib/ehrs/brands'
import { once } from '@/lib/process/once'
import { now } from '@/lib/time/clock'

type Written = { readonly body: string; readonly etag: string }

const open = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'etag' } as const

/**
 * `/brands.json`: the user-access brand bundle, for everybody, from any origin, with a weak ETag (spec U6). Every replica
 * gives the same tag, for it is that of what is said and not of when it was written.
 */
export async function brandsEndpoint(request: Request): Promise<Response> {
  const { body, etag } = write()
  const headers = { ...open, etag, 'cache-control': 'public, max-age=300' }
  if (isKnown(request.headers.get('if-none-match'), etag)) return new Response(null, { status: 304, headers })
  const json = { ...headers, 'content-type': 'application/fhir+json; charset=utf-8' }
  return new Response(request.method === 'HEAD' ? null : body, { headers: json })
}

/** What a browser asks before it sends a condition: any origin may. */
export function brandsPreflight(): Response {
  const headers = {
    ...open,
    'access-control-allow-methods': 'GET, HEAD',
    'access-control-allow-headers': 'if-none-match, accept',
  }
  return new Response(null, { status: 204, headers })
}

function write(): Written {
  const said = JSON.stringify(brandBundle(new Date(0)))
  const etag = `W/"${Buffer.from(sha256(said)).toString('base64url').slice(0, 27)}"`
  return { body: JSON.stringify(brandBundle(once('brands-made', now))), etag }
}

/** `If-None-Match` compares weakly (RFC 9110 §13.1.2). */
function isKnown(condition: string | null, etag: string): boolean {
  const tags = (condition ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag.replace(/^W\//, ''))
}
