import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { openSession } from '@/lib/identity/new-session'
import { findProvider } from '@/lib/identity/providers'
import { findPatient } from '@/lib/identity/session'
import { findUpstreamSignOut } from '@/lib/identity/upstream-sign-out'
import { epochSeconds, now } from '@/lib/time/clock'
import { startBroker, type TestBroker } from '@/test/broker'
import { openSignInBrowser, startTestProvider, type TestProvider } from '@/test/sign-in-browser'

const event = 'http://schemas.openid.net/event/backchannel-logout'

let broker: TestBroker
let demo: TestProvider
/** A provider that signs whatever a test wants. */
let strange: Server
let issuer: string
let key: CryptoKey
let otherKey: CryptoKey

beforeAll(async () => {
  broker = await startBroker()
  demo = await startTestProvider(broker.url)
  const pair = await generateKeyPair('RS256', { extractable: true })
  key = pair.privateKey
  otherKey = (await generateKeyPair('RS256')).privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }
  strange = createServer((request, response) => {
    const document = request.url?.endsWith('/jwks')
      ? { keys: [jwk] }
      : {
          issuer,
          authorization_endpoint: `${issuer}/a`,
          token_endpoint: `${issuer}/t`,
          jwks_uri: `${issuer}/jwks`,
        }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document))
  })
  await new Promise<void>((resolve) => strange.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(strange.address() as AddressInfo).port}`
  const [first] = demo.providers
  if (!first) throw new Error('no provider')
  const { demoClientSecret: _, clientSecretEnv: __, preset: ___, ...entry } = first
  const own = { ...entry, id: 'strange', issuer, clientSecret: undefined }
  const known = demo.providers.map(({ demoClientSecret, clientSecretEnv: _s, preset: _p, ...provider }) => ({
    ...provider,
    issuer: provider.issuer ?? '',
    clientSecret: demoClientSecret,
  }))
  setConfig({ ...config(), providers: [...known, own] })
})
afterAll(async () => {
  strange.close()
  await demo.close()
  await broker.stop()
})

type Claims = Readonly<Record<string, unknown>>

const usual = (): Claims => ({
  iss: issuer,
  aud: 'vestibule',
  iat: epochSeconds(now()),
  jti: crypto.randomUUID(),
  events: { [event]: {} },
})

const signed = (claims: Claims, header: Claims = {}, by = key): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'RS256', kid: 'k', typ: 'logout+jwt', ...header })
    .sign(by)

const post = (token: string | undefined, provider = 'strange', init: RequestInit = {}) =>
  fetch(`${broker.url}/backchannel-logout/${provider}`, {
    method: 'POST',
    body: new URLSearchParams(token === undefined ? {} : { logout_token: token }),
    ...init,
  })

/** Someone who came from the strange provider. @returns their cookie */
async function signIn(subject: string, visit?: string, providerId = 'strange'): Promise<string> {
  const provider = findProvider(providerId)
  if (!provider) throw new Error('no such provider')
  const identity = {
    issuer: provider.issuer,
    subject,
    authTime: now(),
    acr: null,
    amr: [],
    roleClaims: {},
    visit,
  }
  const opened = await openSession(provider, { identity, cookieHeader: null, now: now() })
  if (opened.outcome === 'refused') throw new Error(opened.reason)
  return opened.setCookie.split(';')[0] ?? ''
}

const isIn = async (cookie: string): Promise<boolean> => (await findPatient(cookie, now())) !== undefined

describe('a provider says that somebody signed out there', () => {
  it('[OIDC-logout-back-rp] sub ends every visit of that person, sid one of them, and nobody else', async () => {
    const [one, two, other] = [await signIn('p1', 'v1'), await signIn('p1', 'v2'), await signIn('p2', 'v3')]
    const answer = await post(await signed({ ...usual(), sub: 'p1', sid: 'v1' }))
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect([await isIn(one), await isIn(two), await isIn(other)]).toEqual([false, true, true])
    const third = await signIn('p1')
    expect((await post(await signed({ ...usual(), sub: 'p1' }))).status).toBe(200)
    expect([await isIn(two), await isIn(third), await isIn(other)]).toEqual([false, false, true])
    expect((await post(await signed({ ...usual(), sid: 'v3' }, { typ: 'JWT' }))).status).toBe(200)
    expect(await isIn(other)).toBe(false)
    expect((await post(await signed({ ...usual(), sub: 'nobody' }))).status).toBe(200)
    const why = await db().session.findMany({ where: { issuer }, select: { endedWhy: true } })
    expect(new Set(why.map(({ endedWhy }) => endedWhy))).toEqual(new Set(['ended-by-provider']))
  })

  it('[OIDC-logout-back-rp] only visits that came from this very provider', async () => {
    const elsewhere = await signIn('shared', 'shared-visit', 'sunrise')
    expect((await post(await signed({ ...usual(), sub: 'shared', sid: 'shared-visit' }))).status).toBe(200)
    expect(await isIn(elsewhere)).toBe(true)
    expect((await post(await signed({ ...usual(), sub: 'shared' }), 'sunrise')).status).toBe(400)
    expect(await isIn(elsewhere)).toBe(true)
  })

  it.each<[string, Claims, Claims?]>([
    ['a nonce: it may be an ID token', { nonce: 'n' }],
    ['no events', { events: undefined }],
    ['another event', { events: { 'http://schemas.openid.net/event/other': {} } }],
    ['an event that is no object', { events: { [event]: 'yes' } }],
    ['neither sub nor sid', { sub: undefined }],
    ['another audience', { aud: 'somebody-else' }],
    ['more audiences', { aud: ['vestibule', 'somebody-else'] }],
    ['another issuer', { iss: 'https://somebody-else.example' }],
    ['no iat', { iat: undefined }],
    ['an old iat', { iat: epochSeconds(new Date()) - 3600 }],
    ['an iat to come', { iat: epochSeconds(new Date()) + 3600 }],
    ['no jti', { jti: undefined }],
    ['an end that has passed', { exp: epochSeconds(new Date()) - 600 }],
    ['an access token', {}, { typ: 'at+jwt' }],
    ['an algorithm nobody allowed', {}, { alg: 'PS256' }],
  ])(
    '[OIDC-logout-back-rp] is refused with %s, and nobody is signed out',
    async (_, changes, header = {}) => {
      const cookie = await signIn('refused')
      const claims = Object.fromEntries(
        Object.entries({ ...usual(), sub: 'refused', ...changes }).filter(([, value]) => value !== undefined),
      )
      const by = header['alg'] === 'PS256' ? (await generateKeyPair('PS256')).privateKey : key
      const answer = await post(await signed(claims, header, by))
      expect([answer.status, answer.headers.get('cache-control')]).toEqual([400, 'no-store'])
      expect(await isIn(cookie)).toBe(true)
    },
  )

  it('[OIDC-logout-back-rp] is refused unsigned, signed by another, sent otherwise, or for a provider we do not know', async () => {
    const cookie = await signIn('unsigned')
    const claims = { ...usual(), sub: 'unsigned' }
    for (const token of [
      new UnsecuredJWT({ ...claims }).encode(),
      await signed(claims, {}, otherKey),
      'x',
      undefined,
    ])
      expect((await post(token)).status).toBe(400)
    const body = JSON.stringify({ logout_token: await signed(claims) })
    const headers = { 'content-type': 'application/json' }
    expect((await post(undefined, 'strange', { body, headers })).status).toBe(400)
    expect((await post(await signed(claims), 'unknown')).status).toBe(404)
    expect((await post(undefined, 'strange', { method: 'GET', body: null })).status).toBe(404)
    expect(await isIn(cookie)).toBe(true)
  })

  it('[OIDC-logout-back-rp] of 64 equal tokens one counts, and none counts again for who signed in since', async () => {
    await signIn('raced')
    const token = await signed({ ...usual(), sub: 'raced' })
    const answers = await Promise.all(Array.from({ length: 64 }, () => post(token)))
    expect(answers.filter((answer) => answer.status === 200)).toHaveLength(1)
    const later = await signIn('raced')
    expect((await post(token)).status).toBe(400)
    expect(await isIn(later)).toBe(true)
  })
})

describe('a certified provider (oidc-provider)', () => {
  it('[OIDC-logout-back-rp] signs a person out here when they sign out there, by its own logout token over HTTP', async () => {
    const browser = openSignInBrowser(demo.url)
    await browser.signIn('sunrise', 'maya')
    expect(await isIn(browser.cookieHeader())).toBe(true)
    const provider = config().providers.find(({ id }) => id === 'sunrise')
    const way = await findUpstreamSignOut(provider?.id ?? '', 'our-state')
    const back = await browser.signOutThere(way?.address ?? '')
    expect(back?.href).toBe(`${broker.url}/oauth/logout/back?state=our-state`)
    await expect.poll(() => isIn(browser.cookieHeader())).toBe(false)
  })
})
