import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateSecret } from '@/lib/apps/secrets'
import { db } from '@/lib/db/database'
import { endGrant } from '@/lib/grants/grants'
import { signJwt } from '@/lib/keys/keys'
import { endLink, suspendLink } from '@/lib/linking/change-link'
import { liftStop, setStop } from '@/lib/stops/stops'
import { now, setClock } from '@/lib/time/clock'
import { addApp } from '@/test/add-app'
import { backendToken, proofOf } from '@/test/backend-client'
import { person } from '@/test/linking-world'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

type Tokens = {
  access_token: string
  refresh_token: string
  id_token: string
  scope: string
  patient: string
}

const actor = { kind: 'system', id: 'test' } as const
const start = async (key = 'maya'): Promise<Tokens> =>
  (await (await world.exchange(await world.allow(await world.visitor(key)))).json()) as Tokens
const grantOf = async (token: string) => {
  const { grantId } = await db().accessToken.findUniqueOrThrow({ where: { jti: decodeJwt(token).jti ?? '' } })
  return db().grant.findUniqueOrThrow({ where: { id: grantId ?? '' } })
}
const ask = (form: Record<string, string>, headers: HeadersInit = {}) =>
  world.post('/oauth/introspect', form, headers)
const askAs = async (client: string, token: string) => {
  const answer = await ask({ token, ...(await proofOf(world, client)) })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  return (await answer.json()) as Record<string, unknown>
}
const gone = { active: false }

describe('a good access token', () => {
  it('[N1][N2][N3][N4] is told with what its token response and ID token said', async () => {
    const tokens = await start()
    const told = await askAs('inspector', tokens.access_token)
    const [access, id] = [decodeJwt(tokens.access_token), decodeJwt(tokens.id_token)]
    expect(told).toMatchObject({
      active: true,
      token_type: 'Bearer',
      scope: tokens.scope,
      client_id: 'test-app',
      exp: access.exp,
      patient: person('maya').patientId,
      aud: world.audience,
      iss: id.iss,
      sub: id.sub,
      fhirUser: id['fhirUser'],
      auth_time: id['auth_time'],
      jti: access.jti,
    })
    expect(Number.isInteger(told['exp'])).toBe(true)
  })

  it('[N3] is told with its launch context and the key it is bound to', async () => {
    const tokens = await start()
    const jti = decodeJwt(tokens.access_token).jti ?? ''
    const context = {
      needPatientBanner: false,
      intent: 'see-results',
      tenant: 'north',
      fhirContext: [{ reference: 'DiagnosticReport/1' }],
    }
    await db().accessToken.update({ where: { jti }, data: { context, dpopJkt: 'thumbprint' } })
    expect(await askAs('inspector', tokens.access_token)).toMatchObject({
      need_patient_banner: false,
      intent: 'see-results',
      tenant: 'north',
      fhirContext: [{ reference: 'DiagnosticReport/1' }],
      token_type: 'DPoP',
      cnf: { jkt: 'thumbprint' },
    })
  })

  it('[B2] of a backend client is told too, with the client as its subject', async () => {
    const token = await backendToken(world, 'printer', 'system/Patient.rs')
    expect(await askAs('inspector', token)).toMatchObject({
      active: true,
      client_id: 'printer',
      sub: 'printer',
      scope: 'system/Patient.rs',
    })
    expect(await askAs('printer', token)).toMatchObject({ active: true })
    expect(await askAs('far-ehr', token)).toEqual(gone)
  })
})

describe('who may ask', () => {
  it('[X9][N5] a backend client by its assertion, or by a Bearer token with the scope, about any client’s token', async () => {
    const { access_token } = await start()
    expect(await askAs('inspector', access_token)).toMatchObject({ active: true })
    const bearer = await backendToken(world, 'inspector', '__introspect')
    const answer = await ask({ token: access_token }, { authorization: `Bearer ${bearer}` })
    expect(await answer.json()).toMatchObject({ active: true, client_id: 'test-app' })
  })

  it('[N5] an EHR that the client speaks for bounds what it may ask about', async () => {
    const { access_token } = await start()
    expect(await askAs('demo-ehr', access_token)).toMatchObject({ active: true })
    expect(await askAs('far-ehr', access_token)).toEqual(gone)
    expect(await askAs('printer', access_token)).toEqual(gone)
  })

  it('[7662] nobody without proof: no client, a public one, a wrong or weak token are 401 or 403', async () => {
    const { access_token } = await start()
    const refused = async (form: Record<string, string>, headers: HeadersInit = {}) => {
      const answer = await ask({ token: access_token, ...form }, headers)
      const { error, active } = (await answer.json()) as { error: string; active?: boolean }
      expect(active).toBeUndefined()
      return `${answer.status} ${error} ${answer.headers.has('www-authenticate')}`
    }
    expect(await refused({})).toBe('401 invalid_client true')
    expect(await refused({ client_id: 'test-app' })).toBe('401 invalid_client true')
    expect(await refused({ client_id: 'inspector' })).toContain('invalid_client')
    const weak = await backendToken(world, 'inspector', 'system/Patient.rs')
    expect(await refused({}, { authorization: `Bearer ${weak}` })).toBe('403 insufficient_scope true')
    expect(await refused({}, { authorization: `Bearer ${access_token}` })).toBe('401 invalid_token true')
    expect(await refused({}, { authorization: 'Bearer x' })).toBe('401 invalid_token true')
    const good = await backendToken(world, 'inspector', '__introspect')
    await world.post('/oauth/revoke', { token: good, ...(await proofOf(world, 'inspector')) })
    expect(await refused({}, { authorization: `Bearer ${good}` })).toBe('401 invalid_token true')
  })

  it('[6749-2.3] two ways of proof in one request are refused', async () => {
    const bearer = await backendToken(world, 'inspector', '__introspect')
    const form = { token: 'x', ...(await proofOf(world, 'inspector')) }
    const answer = await ask(form, { authorization: `Bearer ${bearer}` })
    expect([answer.status, await answer.json()]).toMatchObject([400, { error: 'invalid_request' }])
  })

  it('[7662] POST and form only, one token', async () => {
    expect((await fetch(`${world.url}/oauth/introspect`)).status).toBe(405)
    const headers = { 'content-type': 'application/json' }
    const wrong = await fetch(`${world.url}/oauth/introspect`, { method: 'POST', headers, body: '{}' })
    expect(wrong.status).toBe(400)
    const none = await ask(await proofOf(world, 'inspector'))
    expect([none.status, await none.json()]).toMatchObject([400, { error: 'invalid_request' }])
  })
})

describe('[N6] a token that is not good is {"active":false} and nothing else', () => {
  it('whoever it was never issued by, or for', async () => {
    const { access_token, id_token } = await start()
    const claims = decodeJwt(access_token)
    const forged = await signJwt({ ...claims, jti: 'never' }, { algorithm: 'ES256', typ: 'at+jwt' })
    const swapped = await signJwt(
      { ...claims, client_id: 'other-app' },
      { algorithm: 'ES256', typ: 'at+jwt' },
    )
    const altered = `${access_token.slice(0, -6)}AAAAAA`
    for (const token of ['x', 'a.b.c', 'é.é.é', id_token, forged, swapped, altered])
      expect(await askAs('inspector', token)).toEqual(gone)
  })

  it('expired', async () => {
    const { access_token } = await start()
    expect(await askAs('inspector', access_token)).toMatchObject({ active: true })
    setClock(() => new Date(Date.now() + 901_000))
    try {
      expect(await askAs('inspector', access_token)).toEqual(gone)
    } finally {
      setClock(() => new Date())
    }
  })

  it('or what it stands on has ended, from the next question on', async () => {
    const ends: Record<string, (token: string) => Promise<unknown>> = {
      'given back': async (token) => world.post('/oauth/revoke', { token, client_id: 'test-app' }),
      'grant ended': async (token) => {
        const { id } = await grantOf(token)
        return db().$transaction((tx) => endGrant(tx, id, { why: 'person', actor, now: now() }))
      },
      'link ended': async (token) => {
        const { linkId } = await grantOf(token)
        return db().$transaction((tx) => endLink(tx, linkId, { why: 'person', actor, now: now() }))
      },
      'link suspended': async (token) => {
        const { linkId } = await grantOf(token)
        return db().$transaction((tx) => suspendLink(tx, linkId, { why: 'not-me', actor, now: now() }))
      },
      'account ended': async (token) => {
        const { accountId } = await grantOf(token)
        return db().account.update({ where: { id: accountId }, data: { endedAt: now() } })
      },
      'family ended': async (token) => {
        const { id } = await grantOf(token)
        return db().refreshFamily.updateMany({ where: { grantId: id }, data: { endedAt: now() } })
      },
    }
    for (const [why, end] of Object.entries(ends)) {
      const { access_token } = await start()
      expect(await askAs('inspector', access_token)).toMatchObject({ active: true })
      await end(access_token)
      expect([why, await askAs('inspector', access_token)]).toEqual([why, gone])
    }
  })

  it('or an operator paused its app or its EHR, until that is lifted', async () => {
    const { access_token } = await start()
    for (const [target, id] of [
      ['app', 'test-app'],
      ['ehr', 'demo'],
    ] as const) {
      await setStop(target, id, { reason: 'test', actor })
      expect(await askAs('inspector', access_token)).toEqual(gone)
      await liftStop(target, id, actor)
      expect(await askAs('inspector', access_token)).toMatchObject({ active: true })
    }
  })
})

describe('a refresh token', () => {
  it('[7662] is nobody’s but its own client’s', async () => {
    const { refresh_token } = await start()
    expect(await askAs('inspector', refresh_token)).toEqual(gone)
  })
})

describe('an app with a secret', () => {
  it('[X9][7662] asks by Basic about its own tokens, refresh tokens too, and hears nothing of others’', async () => {
    const scopes = ['openid', 'launch/patient', 'offline_access', 'patient/Patient.rs']
    await addApp({ id: 'basic-app', scopes, tokenEndpointAuthMethod: 'client_secret_basic' })
    const secret = await db().$transaction((tx) =>
      rotateSecret(tx, 'basic-app', { actor, origin: 'command', now: now() }),
    )
    const authorization = `Basic ${Buffer.from(`basic-app:${secret}`).toString('base64')}`
    const redirectUri = 'https://basic-app.example/cb'
    const changes = { client_id: 'basic-app', redirect_uri: redirectUri, scope: scopes.join(' ') }
    const landing = await world.allow(await world.visitor('maya'), changes)
    const form = { grant_type: 'authorization_code', code: landing.code, code_verifier: landing.verifier }
    const answer = await world.post('/oauth/token', { ...form, redirect_uri: redirectUri }, { authorization })
    const own = (await answer.json()) as Tokens
    const told = async (token: string) => (await ask({ token }, { authorization })).json()
    expect(await told(own.access_token)).toMatchObject({ active: true, client_id: 'basic-app' })
    const context = { intent: 'see-results', fhirContext: [{ reference: 'Observation/held' }] }
    await db().refreshFamily.updateMany({ data: { context } })
    // what a portal named is told with access tokens, judged
    expect(await told(own.refresh_token)).not.toHaveProperty('fhirContext')
    expect(await told(own.refresh_token)).toMatchObject({
      intent: 'see-results',
      active: true,
      client_id: 'basic-app',
      scope: own.scope,
      patient: person('maya').patientId,
    })
    const family = { where: { appId: 'basic-app' } }
    const forVisit = { scopes: ['openid', 'online_access'], sessionId: null }
    await db().refreshFamily.updateMany({ ...family, data: forVisit })
    expect(await told(own.refresh_token)).toEqual(gone)
    await db().refreshFamily.updateMany({ ...family, data: { scopes } })
    const other = await start()
    expect(await told(other.access_token)).toEqual(gone)
    expect(await told(other.refresh_token)).toEqual(gone)
    const refresh = { grant_type: 'refresh_token', refresh_token: own.refresh_token }
    expect((await world.post('/oauth/token', refresh, { authorization })).status).toBe(200)
    expect(await told(own.refresh_token)).toEqual(gone)
    const wrong = await ask({ token: own.access_token }, { authorization: 'Basic YmFzaWMtYXBwOng=' })
    expect([wrong.status, wrong.headers.has('www-authenticate')]).toEqual([401, true])
  })
})

describe('what is offered', () => {
  it('[D15] discovery names the endpoint and how to prove oneself', async () => {
    const answer = await fetch(`${world.audience}/.well-known/smart-configuration`)
    const document = (await answer.json()) as Record<string, unknown>
    expect(document['introspection_endpoint']).toBe(`${world.url}/oauth/introspect`)
    expect(document['introspection_endpoint_auth_methods_supported']).toContain('Bearer')
  })
})
