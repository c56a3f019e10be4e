import { createHash } from 'node:crypto'
import { decodeJwt, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateSecret } from '@/lib/apps/secrets'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { addSeconds, epochSeconds, now, setClock } from '@/lib/time/clock'
import { addApp } from '@/test/add-app'
import { createDpopClient, type DpopClient } from '@/test/dpop-client'
import {
  acceptForm,
  fullScope,
  type Landing,
  requestIdOf,
  type SmartWorld,
  startSmartWorld,
} from '@/test/smart-world'

let world: SmartWorld
let client: DpopClient
let thief: DpopClient
beforeAll(async () => {
  world = await startSmartWorld()
  client = await createDpopClient()
  thief = await createDpopClient()
  const scopes = fullScope.split(' ')
  await addApp({ id: 'bound-app', scopes, dpopBoundAccessTokens: true })
  await addApp({ id: 'nonce-app', scopes, dpopNonceRequired: true })
})
afterAll(() => world.stop())

type Tokens = { access_token: string; token_type: string; refresh_token: string; error?: string }
type Changes = Readonly<Record<string, string | undefined>>

const own = (id: string): Changes => ({ client_id: id, redirect_uri: `https://${id}.example/cb` })
const land = async (changes: Changes = {}): Promise<Landing> =>
  world.allow(await world.visitor('maya'), changes)
const proofFor = (key: DpopClient, path = '/oauth/token', claims = {}): Promise<string> =>
  key.prove({ htu: `${world.url}${path}`, claims })

async function post(form: Changes, dpop?: string): Promise<Response> {
  const defined = Object.entries(form).filter((one): one is [string, string] => one[1] !== undefined)
  return world.post('/oauth/token', Object.fromEntries(defined), dpop === undefined ? {} : { dpop })
}
const exchange = (landing: Landing, dpop?: string, changes: Changes = {}): Promise<Response> =>
  post(
    {
      grant_type: 'authorization_code',
      code: landing.code,
      redirect_uri: landing.redirectUri,
      code_verifier: landing.verifier,
      client_id: 'test-app',
      ...changes,
    },
    dpop,
  )
const refresh = (token: string, dpop?: string, changes: Changes = {}): Promise<Response> =>
  post({ grant_type: 'refresh_token', refresh_token: token, client_id: 'test-app', ...changes }, dpop)
const tokensOf = async (response: Response): Promise<Tokens> => {
  expect(response.status).toBe(200)
  return (await response.json()) as Tokens
}
const errorOf = async (response: Response): Promise<string> =>
  `${response.status} ${((await response.json()) as Tokens).error}`

const bound = async (): Promise<Tokens> => tokensOf(await exchange(await land(), await proofFor(client)))
const familyOf = (token: string) =>
  db().refreshFamily.findFirstOrThrow({
    where: { tokens: { some: { digest: new Uint8Array(createHash('sha256').update(token).digest()) } } },
  })

describe('a code for bound tokens', () => {
  it('[9449-7] a proof at the exchange binds the access token and, for a public app, its refresh tokens', async () => {
    const tokens = await bound()
    expect(tokens.token_type).toBe('DPoP')
    const claims = decodeJwt(tokens.access_token)
    expect(claims['cnf']).toEqual({ jkt: client.jkt })
    const row = await db().accessToken.findUniqueOrThrow({ where: { jti: claims.jti ?? '' } })
    expect(row.dpopJkt).toBe(client.jkt)
    expect((await familyOf(tokens.refresh_token)).dpopJkt).toBe(client.jkt)
  })

  it('[9449-7] without a proof the token is a bearer token, and says so', async () => {
    const tokens = await tokensOf(await exchange(await land()))
    expect(tokens.token_type).toBe('Bearer')
    expect(decodeJwt(tokens.access_token)).not.toHaveProperty('cnf')
    expect((await familyOf(tokens.refresh_token)).dpopJkt).toBeNull()
  })

  it('[9449-7] an app with a credential of its own gets bound access tokens and refresh tokens that are not', async () => {
    const app = 'secret-app'
    await addApp({ id: app, scopes: fullScope.split(' '), tokenEndpointAuthMethod: 'client_secret_post' })
    const by = { actor: { kind: 'system', id: 'test' }, origin: 'staff', now: now() } as const
    const secret = await db().$transaction((tx) => rotateSecret(tx, app, by))
    const proven = { client_id: app, client_secret: secret }
    const tokens = await tokensOf(await exchange(await land(own(app)), await proofFor(client), proven))
    expect(decodeJwt(tokens.access_token)['cnf']).toEqual({ jkt: client.jkt })
    expect((await familyOf(tokens.refresh_token)).dpopJkt).toBeNull()
    const other = await tokensOf(await refresh(tokens.refresh_token, await proofFor(thief), proven))
    expect(decodeJwt(other.access_token)['cnf']).toEqual({ jkt: thief.jkt })
  })

  it.each([
    ['a proof for another endpoint', { htu: 'https://elsewhere.example/oauth/token' }],
    ['a proof for another method', { htm: 'GET' }],
    ['an old proof', { iat: 1 }],
  ])('[9449-7] %s is refused and nothing is spent', async (_, claims) => {
    const landing = await land()
    expect(await errorOf(await exchange(landing, await proofFor(client, '/oauth/token', claims)))).toBe(
      '400 invalid_dpop_proof',
    )
    await tokensOf(await exchange(landing, await proofFor(client)))
  })

  it('[9449-7] a proof that cannot be read is refused, and is not echoed', async () => {
    const response = await exchange(await land(), 'canary.canary.canary')
    expect(response.status).toBe(400)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const text = await response.text()
    expect(text).toContain('invalid_dpop_proof')
    expect(text).not.toContain('canary')
  })

  it('[9449-4.3] a proof sent twice is refused the second time', async () => {
    const proof = await proofFor(client)
    await tokensOf(await exchange(await land(), proof))
    const landing = await land()
    expect(await errorOf(await exchange(landing, proof))).toBe('400 invalid_dpop_proof')
    await tokensOf(await exchange(landing, await proofFor(client)))
  })

  it('[9449-7] an app registered so gets no token without a proof, and loses nothing by trying', async () => {
    const landing = await land(own('bound-app'))
    expect(await errorOf(await exchange(landing, undefined, { client_id: 'bound-app' }))).toBe(
      '400 invalid_dpop_proof',
    )
    await tokensOf(await exchange(landing, await proofFor(client), { client_id: 'bound-app' }))
  })

  it('[9449-7] a backend client is told that its tokens are not bound', async () => {
    const claims = { iss: 'printer', sub: 'printer', aud: `${world.url}/oauth/token`, jti: 'printer-1' }
    const assertion = await new SignJWT({ ...claims, exp: epochSeconds(now()) + 60 })
      .setProtectedHeader({ alg: 'ES384', kid: 'k1', typ: 'JWT' })
      .sign(world.backendKey)
    const form = {
      grant_type: 'client_credentials',
      scope: 'system/Patient.rs',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }
    expect(await errorOf(await post(form, await proofFor(client)))).toBe('400 invalid_request')
  })
})

describe('a key announced before the code', () => {
  it('[9449-10] dpop_jkt binds the code: another key, or none, is refused and spends nothing', async () => {
    const landing = await land({ dpop_jkt: client.jkt })
    expect(await errorOf(await exchange(landing, await proofFor(thief)))).toBe('400 invalid_grant')
    expect(await errorOf(await exchange(landing))).toBe('400 invalid_grant')
    expect((await tokensOf(await exchange(landing, await proofFor(client)))).token_type).toBe('DPoP')
  })

  it.each(['short', 'a'.repeat(44), `${'a'.repeat(42)}=`])(
    '[9449-10] a dpop_jkt that is no thumbprint is refused: %s',
    async (dpop_jkt) => {
      const response = await world.begin(undefined, world.parameters({ dpop_jkt }).query)
      expect(new URL(response.headers.get('location') ?? '').searchParams.get('error')).toBe(
        'invalid_request',
      )
    },
  )

  const push = async (changes: Changes, proof: string): Promise<Response> =>
    world.post('/oauth/par', Object.fromEntries(world.parameters(changes).query), { dpop: proof })

  it('[9449-10.1] a proof beside a pushed request binds its code, to the end', async () => {
    const visitor = await world.visitor('maya')
    const { query, verifier } = world.parameters()
    const response = await world.post('/oauth/par', Object.fromEntries(query), {
      dpop: await proofFor(client, '/oauth/par'),
    })
    expect(response.status).toBe(201)
    const { request_uri: reference } = (await response.json()) as { request_uri: string }
    const outer = new URLSearchParams({ client_id: 'test-app', request_uri: reference })
    const id = requestIdOf(await world.begin(visitor, outer))
    await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
    const address = await world.leave(visitor, id)
    const landing: Landing = {
      parameters: address.searchParams,
      code: address.searchParams.get('code') ?? '',
      verifier,
      redirectUri: query.get('redirect_uri') ?? '',
    }
    expect(await errorOf(await exchange(landing, await proofFor(thief)))).toBe('400 invalid_grant')
    await tokensOf(await exchange(landing, await proofFor(client)))
  })

  it('[9449-10.1] proof and dpop_jkt of two keys are refused; a proof for the token endpoint is none here', async () => {
    const proof = await proofFor(client, '/oauth/par')
    expect(await errorOf(await push({ dpop_jkt: thief.jkt }, proof))).toBe('400 invalid_dpop_proof')
    expect(await errorOf(await push({}, await proofFor(client)))).toBe('400 invalid_dpop_proof')
    expect((await push({ dpop_jkt: client.jkt }, await proofFor(client, '/oauth/par'))).status).toBe(201)
  })
})

describe('a bound refresh token', () => {
  it('[9449-10] is refreshed by its key alone: a thief with another key, or none, neither uses nor burns it', async () => {
    const { refresh_token: token } = await bound()
    expect(await errorOf(await refresh(token, await proofFor(thief)))).toBe('400 invalid_grant')
    expect(await errorOf(await refresh(token))).toBe('400 invalid_grant')
    const again = await tokensOf(await refresh(token, await proofFor(client)))
    expect(again.token_type).toBe('DPoP')
    expect(decodeJwt(again.access_token)['cnf']).toEqual({ jkt: client.jkt })
    expect((await familyOf(again.refresh_token)).endedAt).toBeNull()
  })

  it('[9449-10] without client_id the key is asked for all the same', async () => {
    const { refresh_token: token } = await bound()
    expect(await errorOf(await refresh(token, undefined, { client_id: undefined }))).toBe('400 invalid_grant')
    await tokensOf(await refresh(token, await proofFor(client), { client_id: undefined }))
  })

  it('[9449-10] the same request repeated with a new proof of the same key gets the same answer', async () => {
    const { refresh_token: token } = await bound()
    const [first, second] = [
      await tokensOf(await refresh(token, await proofFor(client))),
      await tokensOf(await refresh(token, await proofFor(client))),
    ]
    expect(second.refresh_token).toBe(first.refresh_token)
    expect(decodeJwt(second.access_token)).toEqual(decodeJwt(first.access_token))
  })

  it('[9700-2.2.2] a spent one that comes back with another key ends its family', async () => {
    const { refresh_token: token } = await bound()
    const next = await tokensOf(await refresh(token, await proofFor(client)))
    expect(await errorOf(await refresh(token, await proofFor(thief)))).toBe('400 invalid_grant')
    expect(await errorOf(await refresh(next.refresh_token, await proofFor(client)))).toBe('400 invalid_grant')
    expect((await familyOf(token)).endedWhy).toBe('replayed')
  })

  it('[9449-10] one that was never bound stays usable without a key; a proof binds the access token', async () => {
    const { refresh_token: token } = await tokensOf(await exchange(await land()))
    const proven = await tokensOf(await refresh(token, await proofFor(client)))
    expect(decodeJwt(proven.access_token)['cnf']).toEqual({ jkt: client.jkt })
    const plain = await tokensOf(await refresh(proven.refresh_token))
    expect(plain.token_type).toBe('Bearer')
  })

  it('[9449-10] an app that was set to bound tokens later gets no more unbound ones, without client_id either', async () => {
    const { refresh_token: token } = await tokensOf(await exchange(await land()))
    const row = await db().app.findUniqueOrThrow({ where: { id: 'test-app' } })
    const metadata = row.metadata as object
    await db().app.update({
      where: { id: 'test-app' },
      data: { metadata: { ...metadata, dpopBoundAccessTokens: true } },
    })
    expect(await errorOf(await refresh(token))).toBe('400 invalid_dpop_proof')
    expect(await errorOf(await refresh(token, undefined, { client_id: undefined }))).toBe(
      '400 invalid_dpop_proof',
    )
    await db().app.update({ where: { id: 'test-app' }, data: { metadata } })
    await tokensOf(await refresh(token))
  })
})

describe('nonces', () => {
  it('[9449-10] where an app needs them: 400 use_dpop_nonce with one, then it works, and the next comes along', async () => {
    const landing = await land(own('nonce-app'))
    const changes = { client_id: 'nonce-app' }
    const refused = await exchange(landing, await proofFor(client), changes)
    const nonce = refused.headers.get('dpop-nonce') ?? ''
    expect(nonce).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(await errorOf(refused)).toBe('400 use_dpop_nonce')
    const answered = await exchange(landing, await proofFor(client, '/oauth/token', { nonce }), changes)
    expect(answered.headers.get('dpop-nonce')).toMatch(/^[A-Za-z0-9_-]{43}$/)
    await tokensOf(answered)
  })

  it('[9449-10] where an app needs them, a refresh that leaves client_id out needs one too, and loses nothing', async () => {
    const landing = await land(own('nonce-app'))
    const changes = { client_id: 'nonce-app' }
    const nonce = (await exchange(landing, await proofFor(client), changes)).headers.get('dpop-nonce') ?? ''
    const { refresh_token: token } = await tokensOf(
      await exchange(landing, await proofFor(client, '/oauth/token', { nonce }), changes),
    )
    const unnamed = { client_id: undefined }
    // a proof made ahead of its time, by who held the key for a moment
    const refused = await refresh(token, await proofFor(client), unnamed)
    expect(refused.headers.get('dpop-nonce')).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(await errorOf(refused)).toBe('400 use_dpop_nonce')
    const answered = await refresh(token, await proofFor(client, '/oauth/token', { nonce }), unnamed)
    expect(answered.headers.get('dpop-nonce')).toMatch(/^[A-Za-z0-9_-]{43}$/)
    await tokensOf(answered)
    // nor does a spent one tell its answer again without
    expect(await errorOf(await refresh(token, await proofFor(client), unnamed))).toBe('400 use_dpop_nonce')
  })

  it('[9449-10] where the configuration says so, for every app and at the pushed request endpoint too', async () => {
    const before = config()
    setConfig({ ...before, dpop: { requireNonce: true } })
    const form = Object.fromEntries(world.parameters().query)
    const refused = await world.post('/oauth/par', form, { dpop: await proofFor(client, '/oauth/par') })
    const nonce = refused.headers.get('dpop-nonce') ?? ''
    expect(await errorOf(refused)).toBe('400 use_dpop_nonce')
    const proof = await proofFor(client, '/oauth/par', { nonce })
    expect((await world.post('/oauth/par', form, { dpop: proof })).status).toBe(201)
    setConfig(before)
  })

  it('[9449-10] with a nonce of ours a device whose clock is wrong by minutes gets its tokens', async () => {
    const landing = await land(own('nonce-app'))
    const changes = { client_id: 'nonce-app' }
    const nonce = (await exchange(landing, await proofFor(client), changes)).headers.get('dpop-nonce') ?? ''
    const late = { nonce, iat: Math.floor(Date.now() / 1000) - 1200 }
    await tokensOf(await exchange(landing, await proofFor(client, '/oauth/token', late), changes))
    const stale = await proofFor(client, '/oauth/token', { nonce })
    setClock(() => addSeconds(new Date(), 300))
    expect(await errorOf(await exchange(landing, stale, changes))).toBe('400 use_dpop_nonce')
    setClock(() => new Date())
  })
})

describe('browser apps', () => {
  it('[O3] may send the DPoP header and read the nonce', async () => {
    const origin = 'https://app.example'
    const preflight = await fetch(`${world.url}/oauth/token`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'dpop',
      },
    })
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('dpop')
    const answer = await world.post(
      '/oauth/token',
      { grant_type: 'refresh_token', client_id: 'test-app' },
      { origin },
    )
    expect(answer.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
  })

  it('[9449-7] discovery lists the algorithms of proofs', async () => {
    const found = (await (await fetch(`${world.url}/.well-known/openid-configuration`)).json()) as object
    expect(found).toMatchObject({ dpop_signing_alg_values_supported: ['ES256', 'ES384', 'PS256', 'RS256'] })
  })
})
