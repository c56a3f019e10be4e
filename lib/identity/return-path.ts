/** A path is at most so long: it travels in a cookie. */
const maxLength = 512

/**
 * The path of ours that a sign-in returns to, or `otherwise`. Only a path on this origin passes (no scheme, host,
 * backslash, control character): the sign-in page is no open redirector (RFC 9700 §4.11).
 */
export function safeReturnPath(given: unknown, otherwise: string): string {
  if (typeof given !== 'string' || given.length > maxLength) return otherwise
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(given)) return otherwise
  const base = 'http://origin.invalid'
  const url = URL.canParse(given, base) ? new URL(given, base) : undefined
  if (!url || url.origin !== base || url.pathname.startsWith('//')) return otherwise
  if (url.pathname.startsWith('/api/') || url.pathname.startsWith('/sign-out')) return otherwise
  return `${url.pathname}${url.search}`
}
