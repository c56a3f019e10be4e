import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { endGrant } from '@/lib/grants/grants'
import { endLink } from '@/lib/linking/change-link'
import { liftStop, setStop } from '@/lib/stops/stops'
import { now } from '@/lib/time/clock'
import { createDpopClient } from '@/test/dpop-client'
import { person } from '@/test/linking-world'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

const actor = { kind: 'system', id: 'test' } as const
type Tokens = { access_token: string; id_token: string; refresh_token: string }

const tokens = async (changes: Readonly<Record<string, string>> = {}, key = 'maya'): Promise<Tokens> =>
  (await (await world.exchange(await world.allow(await world.visitor(key), changes))).json()) as Tokens

const ask = (init: RequestInit = {}, query = '') => fetch(`${world.url}/oauth/userinfo${query}`, init)
const withToken = (token: string, more: RequestInit = {}, scheme = 'Bearer') =>
  ask({ ...more, headers: { authorization: `${scheme} ${token}`, ...more.headers } })
const grantOf = (token: Tokens) =>
  db().accessToken.findUniqueOrThrow({
    where: {
      jti: JSON.parse(Buffer.from(token.access_token.split('.')[1] ?? '', 'base64url').toString()).jti,
    },
    include: { grant: true },
  })

describe('userinfo', () => {
  it('[I4][OIDC-5.3] says by GET and POST who the person is, as the ID token does, and no name or e-mail', async () => {
    const given = await tokens()
    const claims = JSON.parse(Buffer.from(given.id_token.split('.')[1] ?? '', 'base64url').toString())
    const wanted = { sub: claims.sub, fhirUser: `${world.audience}/Patient/${person('maya').patientId}` }
    const form = new URLSearchParams({ access_token: given.access_token })
    for (const answer of [
      await withToken(given.access_token),
      await withToken(given.access_token, { method: 'POST' }),
      await withToken(given.access_token, {}, 'bEaReR'),
      await ask({ method: 'POST', body: form }),
    ]) {
      expect(answer.status).toBe(200)
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(await answer.json()).toEqual(wanted)
    }
    const without = await tokens({ scope: 'openid launch/patient patient/Patient.rs' })
    expect(Object.keys(await (await withToken(without.access_token)).json())).toEqual(['sub'])
  })

  it('[OIDC-5.3][6750] without openid it is 403 insufficient_scope, with the scope that is missing', async () => {
    const answer = await withToken(
      (await tokens({ scope: 'launch/patient patient/Patient.rs' })).access_token,
    )
    expect(answer.status).toBe(403)
    expect(answer.headers.get('www-authenticate')).toMatch(
      /^Bearer error="insufficient_scope".*scope="openid"/,
    )
  })

  it('[6750] no token is told no error; a bad one 401, two ways or the address 400, other methods 405', async () => {
    const given = await tokens()
    const none = await ask()
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringMatching(/^Bearer, DPoP algs=/),
    ])
    expect(await none.json()).toEqual({})
    for (const bad of ['x', given.id_token, `${given.access_token}x`]) {
      const answer = await withToken(bad)
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
      expect(await answer.text()).not.toContain(bad.slice(0, 40).padEnd(5, '?'))
    }
    const form = new URLSearchParams({ access_token: given.access_token })
    expect((await withToken(given.access_token, { method: 'POST', body: form })).status).toBe(400)
    expect((await ask({}, `?access_token=${given.access_token}`)).status).toBe(400)
    expect((await ask({ headers: { authorization: 'Bearer' } })).status).toBe(400)
    expect((await ask({ headers: { authorization: 'Basic eDp5' } })).status).toBe(401)
    expect((await withToken(given.access_token, { method: 'DELETE' })).status).toBe(405)
    form.append('access_token', 'again')
    expect((await ask({ method: 'POST', body: form })).status).toBe(400)
  })

  it('what ended ends here with the next request: token, family, grant, link, app, account', async () => {
    const ends: readonly ((given: Tokens) => Promise<unknown>)[] = [
      (given) => world.post('/oauth/revoke', { token: given.access_token, client_id: 'test-app' }),
      (given) => world.post('/oauth/revoke', { token: given.refresh_token, client_id: 'test-app' }),
      async (given) => {
        const { familyId } = await grantOf(given)
        return db().refreshFamily.update({ where: { id: familyId ?? '' }, data: { endedAt: now() } })
      },
      async (given) => {
        const { grantId } = await grantOf(given)
        return db().$transaction((tx) => endGrant(tx, grantId ?? '', { why: 'person', actor, now: now() }))
      },
      async (given) => {
        const { grant } = await grantOf(given)
        return db().$transaction((tx) =>
          endLink(tx, grant?.linkId ?? '', { why: 'staff', actor, now: now() }),
        )
      },
      async (given) => {
        const { accountId } = await grantOf(given)
        return db().account.update({ where: { id: accountId ?? '' }, data: { endedAt: now() } })
      },
    ]
    for (const end of ends) {
      const given = await tokens()
      expect((await withToken(given.access_token)).status).toBe(200)
      await end(given)
      expect((await withToken(given.access_token)).status).toBe(401)
    }
    const given = await tokens()
    await setStop('app', 'test-app', { reason: 'test', actor })
    const paused = await withToken(given.access_token)
    expect([paused.status, paused.headers.get('retry-after')]).toEqual([503, '10'])
    await liftStop('app', 'test-app', actor)
    await db().app.update({ where: { id: 'test-app' }, data: { removedAt: now() } })
    expect((await withToken(given.access_token)).status).toBe(401)
    await db().app.update({ where: { id: 'test-app' }, data: { removedAt: null } })
  })

  it('[9449-7.1] a bound token needs its key for this request, and a bearer token is no bound one', async () => {
    const [client, thief] = await Promise.all([createDpopClient(), createDpopClient()])
    const landing = await world.allow(await world.visitor('maya'))
    const proof = await client.prove({ htu: `${world.url}/oauth/token` })
    const body = {
      grant_type: 'authorization_code',
      code: landing.code,
      redirect_uri: landing.redirectUri,
      code_verifier: landing.verifier,
      client_id: 'test-app',
    }
    const given = (await (await world.post('/oauth/token', body, { dpop: proof })).json()) as Tokens
    const accessToken = given.access_token
    const htu = `${world.url}/oauth/userinfo`
    const send = async (dpop: string | undefined, scheme = 'DPoP') =>
      (await withToken(accessToken, dpop === undefined ? {} : { headers: { dpop } }, scheme)).status
    expect(await send(await client.prove({ htm: 'GET', htu, accessToken }))).toBe(200)
    expect(await send(undefined)).toBe(401)
    expect(await send(undefined, 'Bearer')).toBe(401)
    expect(await send(await thief.prove({ htm: 'GET', htu, accessToken }))).toBe(401)
    expect(await send(await client.prove({ htm: 'POST', htu, accessToken }))).toBe(401)
    expect(await send(await client.prove({ htm: 'GET', htu: `${world.url}/oauth/token`, accessToken }))).toBe(
      401,
    )
    expect(await send(await client.prove({ htm: 'GET', htu }))).toBe(401)
    const bearer = (await tokens()).access_token
    const mixed = await client.prove({ htm: 'GET', htu, accessToken: bearer })
    expect((await withToken(bearer, { headers: { dpop: mixed } }, 'DPoP')).status).toBe(401)
  })

  it('[O2][9700-2.6] browsers of registered origins may call it, others not, and never with cookies', async () => {
    const given = await tokens()
    const preflight = (origin: string) =>
      ask({ method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'GET' } })
    const allowed = await preflight('https://app.example')
    expect(allowed.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization')
    expect(allowed.headers.get('access-control-allow-credentials')).toBeNull()
    for (const origin of ['https://evil.example', 'null'])
      expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull()
    const call = (origin: string) => withToken(given.access_token, { headers: { origin } })
    expect((await call('https://app.example')).headers.get('access-control-allow-origin')).toBe(
      'https://app.example',
    )
    expect((await call('https://other.example')).headers.get('access-control-allow-origin')).toBeNull()
  })
})
