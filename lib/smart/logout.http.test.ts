import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt, decodeProtectedHeader, importJWK, jwtVerify, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { endSession } from '@/lib/identity/change-session'
import { endOtherSessions } from '@/lib/identity/own-sign-ins'
import { signOut } from '@/lib/identity/sign-out'
import { ensureKeys, publicJwks } from '@/lib/keys/keys'
import { tellLogouts } from '@/lib/smart/logout-notices'
import { addSeconds, now } from '@/lib/time/clock'
import { allowSignIn, openidApps, signInRequest, strangerTo } from '@/test/openid-world'
import { cookieHeader, type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

let world: SmartWorld
let listener: Server
/** What apps were told, and what they answer. */
const told: { readonly path: string; readonly type: string; readonly body: string }[] = []
let status = 200

beforeAll(async () => {
  listener = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += String(chunk)
    })
    request.on('end', () => {
      told.push({ path: request.url ?? '', type: request.headers['content-type'] ?? '', body })
      response.writeHead(status).end()
    })
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const base = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`
  const more = {
    postLogoutRedirectUris: ['https://login.example/bye', 'https://login.example/bye?x=1'],
    backchannelLogoutUri: `${base}/login-app`,
  }
  const [login, ...others] = openidApps(more)
  const paired = others.map((app) =>
    app.id === 'paired-app' ? { ...app, backchannelLogoutUri: `${base}/paired-app` } : app,
  )
  world = await startSmartWorld({ apps: [...(login ? [login] : []), ...paired] })
})
afterAll(async () => {
  listener.close()
  await world.stop()
})
beforeEach(async () => {
  status = 200
  await tellLogouts(now())
  told.length = 0
})

const bye = 'https://login.example/bye'

async function idTokenOf(visitor: Visitor, app = 'login-app'): Promise<string> {
  const landing = await allowSignIn(world, visitor, signInRequest(app))
  const answer = await world.exchange(landing, { client_id: app })
  return ((await answer.json()) as { id_token: string }).id_token
}

const visit = (path: string, visitor?: Visitor, init: RequestInit = {}) =>
  fetch(new URL(path, world.url), {
    redirect: 'manual',
    ...init,
    headers: { ...(visitor ? { cookie: cookieHeader(visitor) } : {}), ...init.headers },
  })

/** The end-session endpoint and, without cookies lost on the way, the page behind it. */
async function leave(
  visitor: Visitor | undefined,
  parameters: Readonly<Record<string, string>>,
): Promise<Response> {
  const first = await visit(`/oauth/logout?${new URLSearchParams(parameters)}`, visitor)
  expect(first.status).toBe(303)
  return visit(first.headers.get('location') ?? '', visitor)
}

const isSignedIn = async ({ session }: Visitor): Promise<boolean> =>
  (await db().session.findUniqueOrThrow({ where: { id: session.id } })).endedAt === null

async function expectAsked(response: Response, visitor: Visitor): Promise<string> {
  expect(response.status).toBe(200)
  const html = await response.text()
  expect(html).toContain('action="/oauth/logout/continue"')
  expect(html).not.toContain('http-equiv="refresh"')
  expect(await isSignedIn(visitor)).toBe(true)
  return html
}

const fieldsOf = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/name="(form_token|r)" value="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  )

describe('signing out from an app', () => {
  it('[OIDC-logout-rp] a proven hint of this visit ends it by GET and by POST, and the browser is back with the state', async () => {
    for (const method of ['GET', 'POST']) {
      const visitor = await strangerTo(world)
      const parameters = new URLSearchParams({
        id_token_hint: await idTokenOf(visitor),
        post_logout_redirect_uri: bye,
        state: 'a b&c',
      })
      const first =
        method === 'GET'
          ? await visit(`/oauth/logout?${parameters}`)
          : await visit('/oauth/logout', undefined, { method, body: parameters })
      expect(first.status).toBe(303)
      const answer = await visit(first.headers.get('location') ?? '', visitor)
      expect(answer.headers.get('location')).toBe(`${bye}?state=a%20b%26c`)
      expect(answer.headers.getSetCookie().join()).toContain('Max-Age=0')
      expect(await isSignedIn(visitor)).toBe(false)
    }
  })

  it('[OIDC-logout-rp] only an exactly registered address is returned to, whatever else is right', async () => {
    for (const to of [
      `${bye}/`,
      `${bye}?`,
      'https://login.example/',
      'https://evil.example/',
      'javascript:alert(1)',
      `${bye}#x`,
    ]) {
      const visitor = await strangerTo(world)
      const answer = await leave(visitor, {
        id_token_hint: await idTokenOf(visitor),
        post_logout_redirect_uri: to,
      })
      expect(await isSignedIn(visitor)).toBe(false)
      const done = await visit(answer.headers.get('location') ?? '', visitor)
      expect(done.status).toBe(200)
      expect(await done.text()).not.toContain('http-equiv="refresh"')
    }
  })

  it('[OIDC-logout-rp] an expired hint still counts; alg none, a foreign signature or another kind of token does not', async () => {
    const visitor = await strangerTo(world)
    const hint = await idTokenOf(visitor)
    const [head = '', body = ''] = hint.split('.')
    const foreign = await new SignJWT(decodeJwt(hint))
      .setProtectedHeader({ ...decodeProtectedHeader(hint), alg: 'HS256' })
      .sign(new Uint8Array(32))
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    for (const bad of [foreign, `${none}.${body}.`, `${head}.${body}.AAAA`, 'x']) {
      const asked = { id_token_hint: bad, client_id: 'login-app', post_logout_redirect_uri: bye }
      const html = await expectAsked(await leave(visitor, asked), visitor)
      const signedOut = await (await leave(undefined, asked)).text()
      expect(`${html}${signedOut}`).not.toContain('login.example')
    }
    const { setClock } = await import('@/lib/time/clock')
    setClock(() => addSeconds(new Date(), 1200))
    const answer = await leave(visitor, { id_token_hint: hint, post_logout_redirect_uri: bye })
    setClock(() => new Date())
    expect(answer.headers.get('location')).toBe(bye)
    expect(await isSignedIn(visitor)).toBe(false)
  })

  it('[OIDC-logout-rp] without a hint, or with one of somebody else or another visit, the person is asked first', async () => {
    const [visitor, other] = [await strangerTo(world, 'same'), await strangerTo(world)]
    await expectAsked(await leave(visitor, {}), visitor)
    await expectAsked(
      await leave(visitor, { client_id: 'login-app', post_logout_redirect_uri: bye }),
      visitor,
    )
    await expectAsked(
      await leave(visitor, { id_token_hint: await idTokenOf(other), post_logout_redirect_uri: bye }),
      visitor,
    )
    const later = await strangerTo(world, 'same')
    await expectAsked(
      await leave(later, { id_token_hint: await idTokenOf(visitor), post_logout_redirect_uri: bye }),
      later,
    )
    const mixed = {
      id_token_hint: await idTokenOf(visitor),
      client_id: 'paired-app',
      post_logout_redirect_uri: bye,
    }
    await expectAsked(await leave(visitor, mixed), visitor)
  })

  it('[OIDC-logout-rp] the yes of our own page signs out and goes back; a forged one does nothing', async () => {
    const visitor = await strangerTo(world)
    const asked = { client_id: 'login-app', post_logout_redirect_uri: bye, state: 's' }
    const fields = fieldsOf(await expectAsked(await leave(visitor, asked), visitor))
    const post = (form: Readonly<Record<string, string>>, headers: Readonly<Record<string, string>> = {}) =>
      visit('/oauth/logout/continue', visitor, { method: 'POST', body: new URLSearchParams(form), headers })
    for (const [form, headers] of [
      [{ ...fields, form_token: '1.x' }, { origin: world.url }],
      [fields, { origin: 'https://evil.example' }],
      [{ form_token: fields['form_token'] ?? '' }, {}],
      [{ ...fields, r: `${fields['r']}x`.slice(4) }, {}],
    ] as const)
      await post(form, headers)
    expect(await isSignedIn(visitor)).toBe(true)
    const yes = await post(fields, { origin: world.url })
    expect(yes.status).toBe(303)
    expect(await isSignedIn(visitor)).toBe(false)
    const page = await (await visit(yes.headers.get('location') ?? '')).text()
    expect(page).toContain(`http-equiv="refresh" content="0;url=${bye}?state=s"`)
  })

  it('who is not signed in is not sent anywhere without a hint, and gets a page that says so', async () => {
    const nobody = await leave(undefined, { client_id: 'login-app', post_logout_redirect_uri: bye })
    expect(nobody.status).toBe(200)
    const page = await nobody.text()
    expect(page).not.toContain('http-equiv="refresh"')
    expect(page).toContain(`href="${bye}"`)
    const visitor = await strangerTo(world)
    const hinted = await leave(undefined, {
      id_token_hint: await idTokenOf(visitor),
      post_logout_redirect_uri: bye,
    })
    expect(hinted.headers.get('location')).toBe(bye)
    expect(await isSignedIn(visitor)).toBe(true)
  })

  it('[6749-3.1] what is malformed is told to the person, in the language asked for, and echoes nothing', async () => {
    for (const query of ['?state=a&state=b', '?state=%zz', `?state=${'x'.repeat(2001)}`])
      expect((await visit(`/oauth/logout${query}`)).status).toBe(400)
    expect((await visit('/oauth/logout', undefined, { method: 'POST', body: '{}' })).status).toBe(400)
    expect((await visit('/oauth/logout', undefined, { method: 'DELETE' })).status).toBe(405)
    for (const path of ['continue', 'done', 'back'])
      for (const query of ['', '?r=canary&state=canary']) {
        const answer = await visit(`/oauth/logout/${path}${query}`)
        expect(answer.status).toBe(400)
        expect(await answer.text()).not.toContain('canary')
      }
    const visitor = await strangerTo(world)
    expect(await (await leave(visitor, { ui_locales: 'es' })).text()).toContain('<html lang="es">')
  })
})

describe('telling apps that a visit ended', () => {
  const tokenOf = (path: string): string =>
    new URLSearchParams(told.find((one) => one.path === path)?.body).get('logout_token') ?? ''

  it('[OIDC-logout-back] each app of the visit gets a logout token, and it names person and visit as its ID token did', async () => {
    const visitor = await strangerTo(world)
    const [login, paired] = [await idTokenOf(visitor), await idTokenOf(visitor, 'paired-app')]
    const begun = Math.floor(Date.now() / 1000)
    await signOut('patient', cookieHeader(visitor), now())
    await Promise.all([tellLogouts(now()), tellLogouts(now()), tellLogouts(now())])
    expect(told.map(({ path }) => path).sort()).toEqual(['/login-app', '/paired-app'])
    expect(told[0]?.type).toBe('application/x-www-form-urlencoded')
    for (const [path, idToken] of [
      ['/login-app', login],
      ['/paired-app', paired],
    ] as const) {
      const token = tokenOf(path)
      const { alg, kid } = decodeProtectedHeader(token)
      expect(decodeProtectedHeader(token).typ).toBe('logout+jwt')
      expect(alg).toBe(decodeProtectedHeader(idToken).alg)
      const jwk = (await publicJwks()).keys.find((key) => key.kid === kid)
      const options = { issuer: world.url, audience: path.slice(1) }
      const { payload } = await jwtVerify(token, await importJWK(jwk ?? {}, alg), options)
      const claims = decodeJwt(idToken)
      expect([payload.sub, payload['sid']]).toEqual([claims.sub, claims['sid']])
      expect(payload['events']).toEqual({ 'http://schemas.openid.net/event/backchannel-logout': {} })
      expect(payload['nonce']).toBeUndefined()
      expect(payload.jti).toBeTruthy()
      expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(120)
      expect(payload.iat).toBeGreaterThanOrEqual(begun)
    }
    expect(decodeJwt(login)['sid']).not.toBe(decodeJwt(paired)['sid'])
    await tellLogouts(now())
    expect(told).toHaveLength(2)
  })

  it('[OIDC-logout-back] whoever ended it: the person elsewhere, staff, or a new sign-in in its place', async () => {
    const ends: readonly ((visitor: Visitor) => Promise<unknown>)[] = [
      (visitor) => endOtherSessions({ ...visitor.session, id: crypto.randomUUID() }, now()),
      (visitor) => db().$transaction((tx) => endSession(tx, visitor.session.id, 'ended-by-staff', now())),
      (visitor) => db().$transaction((tx) => endSession(tx, visitor.session.id, 'replaced', now())),
    ]
    for (const end of ends) {
      told.length = 0
      const visitor = await strangerTo(world)
      await idTokenOf(visitor)
      await end(visitor)
      await tellLogouts(now())
      expect(told.map(({ path }) => path)).toEqual(['/login-app'])
    }
    told.length = 0
    const silent = await strangerTo(world)
    await signOut('patient', cookieHeader(silent), now())
    await tellLogouts(now())
    expect(told).toEqual([])
  })

  it('[OIDC-logout-back] an app that does not answer well is told again later, with a token made anew, and at last given up', async () => {
    const visitor = await strangerTo(world)
    await idTokenOf(visitor)
    await signOut('patient', cookieHeader(visitor), now())
    status = 500
    let at = now()
    await tellLogouts(at)
    await tellLogouts(addSeconds(at, 1))
    expect(told).toHaveLength(1)
    at = addSeconds(at, 3600)
    status = 200
    await tellLogouts(at)
    expect(told).toHaveLength(2)
    const [first, second] = told.map(({ body }) =>
      decodeJwt(new URLSearchParams(body).get('logout_token') ?? ''),
    )
    expect(second?.jti).toBe(first?.jti)
    expect(second?.iat).toBeGreaterThan(first?.iat ?? 0)
    const other = await strangerTo(world)
    await idTokenOf(other)
    await signOut('patient', cookieHeader(other), now())
    status = 302
    for (let turn = 0; turn < 8; turn++) await tellLogouts(addSeconds(now(), turn * 7200))
    const notice = await db().logoutNotice.findFirst({ where: { sessionId: other.session.id } })
    expect([notice?.sentAt, notice?.failedAt instanceof Date]).toEqual([null, true])
    expect(told).toHaveLength(2 + 6)
  })

  it('[9700-2.2.2][OIDC-logout-back] access for the visit ends with it, access while away does not', async () => {
    const both = async (scope: string) => {
      const visitor = await world.visitor('maya')
      const answer = await world.exchange(await world.allow(visitor, { scope }))
      return { visitor, tokens: (await answer.json()) as { refresh_token: string; access_token: string } }
    }
    const online = await both('openid launch/patient patient/Patient.rs online_access')
    const away = await both('openid launch/patient patient/Patient.rs offline_access')
    for (const { visitor } of [online, away]) await signOut('patient', cookieHeader(visitor), now())
    await tellLogouts(now())
    const family = (one: typeof online) =>
      db().refreshFamily.findFirstOrThrow({ where: { sessionId: one.visitor.session.id } })
    expect((await family(online)).endedWhy).toBe('signed-out')
    expect((await family(away)).endedAt).toBeNull()
    const read = (one: typeof online) =>
      fetch(`${world.audience}/Patient`, { headers: { authorization: `Bearer ${one.tokens.access_token}` } })
    expect([(await read(online)).status, (await read(away)).status]).toEqual([401, 200])
    expect((await world.refresh(online.tokens.refresh_token)).status).toBe(400)
    expect((await world.refresh(away.tokens.refresh_token)).status).toBe(200)
  })

  it('discovery says so', async () => {
    await ensureKeys()
    const said = (await (await fetch(`${world.url}/.well-known/openid-configuration`)).json()) as Record<
      string,
      unknown
    >
    expect(said).toMatchObject({
      end_session_endpoint: `${world.url}/oauth/logout`,
      userinfo_endpoint: `${world.url}/oauth/userinfo`,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
      subject_types_supported: ['public', 'pairwise'],
    })
  })
})
