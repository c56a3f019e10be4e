/** A browser without scripts: keeps cookies by path, follows redirects, and stops before it leaves the origin. */
export type TestBrowser = {
  /** Follows redirects within the origin; `left` is the address elsewhere that ended the walk. */
  visit(url: string, form?: Readonly<Record<string, string>>): Promise<Visit>
  readonly cookieNames: () => string[]
}

export type Visit = {
  readonly status: number
  readonly url: string
  readonly html: string
  readonly headers: Headers
  readonly left: URL | undefined
}

export function openTestBrowser(origin: string): TestBrowser {
  const cookies = new Map<string, { name: string; value: string; path: string }>()

  const keep = (setCookie: readonly string[]): void => {
    for (const line of setCookie) {
      const [pair = '', ...attributes] = line.split('; ')
      const name = pair.slice(0, pair.indexOf('='))
      const path = attributes.find((text) => text.toLowerCase().startsWith('path='))?.slice(5) ?? '/'
      const gone = attributes.some((text) => /^expires=thu, 01 jan 1970/i.test(text))
      if (gone) cookies.delete(`${path} ${name}`)
      else cookies.set(`${path} ${name}`, { name, value: pair.slice(pair.indexOf('=') + 1), path })
    }
  }

  const cookieHeader = (path: string): string =>
    [...cookies.values()]
      .filter((cookie) => path === cookie.path || path.startsWith(cookie.path.replace(/\/?$/, '/')))
      .sort((a, b) => b.path.length - a.path.length)
      .map((cookie) => `${cookie.name}=${cookie.value}`)
      .join('; ')

  const visit: TestBrowser['visit'] = async (address, form) => {
    const url = new URL(address, origin)
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: { cookie: cookieHeader(url.pathname) },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    })
    keep(response.headers.getSetCookie())
    const location = response.headers.get('location')
    const seen = { status: response.status, url: url.href, headers: response.headers }
    if (location === null) return { ...seen, html: await response.text(), left: undefined }
    const next = new URL(location, url)
    return next.origin === origin ? visit(next.href) : { ...seen, html: '', left: next }
  }

  return { visit, cookieNames: () => [...cookies.values()].map(({ name }) => name) }
}
