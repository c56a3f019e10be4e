import { startIdentityProvider } from '@/demo/identity-provider/server'
import { openTestBrowser, type TestBrowser } from '@/demo/identity-provider/test-browser'
import { config } from '@/lib/config/config'
import { type ConfigFile, fileSchema } from '@/lib/config/file'
import { issueFormToken } from '@/lib/http/form-token'
import { findDeparture, signInEndpoint, signInFormHolder, signInFormPurpose } from '@/lib/identity/sign-in'
import { now } from '@/lib/time/clock'
import { demoConfigFile } from '@/test/test-config'

/** The demo's identity provider in this process, and the configuration entries that name it. */
export type TestProvider = {
  readonly url: string
  readonly issuers: Readonly<Record<string, string>>
  readonly providers: ConfigFile['providers']
  /** Orders a fault: `id-token`, `authorization-response`, `down`, `reset`. */
  control(order: string, body?: unknown): Promise<void>
  close(): Promise<void>
}

/** Starts it on a free port. `brokerUrl` is where it sends browsers back to. */
export async function startTestProvider(brokerUrl: string): Promise<TestProvider> {
  const controlToken = 'control-token-of-this-test'
  const idp = await startIdentityProvider({ port: 0, brokerUrl, controlToken })
  const issuers: Readonly<Record<string, string>> = idp.issuers
  return {
    url: idp.url,
    issuers,
    providers: fileSchema
      .parse(demoConfigFile())
      .providers.map((entry) => ({ ...entry, issuer: issuers[entry.id] })),
    control: async (order, body = {}) => {
      const response = await fetch(`${idp.url}/control/${order}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${controlToken}` },
        body: JSON.stringify(body),
      })
      if (response.status !== 204) throw new Error(`control ${order}: ${response.status}`)
    },
    close: () => idp.close(),
  }
}

/** A browser at the broker's sign-in and at the demo's identity provider. The broker is called in this process. */
export type SignInBrowser = {
  /** The broker's cookies, as a `Cookie` header. */
  cookieHeader(): string
  setCookie(line: string): void
  /** Posts the form of a provider. @returns the answer; its cookies are kept */
  begin(provider: string, form?: Readonly<Record<string, string>>): Promise<Response>
  /** From the answer to `begin` to the address the provider sends the browser back to. */
  choose(begun: Response, person: string, secondStep?: 'approve' | 'skip'): Promise<URL>
  /** Fetches a callback address. @returns the answer; its cookies are kept */
  comeBack(callback: URL | string): Promise<Response>
  /** Signs out at the patients' first provider, from an address of its sign-out. @returns where it sends the browser */
  signOutThere(address: string): Promise<URL | undefined>
  /** The whole way. */
  signIn(provider: string, person: string, secondStep?: 'approve' | 'skip'): Promise<Response>
}

/** Opens a browser without cookies. `idpUrl` is the address of the demo's identity provider. */
export function openSignInBrowser(idpUrl: string): SignInBrowser {
  const jar = new Map<string, string>()
  const atProvider = openTestBrowser(idpUrl)
  const setCookie = (line: string): void => {
    const [pair = '', ...attributes] = line.split('; ')
    const name = pair.slice(0, pair.indexOf('='))
    if (attributes.includes('Max-Age=0')) jar.delete(name)
    else jar.set(name, pair.slice(pair.indexOf('=') + 1))
  }
  const cookieHeader = (): string => [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  const send = async (path: string, init: RequestInit): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('cookie', cookieHeader())
    const response = await signInEndpoint(new Request(new URL(path, config().issuer), { ...init, headers }))
    response.headers.getSetCookie().forEach(setCookie)
    return response
  }
  const browser: SignInBrowser = {
    cookieHeader,
    setCookie,
    begin: (provider, form) => {
      const token = issueFormToken(signInFormPurpose, signInFormHolder, now())
      const body = new URLSearchParams({ form_token: token, ...form })
      return send(`/api/auth/signin/${provider}`, {
        method: 'POST',
        body,
        headers: { origin: config().issuer },
      })
    },
    choose: async (begun, person, secondStep = 'approve') => {
      const name = begun.headers.get('location')?.split('/').at(-1) ?? ''
      const address = findDeparture(name, cookieHeader(), now())?.address
      if (!address) throw new Error(`no way to the provider from ${begun.headers.get('location')}`)
      return passProvider(atProvider, address, { person, secondStep })
    },
    comeBack: (callback) => {
      const { pathname, search } = new URL(callback)
      return send(`${pathname}${search}`, { method: 'GET' })
    },
    signOutThere: async (address) => {
      const { html } = await atProvider.visit(address)
      const xsrf = /name="xsrf" value="([^"]+)"/.exec(html)?.[1]
      if (!xsrf) throw new Error('the provider does not ask')
      return (await atProvider.visit('/session/end/confirm', { xsrf, logout: 'yes' })).left
    },
    signIn: async (provider, person, secondStep) =>
      browser.comeBack(await browser.choose(await browser.begin(provider), person, secondStep)),
  }
  return browser
}

async function passProvider(
  browser: TestBrowser,
  address: string,
  { person, secondStep }: { readonly person: string; readonly secondStep: 'approve' | 'skip' },
): Promise<URL> {
  const page = await browser.visit(address)
  const chosen = page.left ? page : await browser.visit(actionOf(page.html, 'choose'), { person })
  const done = chosen.left ? chosen : await browser.visit(actionOf(chosen.html, secondStep), {})
  if (!done.left) throw new Error(`stayed at ${done.url} with ${done.status}`)
  return done.left
}

function actionOf(html: string, step: string): string {
  const action = new RegExp(`action="([^"]*/${step})"`).exec(html)?.[1]
  if (!action) throw new Error(`no form leads to ${step}`)
  return action
}
