import { clients } from '@/test/differential/side'
import type { RawAnswer } from '@/test/hostile/send'

/**
 * The class of an answer, in words both servers share: `goes on` (to its own pages), `page` (a problem shown to the
 * person), `redirect <error>` (told to the app), or the hundred of the status with the error code or what else it says.
 */
export function classify({ status, headers, text }: RawAnswer): string {
  const hundred = `${Math.floor(status / 100)}xx`
  const location = headers.location
  // a method that is not served: 405, or nothing of that name
  if (status === 404 || status === 405) return 'not served'
  if (status >= 300 && status < 400 && location !== undefined) return classifyRedirect(location)
  if (String(headers['content-type'] ?? '').includes('html')) return status < 400 ? 'shows a page' : 'page'
  const body = parse(text)
  if (body === undefined) return status < 400 && text === '' ? `${hundred} empty` : hundred
  if (typeof body['error'] === 'string') return `${hundred} ${body['error']}`
  if (body['active'] !== undefined) return `${hundred} active=${String(body['active'])}`
  for (const name of ['access_token', 'request_uri', 'sub']) if (name in body) return `${hundred} ${name}`
  return hundred
}

function classifyRedirect(location: string): string {
  const isToApp = Object.values(clients).some(({ redirectUri }) =>
    location.startsWith(redirectUri.split('?')[0] ?? ''),
  )
  if (!isToApp && !location.startsWith('com.example.app:')) {
    if (location.startsWith('/') || location.startsWith('http://localhost:')) return 'goes on'
    return 'redirect to a stranger'
  }
  const { search, hash } = new URL(location)
  const found = new URLSearchParams(
    search === '' || !search.includes('error') ? hash.slice(1) || search : search,
  )
  return `redirect ${found.get('error') ?? 'without error'}`
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined
  } catch {
    return undefined
  }
}
