import { config } from '@/lib/config/config'

/** How a cookie of ours is kept. All are HttpOnly; on https they are Secure and carry the `__Host-` prefix. */
export type CookieOptions = { readonly maxAgeSeconds?: number; readonly sameSite?: 'Lax' | 'Strict' }

/** The full name of a cookie: `__Host-` on https, then the prefix that keeps servers on one host name apart. */
export function cookieName(name: string): string {
  const { isHttps, environment } = config()
  return `${isHttps ? '__Host-' : ''}${environment.COOKIE_PREFIX}.${name}`
}

/** Value of a `Set-Cookie` header. Without `maxAgeSeconds` the cookie ends with the browser; 0 removes it. */
export function setCookie(name: string, value: string, options: CookieOptions = {}): string {
  const parts = [
    `${cookieName(name)}=${value}`,
    'Path=/',
    'HttpOnly',
    `SameSite=${options.sameSite ?? 'Lax'}`,
  ]
  if (config().isHttps) parts.push('Secure')
  if (options.maxAgeSeconds !== undefined) parts.push(`Max-Age=${options.maxAgeSeconds}`)
  return parts.join('; ')
}

/** The value of a cookie in a `Cookie` header. Two cookies of one name count as none: one of them is not ours. */
export function findCookie(header: string | null | undefined, name: string): string | undefined {
  const full = cookieName(name)
  const found = (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${full}=`))
  return found.length === 1 ? found[0]?.slice(full.length + 1) : undefined
}
