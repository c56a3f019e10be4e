import { exportJWK, generateKeyPair } from 'jose'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateSecret } from '@/lib/apps/secrets'
import { db } from '@/lib/db/database'
import { now } from '@/lib/time/clock'
import { addApp } from '@/test/add-app'
import { acceptForm, requestIdOf, type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

const scope = 'openid launch/patient offline_access patient/Patient.rs'
const redirectOf = (id: string): string => `https://${id}.example/cb`

let world: SmartWorld
let visitor: Visitor
let secret: string
let pairs: Record<'ES384' | 'RS384', CryptoKeyPair>

beforeAll(async () => {
  world = await startSmartWorld()
  visitor = await world.visitor('maya')
  pairs = {
    ES384: await generateKeyPair('ES384', { extractable: true }),
    RS384: await generateKeyPair('RS384', { extractable: true }),
  }
  const scopes = scope.split(' ')
  for (const method of ['none', 'client_secret_basic', 'client_secret_post'])
    await addApp({ id: idOf(method), scopes, tokenEndpointAuthMethod: method })
  const keys = await Promise.all(
    Object.entries(pairs).map(async ([kid, pair]) => ({ ...(await exportJWK(pair.publicKey)), kid })),
  )
  for (const alg of ['ES384', 'RS384'])
    await addApp({ id: idOf(alg), scopes, tokenEndpointAuthMethod: 'private_key_jwt', jwks: { keys } })
})
afterAll(() => world.stop())

const idOf = (name: string): string => `real-${name.toLowerCase().replaceAll('_', '-')}`

async function freshSecret(name: string): Promise<string> {
  const by = { actor: { kind: 'system', id: 'test' }, origin: 'command', now: now() } as const
  secret = await db().$transaction((tx) => rotateSecret(tx, idOf(name), by))
  return secret
}

/** A person says yes in the browser that an authorization address was opened in. */
async function landingOf(address: URL): Promise<URL> {
  const id = requestIdOf(await world.begin(visitor, address.searchParams))
  await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
  return world.leave(visitor, id)
}

const methods = ['none', 'client_secret_basic', 'client_secret_post', 'es384', 'rs384'] as const

describe('[T1][T2] openid-client exchanges a code with PKCE, refreshes and revokes', () => {
  it.each(methods)('as a client registered with %s', async (name) => {
    const authentications = {
      none: async () => client.None(),
      client_secret_basic: async () => client.ClientSecretBasic(await freshSecret(name)),
      client_secret_post: async () => client.ClientSecretPost(await freshSecret(name)),
      es384: async () => client.PrivateKeyJwt({ key: pairs.ES384.privateKey, kid: 'ES384' }),
      rs384: async () => client.PrivateKeyJwt({ key: pairs.RS384.privateKey, kid: 'RS384' }),
    }
    const settings = await client.discovery(
      new URL(world.url),
      idOf(name),
      undefined,
      await authentications[name](),
      { execute: [client.allowInsecureRequests] },
    )
    const [verifier, state] = [client.randomPKCECodeVerifier(), client.randomState()]
    const address = client.buildAuthorizationUrl(settings, {
      redirect_uri: redirectOf(idOf(name)),
      scope,
      aud: world.audience,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    })
    const tokens = await client.authorizationCodeGrant(settings, await landingOf(address), {
      pkceCodeVerifier: verifier,
      expectedState: state,
    })
    const renewed = await client.refreshTokenGrant(settings, tokens.refresh_token ?? '')
    expect(renewed.scope).toBe(scope)
    await client.tokenRevocation(settings, renewed.refresh_token ?? '')
    await expect(client.refreshTokenGrant(settings, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })
})

describe('[T1][T2] oauth4webapi exchanges a code with PKCE', () => {
  it.each(methods)('as a client registered with %s', async (name) => {
    const authentications = {
      none: async () => oauth.None(),
      client_secret_basic: async () => oauth.ClientSecretBasic(await freshSecret(name)),
      client_secret_post: async () => oauth.ClientSecretPost(await freshSecret(name)),
      es384: async () => oauth.PrivateKeyJwt({ key: pairs.ES384.privateKey, kid: 'ES384' }),
      rs384: async () => oauth.PrivateKeyJwt({ key: pairs.RS384.privateKey, kid: 'RS384' }),
    }
    const plain = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.url)
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...plain }),
    )
    const app = { client_id: idOf(name) }
    const [verifier, state] = [oauth.generateRandomCodeVerifier(), oauth.generateRandomState()]
    const address = new URL(server.authorization_endpoint ?? '')
    address.search = new URLSearchParams({
      response_type: 'code',
      client_id: app.client_id,
      redirect_uri: redirectOf(app.client_id),
      scope,
      aud: world.audience,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    }).toString()
    const parameters = oauth.validateAuthResponse(server, app, await landingOf(address), state)
    const answer = await oauth.authorizationCodeGrantRequest(
      server,
      app,
      await authentications[name](),
      parameters,
      redirectOf(app.client_id),
      verifier,
      plain,
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, app, answer)
    expect(tokens.token_type).toBe('bearer')
    expect(tokens['patient']).toBeTruthy()
  })
})
