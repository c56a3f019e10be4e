import { decodeJwt, decodeProtectedHeader, importJWK, type JWTPayload, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateSecret } from '@/lib/apps/secrets'
import { db } from '@/lib/db/database'
import { describeAccount } from '@/lib/journeys/describe-account'
import { endOwnSignIn } from '@/lib/journeys/end-own-grant'
import { publicJwks } from '@/lib/keys/keys'
import { subjectFor } from '@/lib/smart/subject'
import { liftStop, setStop } from '@/lib/stops/stops'
import { now } from '@/lib/time/clock'
import {
  allowSignIn,
  openidApps,
  signInForm,
  signInRequest,
  strangerTo,
  viewSignIn,
} from '@/test/openid-world'
import { type Landing, requestIdOf, type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld({ apps: openidApps() })
})
afterAll(() => world.stop())

type Tokens = {
  access_token: string
  id_token: string
  refresh_token?: string
  patient?: string
  scope: string
  token_type: string
  error?: string
}

const exchange = (landing: Landing, clientId = 'login-app') =>
  world.exchange(landing, { client_id: clientId })
const tokensOf = async (landing: Landing, clientId?: string): Promise<Tokens> => {
  const answer = await exchange(landing, clientId)
  expect(answer.status).toBe(200)
  return answer.json() as Promise<Tokens>
}
const errorOf = (response: Response): string | null =>
  new URL(response.headers.get('location') ?? '').searchParams.get('error')

async function verified(idToken: string, clientId: string): Promise<JWTPayload> {
  const { kid, alg } = decodeProtectedHeader(idToken)
  const jwk = (await publicJwks()).keys.find((key) => key.kid === kid)
  if (!jwk) throw new Error('the key is not published')
  return (await jwtVerify(idToken, await importJWK(jwk, alg), { issuer: world.url, audience: clientId }))
    .payload
}

describe('signing in at an app, without any chart', () => {
  it('[X5] a person without a chart signs in without aud, and the app gets an ID token and nothing to read', async () => {
    const visitor = await strangerTo(world)
    const tokens = await tokensOf(await allowSignIn(world, visitor, signInRequest('login-app')))
    expect(Object.keys(tokens).sort()).toEqual([
      'access_token',
      'expires_in',
      'id_token',
      'scope',
      'token_type',
    ])
    expect(tokens.scope).toBe('openid')
    const claims = await verified(tokens.id_token, 'login-app')
    expect(claims['nonce']).toBe('n'.repeat(70))
    expect(claims.sub).toBe(visitor.session.accountId)
    expect(claims['auth_time']).toBe(Math.floor(visitor.session.authTime.getTime() / 1000))
    expect(Object.keys(claims).sort()).toEqual(
      ['acr', 'at_hash', 'aud', 'auth_time', 'exp', 'iat', 'iss', 'nonce', 'sid', 'sub'].sort(),
    )
    const audit = await db().auditEvent.findMany({ where: { accountId: visitor.session.accountId } })
    expect(audit.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['sign-in-grant.allowed', 'sign-in-code.exchanged']),
    )
  })

  it('[X5] scopes that name a chart need aud; without one, nothing of a chart is granted by the way', async () => {
    for (const scope of ['openid patient/Patient.rs', 'openid launch/patient', 'openid launch'])
      expect(
        errorOf(await world.begin(undefined, world.parameters(signInRequest('login-app', { scope })).query)),
      ).toBe('invalid_request')
    const visitor = await strangerTo(world)
    const asked = signInRequest('login-app', { scope: 'openid fhirUser offline_access profile' })
    const tokens = await tokensOf(await allowSignIn(world, visitor, asked))
    expect(tokens.scope).toBe('openid')
    expect(tokens.refresh_token).toBeUndefined()
    const only = signInRequest('login-app', { scope: 'offline_access' })
    expect(errorOf(await world.begin(undefined, world.parameters(only).query))).toBe('invalid_scope')
  })

  it('[9068] its access token is for userinfo alone: the gateway and every other endpoint refuse it', async () => {
    const visitor = await world.visitor('maya')
    const tokens = await tokensOf(await allowSignIn(world, visitor, signInRequest('login-app')))
    expect(decodeJwt(tokens.access_token).aud).toBe(`${world.url}/oauth/userinfo`)
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect((await fetch(`${world.audience}/Patient`, { headers })).status).toBe(401)
    const order = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: '{}' }
    expect((await fetch(`${world.url}/activation-codes`, order)).status).toBe(401)
    expect((await fetch(`${world.url}/oauth/userinfo`, { headers })).status).toBe(200)
  })

  it('a no is a no, the page counts only as it was shown, and a form of another page counts for nothing', async () => {
    const visitor = await strangerTo(world)
    const start = async () =>
      requestIdOf(await world.begin(visitor, world.parameters(signInRequest('login-app')).query))
    const declined = await start()
    await world.decide(visitor, declined, signInForm(await viewSignIn(visitor, declined), 'decline'))
    expect((await world.leave(visitor, declined)).searchParams.get('error')).toBe('access_denied')
    const changed = await start()
    const view = await viewSignIn(visitor, changed)
    for (const form of [
      { ...signInForm(view), shown: 'another' },
      { ...signInForm(view), form_token: 'another' },
      { ...signInForm(view), language: 'xx' },
      { ...signInForm(view), form_token: (await viewSignIn(visitor, await start())).formToken },
    ])
      expect((await world.decide(visitor, changed, form)).headers.get('location')).toBe(
        `/authorize/${changed}?again=form-expired`,
      )
    expect(await db().signInGrant.count({ where: { accountId: visitor.session.accountId } })).toBe(0)
  })

  it('[6749-4.1.2] of 64 redemptions at once exactly one wins, and what it gave ends with the others', async () => {
    const visitor = await strangerTo(world)
    const landing = await allowSignIn(world, visitor, signInRequest('login-app'))
    const answers = await Promise.all(Array.from({ length: 64 }, () => exchange(landing)))
    const [good, ...more] = answers.filter((answer) => answer.status === 200)
    expect(more).toEqual([])
    const tokens = (await good?.json()) as Tokens
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect((await fetch(`${world.url}/oauth/userinfo`, { headers })).status).toBe(401)
    const where = { accountId: visitor.session.accountId, name: 'sign-in-code.replayed' }
    expect(await db().auditEvent.count({ where })).toBe(1)
  })

  it('[6749-4.1.3] a stranger with the code neither uses nor burns it', async () => {
    const landing = await allowSignIn(world, await strangerTo(world), signInRequest('login-app'))
    for (const changes of [
      { client_id: 'paired-app' },
      { redirect_uri: 'https://paired.example/cb' },
      { code_verifier: undefined },
      { code_verifier: 'x'.repeat(43) },
    ]) {
      const answer = await world.exchange(landing, { client_id: 'login-app', ...changes })
      expect([answer.status, ((await answer.json()) as Tokens).error]).toEqual([400, 'invalid_grant'])
    }
    await tokensOf(landing)
  })

  it('the person sees the app on their own page and ends it: dead at once, and for nobody else', async () => {
    const visitor = await strangerTo(world)
    const { accountId } = visitor.session
    const landing = await allowSignIn(world, visitor, signInRequest('login-app'))
    const tokens = await tokensOf(landing)
    await tokensOf(await allowSignIn(world, visitor, signInRequest('login-app')))
    const [own, ...others] = (await describeAccount(accountId, now())).appSignIns
    expect([own?.name, others]).toEqual(['Login App', []])
    const waiting = await allowSignIn(world, visitor, signInRequest('login-app'))
    expect(await endOwnSignIn((await strangerTo(world)).session.accountId, own?.id ?? '', now())).toBe(
      'not-found',
    )
    expect(await endOwnSignIn(accountId, own?.id ?? '', now())).toBe('ended')
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect((await fetch(`${world.url}/oauth/userinfo`, { headers })).status).toBe(401)
    expect((await exchange(waiting)).status).toBe(400)
    expect((await describeAccount(accountId, now())).appSignIns).toEqual([])
  })
})

describe('a sign-in token asked about and given back', () => {
  const signIn = async () => {
    const visitor = await strangerTo(world)
    const actor = { actor: { kind: 'system', id: 'test' }, origin: 'command', now: now() } as const
    const secret = await db().$transaction((tx) => rotateSecret(tx, 'secret-app', actor))
    const authorization = `Basic ${Buffer.from(`secret-app:${secret}`).toString('base64')}`
    const landing = await allowSignIn(world, visitor, signInRequest('secret-app'))
    const { code, redirectUri, verifier } = landing
    const form = {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }
    const token = (await (await world.post('/oauth/token', form, { authorization })).json()) as Tokens
    const ask = async (path: string) => world.post(path, { token: token.access_token }, { authorization })
    const introspect = async () => (await (await ask('/oauth/introspect')).json()) as Record<string, unknown>
    return { visitor, token, ask, introspect }
  }

  it('[N4][N6] introspection knows it while it stands, and says nothing of it once the person took it back', async () => {
    const { visitor, introspect } = await signIn()
    const { accountId } = visitor.session
    expect(await introspect()).toMatchObject({
      active: true,
      sub: accountId,
      iss: world.url,
      scope: 'openid',
    })
    const [own] = (await describeAccount(accountId, now())).appSignIns
    await endOwnSignIn(accountId, own?.id ?? '', now())
    expect(await introspect()).toEqual({ active: false })
  })

  it('[7009-2.2] given back, it opens nothing', async () => {
    const { token, ask, introspect } = await signIn()
    expect((await ask('/oauth/revoke')).status).toBe(200)
    expect(await introspect()).toEqual({ active: false })
    const headers = { authorization: `Bearer ${token.access_token}` }
    expect((await fetch(`${world.url}/oauth/userinfo`, { headers })).status).toBe(401)
  })
})

describe('sub', () => {
  const subjectOf = async (visitor: Visitor, app: string): Promise<string> => {
    const tokens = await tokensOf(await allowSignIn(world, visitor, signInRequest(app)), app)
    const claims = await verified(tokens.id_token, app)
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    const info = (await (await fetch(`${world.url}/oauth/userinfo`, { headers })).json()) as { sub: string }
    expect(info.sub).toBe(claims.sub)
    expect(decodeJwt(tokens.access_token).sub).toBe(claims.sub)
    return claims.sub ?? ''
  }

  it('[OIDC-8] pairwise: one app always knows a person by one name, another app by another, and neither is the account', async () => {
    const visitor = await strangerTo(world, 'the-same-person')
    const first = await subjectOf(visitor, 'paired-app')
    expect(await subjectOf(await strangerTo(world, 'the-same-person'), 'paired-app')).toBe(first)
    expect(await subjectOf(visitor, 'login-app')).toBe(visitor.session.accountId)
    expect(first).not.toBe(visitor.session.accountId)
    expect(await subjectOf(await strangerTo(world), 'paired-app')).not.toBe(first)
    expect(first).toMatch(/^[\x21-\x7e]{1,255}$/)
    const another = { id: 'another-app', subjectType: 'pairwise' } as const
    expect(await subjectFor(another, visitor.session.accountId)).not.toBe(first)
  })

  it('[OIDC-8] pairwise in the tokens of a chart too, and the gateway still knows whose they are', async () => {
    const visitor = await world.visitor('maya')
    const request = { client_id: 'paired-app', redirect_uri: 'https://paired.example/cb' }
    const scope = 'openid fhirUser launch/patient offline_access patient/Patient.rs'
    const landing = await world.allow(visitor, { ...request, scope })
    const tokens = await tokensOf(landing, 'paired-app')
    const { sub } = decodeJwt(tokens.access_token)
    expect(sub).toBe(decodeJwt(tokens.id_token).sub)
    expect(sub).not.toBe(visitor.session.accountId)
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect((await fetch(`${world.audience}/Patient`, { headers })).status).toBe(200)
    const renewed = (await (
      await world.refresh(tokens.refresh_token ?? '', { client_id: 'paired-app' })
    ).json()) as Tokens
    expect(decodeJwt(renewed.id_token).sub).toBe(sub)
    expect(await world.accessLog()).not.toContain(sub)
  })

  it('[X3] an ID token is signed as the app registered: RS256 unless it asked otherwise', async () => {
    const visitor = await strangerTo(world)
    const alg = async (app: string) =>
      decodeProtectedHeader(
        (await tokensOf(await allowSignIn(world, visitor, signInRequest(app)), app)).id_token,
      )
    expect(await alg('login-app')).toMatchObject({ alg: 'RS256', typ: 'JWT' })
    expect(await alg('paired-app')).toMatchObject({ alg: 'ES256', typ: 'JWT' })
  })

  it('[OIDC-12.2] a refresh gives the same sub, aud, sid and auth_time, a new iat and no nonce', async () => {
    const tokens = (await (
      await world.exchange(await world.allow(await world.visitor('maya')))
    ).json()) as Tokens
    const before = decodeJwt(tokens.id_token)
    const renewed = (await (await world.refresh(tokens.refresh_token ?? '')).json()) as Tokens
    const after = decodeJwt(renewed.id_token)
    for (const name of ['iss', 'sub', 'aud', 'sid', 'auth_time', 'fhirUser'])
      expect(after[name]).toEqual(before[name])
    expect(before['nonce']).toBe('n'.repeat(70))
    expect(after['nonce']).toBeUndefined()
    expect(before['sid']).not.toContain((await db().session.findFirstOrThrow({ where: {} })).id)
  })
})

describe('what an OpenID client may leave out', () => {
  const ask = (changes: Readonly<Record<string, string | undefined>>, app = 'login-app') =>
    world.begin(undefined, world.parameters(signInRequest(app, changes)).query)

  it('[X6] state: an oidc client may omit it and gets none back; a smart client may not', async () => {
    const landing = await allowSignIn(
      world,
      await strangerTo(world),
      signInRequest('login-app', { state: undefined }),
    )
    expect([...landing.parameters.keys()].sort()).toEqual(['code', 'iss'])
    const refused = new URL((await ask({ state: undefined, prompt: 'none' })).headers.get('location') ?? '')
    expect([refused.searchParams.has('state'), refused.searchParams.get('error')]).toEqual([
      false,
      'login_required',
    ])
    const smart = world.parameters({ state: undefined }).query
    expect(errorOf(await world.begin(undefined, smart))).toBe('invalid_request')
  })

  it('[X4] PKCE: a confidential oidc client may rely on its nonce; a public one never, and none on nothing', async () => {
    const bare = { code_challenge: undefined, code_challenge_method: undefined }
    requestIdOf(await ask(bare, 'secret-app'))
    expect(errorOf(await ask({ ...bare, nonce: undefined }, 'secret-app'))).toBe('invalid_request')
    expect(errorOf(await ask({ code_challenge: undefined }, 'secret-app'))).toBe('invalid_request')
    expect(errorOf(await ask({ code_challenge_method: undefined }, 'secret-app'))).toBe('invalid_request')
    expect(errorOf(await ask({ code_challenge: 'short' }, 'secret-app'))).toBe('invalid_request')
    expect(errorOf(await ask(bare, 'login-app'))).toBe('invalid_request')
    expect(errorOf(await world.begin(undefined, world.parameters(bare).query))).toBe('invalid_request')
  })

  it('[9700-2.1.1] a code without a challenge takes no verifier, and one with a challenge takes no other', async () => {
    const actor = { actor: { kind: 'system', id: 'test' }, origin: 'command', now: now() } as const
    const secret = await db().$transaction((tx) => rotateSecret(tx, 'secret-app', actor))
    const authorization = `Basic ${Buffer.from(`secret-app:${secret}`).toString('base64')}`
    const redeem = (landing: Landing, more: Readonly<Record<string, string>>) => {
      const { code, redirectUri } = landing
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more }
      return world.post('/oauth/token', form, { authorization })
    }
    const visitor = await strangerTo(world)
    const bare = { code_challenge: undefined, code_challenge_method: undefined }
    const plain = await allowSignIn(world, visitor, signInRequest('secret-app', bare))
    expect((await redeem(plain, { code_verifier: plain.verifier })).status).toBe(400)
    const answer = await redeem(plain, {})
    expect(answer.status).toBe(200)
    const { id_token: idToken } = (await answer.json()) as Tokens
    expect((await verified(idToken, 'secret-app'))['nonce']).toBe('n'.repeat(70))
    const challenged = await allowSignIn(world, visitor, signInRequest('secret-app'))
    expect((await redeem(challenged, {})).status).toBe(400)
    expect((await redeem(challenged, { code_verifier: challenged.verifier })).status).toBe(200)
  })

  it('[OIDC-5.5] claims is refused by name, well formed or not', async () => {
    for (const claims of ['{"id_token":{"auth_time":{"essential":true}}}', '{', '[]'])
      expect(errorOf(await ask({ claims }))).toBe('invalid_request')
  })

  it('[OIDC-3.1.2.1] ui_locales chooses the language of the pages, unless the person did', async () => {
    const cookiesOf = async (locales: string, cookie = '') => {
      const { query } = world.parameters(signInRequest('login-app', { ui_locales: locales }))
      const answer = await fetch(`${world.url}/oauth/authorize?${query}`, {
        redirect: 'manual',
        headers: { cookie },
      })
      return answer.headers.getSetCookie().filter((line) => line.includes('language='))
    }
    expect((await cookiesOf('fr es-MX en'))[0]).toContain('language=es;')
    expect(await cookiesOf('fr')).toEqual([])
    expect(await cookiesOf('es', 'vestibule.language=en')).toEqual([])
  })
})

describe('an answer without a page', () => {
  const silent = (visitor: Visitor | undefined, request: Readonly<Record<string, string | undefined>>) =>
    world.begin(visitor, world.parameters({ ...request, prompt: 'none' }).query)
  const codeOf = (response: Response): string | null =>
    new URL(response.headers.get('location') ?? '').searchParams.get('code')

  it('[OIDC-3.1.2.6] prompt=none: a person who let the app know them once is signed in again without a page', async () => {
    const visitor = await strangerTo(world)
    expect(errorOf(await silent(undefined, signInRequest('login-app')))).toBe('login_required')
    expect(errorOf(await silent(visitor, signInRequest('login-app')))).toBe('consent_required')
    await tokensOf(await allowSignIn(world, visitor, signInRequest('login-app')))
    const { query, verifier } = world.parameters({ ...signInRequest('login-app'), prompt: 'none' })
    const answer = await world.begin(visitor, query)
    expect(answer.headers.getSetCookie()).toEqual([])
    const parameters = new URL(answer.headers.get('location') ?? '').searchParams
    expect(parameters.get('iss')).toBe(world.url)
    const landing = {
      parameters,
      code: parameters.get('code') ?? '',
      verifier,
      redirectUri: 'https://login.example/cb',
    }
    expect((await verified((await tokensOf(landing)).id_token, 'login-app')).sub).toBe(
      visitor.session.accountId,
    )
    expect(errorOf(await silent(visitor, signInRequest('paired-app')))).toBe('consent_required')
    expect(errorOf(await silent(visitor, signInRequest('login-app', { max_age: '0' })))).toBe(
      'login_required',
    )
    const where = { accountId: visitor.session.accountId, name: 'authorization.answered-silently' }
    expect(await db().auditEvent.count({ where })).toBe(1)
  })

  it.each([
    ['was taken back', { endedAt: new Date(0), endedWhy: 'person' }],
    ['is over', { expiresAt: new Date(0) }],
  ])('[OIDC-3.1.2.6] a yes to being known that %s signs nobody in without a page', async (_, change) => {
    const visitor = await strangerTo(world)
    await tokensOf(await allowSignIn(world, visitor, signInRequest('login-app')))
    expect(codeOf(await silent(visitor, signInRequest('login-app')))).toBeTruthy()
    const { accountId } = visitor.session
    await db().signInGrant.updateMany({ where: { accountId }, data: change })
    expect(errorOf(await silent(visitor, signInRequest('login-app')))).toBe('consent_required')
  })

  it('[OIDC-3.1.2.6] a chart is opened again only by what was allowed for it, never for more and never for longer', async () => {
    const visitor = await world.visitor('maya')
    const scope = 'openid launch/patient patient/Patient.rs'
    expect(errorOf(await silent(visitor, { scope }))).toBe('consent_required')
    const allowed = await world.allow(visitor, { scope })
    expect(codeOf(await silent(visitor, { scope }))).toBeTruthy()
    expect(codeOf(await silent(visitor, { scope: 'launch/patient patient/Patient.r' }))).toBeTruthy()
    expect(errorOf(await silent(visitor, { scope: `${scope} patient/Observation.rs` }))).toBe(
      'consent_required',
    )
    expect(errorOf(await silent(visitor, { scope: `${scope} offline_access` }))).toBe('consent_required')
    expect(errorOf(await silent(await strangerTo(world), { scope }))).toBe('interaction_required')
    await tokensOf(allowed, 'test-app')
    expect((await world.exchange(allowed)).status).toBe(400)
    expect(errorOf(await silent(visitor, { scope }))).toBe('consent_required')
  })

  it('[X10] access while away is never given without a page, though it was allowed before', async () => {
    const visitor = await world.visitor('maya')
    const scope = 'openid launch/patient patient/Patient.rs offline_access'
    await world.allow(visitor, { scope })
    expect(errorOf(await silent(visitor, { scope }))).toBe('consent_required')
    expect(codeOf(await silent(visitor, { scope: 'openid launch/patient patient/Patient.rs' }))).toBeTruthy()
  })

  it('[OIDC-3.1.2.6] with yeses for two charts the person has to say which', async () => {
    const visitor = await world.visitor('ingrid')
    const scope = 'openid launch/patient patient/Patient.rs'
    const links = await db().link.findMany({ where: { accountId: visitor.session.accountId } })
    expect(links).toHaveLength(2)
    for (const link of links) {
      const { appId, accountId, ehrId, patientId } = { ...link, appId: 'test-app' }
      const more = { scopes: scope.split(' '), textVersion: '1', language: 'en', shown: [] }
      const expiresAt = new Date(now().getTime() + 600_000)
      await db().grant.create({
        data: { accountId, linkId: link.id, appId, ehrId, patientId, expiresAt, ...more },
      })
    }
    expect(errorOf(await silent(visitor, { scope }))).toBe('account_selection_required')
  })

  it('a stop of the app is told even so', async () => {
    const visitor = await strangerTo(world)
    await allowSignIn(world, visitor, signInRequest('login-app'))
    await setStop('app', 'login-app', { reason: 'test', actor: { kind: 'system', id: 'test' } })
    expect(errorOf(await silent(visitor, signInRequest('login-app')))).toBe('temporarily_unavailable')
    await liftStop('app', 'login-app', { kind: 'system', id: 'test' })
  })
})

describe('[OIDC-id_token_hint] a hint', () => {
  const hintOf = async (visitor: Visitor, app = 'login-app'): Promise<string> =>
    (await tokensOf(await allowSignIn(world, visitor, signInRequest(app)), app)).id_token
  const ask = (visitor: Visitor | undefined, changes: Readonly<Record<string, string | undefined>>) =>
    world.begin(visitor, world.parameters(signInRequest('login-app', changes)).query)

  it('[OIDC-3.1.2.1] with prompt=none another person than the one named is login_required', async () => {
    const [one, other] = [await strangerTo(world), await strangerTo(world)]
    const hint = await hintOf(one)
    await hintOf(other)
    const named = { id_token_hint: hint, prompt: 'none' }
    expect(errorOf(await ask(other, named))).toBe('login_required')
    expect(errorOf(await ask(one, named))).toBeNull()
  })

  it('[OIDC-3.1.2.1] another person is sent to sign in, and if they sign in again the app is told login_required', async () => {
    const [one, other] = [await strangerTo(world), await strangerTo(world)]
    const id = requestIdOf(await ask(other, { id_token_hint: await hintOf(one) }))
    await expect(viewSignIn(other, id)).rejects.toThrow('no sign-in page but sign-in')
    const again = await strangerTo(world)
    for (const [name, value] of other.cookies) if (!again.cookies.has(name)) again.cookies.set(name, value)
    await expect(viewSignIn(again, id)).rejects.toThrow('no sign-in page but leave')
    expect((await world.leave(again, id)).searchParams.get('error')).toBe('login_required')
  })

  it('[OIDC-3.1.2.1] what is no ID token of ours for this app is refused', async () => {
    const visitor = await strangerTo(world)
    const tokens = await tokensOf(await allowSignIn(world, visitor, signInRequest('login-app')))
    const [head, body] = tokens.id_token.split('.')
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')
    for (const hint of [
      'x',
      tokens.access_token,
      `${head}.${body}.AAAA`,
      `${none}.${body}.`,
      await hintOf(visitor, 'paired-app'),
    ])
      expect(errorOf(await ask(visitor, { id_token_hint: hint }))).toBe('invalid_request')
  })
})
