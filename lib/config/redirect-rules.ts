/** What is wrong with a redirect URI that someone wants to register. */
export type RedirectProblem =
  | 'not an absolute URL'
  | 'no fragment allowed'
  | 'no user information allowed'
  | 'no wildcards'
  | 'http is allowed on loopback only'
  | 'a private scheme needs a dot (RFC 8252 §7.1)'

/**
 * What keeps a redirect URI from being registered: it must be complete and lead to one app only (RFC 6749 §3.1.2,
 * RFC 8252 §7, RFC 9700 §2.1). https; http on this machine, where a native app listens; or a private-use scheme that
 * is a domain name turned round, which no scheme that browsers run or read is (`javascript:`, `data:`). The same for
 * the configuration and for apps that register themselves.
 */
export function findRedirectProblem(uri: string): RedirectProblem | undefined {
  if (!URL.canParse(uri) || !/^[\x21-\x7e]+$/.test(uri) || uri.includes('\\')) return 'not an absolute URL'
  const url = new URL(uri)
  if (uri.includes('#')) return 'no fragment allowed'
  if (url.username !== '' || url.password !== '' || /^[a-z]+:\/\/[^/?]*@/i.test(uri))
    return 'no user information allowed'
  if (uri.includes('*')) return 'no wildcards'
  if (url.protocol === 'http:')
    return isLoopbackHost(url.hostname) ? undefined : 'http is allowed on loopback only'
  if (url.protocol === 'https:') return undefined
  return url.protocol.includes('.') ? undefined : 'a private scheme needs a dot (RFC 8252 §7.1)'
}

/** Whether a host is this machine: localhost, 127.0.0.0/8 or ::1. */
export function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}
