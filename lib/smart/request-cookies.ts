import { randomToken } from '@/lib/crypto/digest'
import { cookieName, setCookie } from '@/lib/http/cookies'
import { epochSeconds } from '@/lib/time/clock'

/**
 * How many authorization requests one browser may have open. Each has a cookie; without an end, a page that opens
 * requests in a loop would fill the browser's jar and the header every later call carries.
 */
export const requestsPerBrowser = 10

/** Name of the cookie that binds a request to the browser that began it. */
export function requestCookie(id: string): string {
  return `request-${id}`
}

/** A new value for it: the second it was made, so that the oldest can be told, and 256 random bits. */
export function newRequestSecret(now: Date): string {
  return `${epochSeconds(now).toString(36)}.${randomToken()}`
}

/** `Set-Cookie` values that end the oldest requests of a browser, so that one more is within the bound. */
export function endOldestCookies(cookieHeader: string | null): readonly string[] {
  const prefix = cookieName('request-')
  const found = (cookieHeader ?? '').split(';').flatMap((part) => {
    const [name = '', value = ''] = part.trim().split(/=(.*)/s)
    const id = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    return /^[0-9a-f-]{36}$/.test(id) ? [{ id, madeAt: Number.parseInt(value, 36) || 0 }] : []
  })
  return found
    .toSorted((a, b) => b.madeAt - a.madeAt)
    .slice(requestsPerBrowser - 1)
    .map(({ id }) => setCookie(requestCookie(id), '', { maxAgeSeconds: 0 }))
}
