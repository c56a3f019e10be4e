import { createHash, randomBytes } from 'node:crypto'
import type { NextAuthOptions } from 'next-auth'
import * as nextAuthModule from 'next-auth'
import { publishNextAuthAddress } from '@/lib/config/next-auth-address'
import { currentKey } from '@/lib/crypto/keys'

/** What next-auth answered, read from the response it wrote. */
export type NextAuthAnswer = {
  readonly redirect: string | undefined
  /** The cookies it set, by name; its own names, which never reach a browser. */
  readonly cookies: Readonly<Record<string, string>>
}

/** One call: `signin` begins at a provider, `callback` takes its answer. */
export type NextAuthCall = {
  readonly action: 'signin' | 'callback'
  readonly providerId: string
  readonly query?: Readonly<Record<string, string>>
  readonly cookies?: Readonly<Record<string, string>>
}

/** Its Pages Router form: request and response are objects made here, and nothing of Next is needed. */
type Handler = (request: unknown, response: unknown, options: NextAuthOptions) => Promise<unknown>

/**
 * Calls next-auth 4 with a request made by us: its cookies are kept by us in one sealed cookie for each sign-in, its
 * CSRF pair is made here after our own form token was checked, and of its answer only redirect and cookies are read.
 * No query of a POST, no `_log`, no session of its own ever gets in or out.
 */
export async function callNextAuth(call: NextAuthCall, options: NextAuthOptions): Promise<NextAuthAnswer> {
  publishNextAuthAddress()
  const secret = nextAuthSecret()
  const csrf = call.action === 'signin' ? csrfPair(secret) : undefined
  const written: Written = { headers: new Map() }
  const request = {
    method: call.action === 'signin' ? 'POST' : 'GET',
    query: { ...call.query, nextauth: [call.action, call.providerId] },
    cookies: { ...call.cookies, ...(csrf ? { [csrfCookie]: csrf.cookie } : {}) },
    headers: {},
    body: csrf ? { csrfToken: csrf.token } : undefined,
  }
  await handler()(request, responseInto(written), {
    ...options,
    secret,
    useSecureCookies: false,
    session: { strategy: 'jwt', maxAge: 60 },
    logger: { error: () => undefined, warn: () => undefined, debug: () => undefined },
  })
  const location = written.headers.get('location')
  return { redirect: typeof location === 'string' ? location : undefined, cookies: readCookies(written) }
}

/** Names next-auth gives its cookies of one sign-in: state, PKCE verifier and nonce. */
export const checkCookies = ['next-auth.state', 'next-auth.pkce.code_verifier', 'next-auth.nonce'] as const

const csrfCookie = 'next-auth.csrf-token'

function nextAuthSecret(): string {
  return Buffer.from(currentKey('next-auth').key).toString('base64url')
}

/** next-auth's double-submit pair: `token|sha256(token + secret)`. */
function csrfPair(secret: string): { token: string; cookie: string } {
  const token = randomBytes(32).toString('hex')
  return { token, cookie: `${token}|${createHash('sha256').update(`${token}${secret}`).digest('hex')}` }
}

type Written = { readonly headers: Map<string, string | readonly string[]> }

/** As much of a Next response as next-auth writes to. */
function responseInto(written: Written): Record<string, (...args: never[]) => unknown> {
  const response = {
    status: () => response,
    setHeader: (name: string, value: string | readonly string[]) => {
      written.headers.set(name.toLowerCase(), value)
      return response
    },
    getHeader: (name: string) => written.headers.get(name.toLowerCase()),
    end: () => undefined,
    json: () => undefined,
    send: () => undefined,
  }
  return response
}

function readCookies(written: Written): Record<string, string> {
  const lines = written.headers.get('set-cookie') ?? []
  const cookies: Record<string, string> = {}
  for (const line of typeof lines === 'string' ? [lines] : lines) {
    const pair = line.split(';', 1)[0] ?? ''
    const at = pair.indexOf('=')
    cookies[pair.slice(0, at)] = decodeURIComponent(pair.slice(at + 1))
  }
  return cookies
}

/** A CommonJS package: bundlers give its default export, Node gives its exports. */
function handler(): Handler {
  const given: unknown = nextAuthModule.default
  return (typeof given === 'function' ? given : (given as { default: unknown }).default) as Handler
}
