const loopback = /^http:\/\/(127\.0\.0\.1|\[::1\])(?::(\d{1,5}))?(\/[^?#]*)?(\?[^#]*)?$/

/**
 * Whether a redirect URI is one of those registered: character by character (RFC 9700 §2.1), except that the port of a
 * loopback IP address may differ, because a native app takes a free one (RFC 8252 §7.3). `localhost` is a name, not
 * an address, and gets no such freedom.
 */
export function isRegisteredRedirect(uri: string, registered: readonly string[]): boolean {
  if (registered.includes(uri)) return true
  const [asked, port] = withoutLoopbackPort(uri) ?? []
  if (asked === undefined || (port !== undefined && Number(port) > 65_535)) return false
  return registered.some((one) => withoutLoopbackPort(one)?.[0] === asked)
}

function withoutLoopbackPort(uri: string): readonly [string, string | undefined] | undefined {
  const found = loopback.exec(uri)
  if (!found) return undefined
  const [, host, port, path = '', query = ''] = found
  return [`${host}${path}${query}`, port]
}

/** A redirect URI with the parameters of an answer added; what its query held stays (RFC 6749 §3.1.2). */
export function answerUri(
  redirectUri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const pairs = Object.entries(parameters)
    .filter((entry): entry is [string, string] => entry[1] !== undefined)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
  if (pairs.length === 0) return redirectUri
  const separator = !redirectUri.includes('?') ? '?' : /[?&]$/.test(redirectUri) ? '' : '&'
  return `${redirectUri}${separator}${pairs.join('&')}`
}
