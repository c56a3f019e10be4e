import type { IncomingMessage } from 'node:http'
import { config } from '@/lib/config/config'

/** Why a request is turned away before Next sees it: Next would answer each of these with a fault. */
export type PageRefusal = { readonly status: number; readonly text: string }

const methods: readonly string[] = ['GET', 'HEAD', 'POST']

/**
 * What the web plane takes: three methods, an address that can be decoded, a body of known length (Next reads bodies
 * itself; without a length the limit could not be held), and posts from pages of our own origin. A browser that says
 * nothing of the origin passes: forms carry their own token.
 */
export function findPageRefusal(request: IncomingMessage): PageRefusal | undefined {
  const { method = 'GET', headers } = request
  if (!methods.includes(method)) return { status: 405, text: 'Use GET or POST.' }
  if (!isDecodable(request.url ?? '/')) return { status: 400, text: 'The address is malformed.' }
  if (headers['transfer-encoding'] !== undefined) return { status: 411, text: 'Length required' }
  const isForeign = headers.origin !== undefined && headers.origin !== config().issuer
  if (method === 'POST' && isForeign) return { status: 403, text: 'Forms are taken from our own pages only.' }
  return undefined
}

function isDecodable(url: string): boolean {
  try {
    decodeURIComponent(url.split('?', 1)[0] ?? '')
    return true
  } catch {
    return false
  }
}
