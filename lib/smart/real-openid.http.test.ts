import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { rotateSecret } from '@/lib/apps/secrets'
import { db } from '@/lib/db/database'
import { findPatient } from '@/lib/identity/session'
import { now } from '@/lib/time/clock'
import { openidApps, signInForm, strangerTo, viewSignIn } from '@/test/openid-world'
import { cookieHeader, requestIdOf, type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

const bye = 'https://login.example/bye'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld({ apps: openidApps({ postLogoutRedirectUris: [bye] }) })
})
afterAll(() => world.stop())

/** A person says yes in the browser that an authorization address was opened in. */
async function landingOf(visitor: Visitor, address: URL): Promise<URL> {
  const id = requestIdOf(await world.begin(visitor, address.searchParams))
  await world.decide(visitor, id, signInForm(await viewSignIn(visitor, id)))
  return world.leave(visitor, id)
}

async function followOut(visitor: Visitor, address: URL): Promise<string | null> {
  const headers = { cookie: cookieHeader(visitor) }
  const first = await fetch(address, { redirect: 'manual', headers })
  const next = new URL(first.headers.get('location') ?? '', world.url)
  return (await fetch(next, { redirect: 'manual', headers })).headers.get('location')
}

describe('an OpenID client somebody else wrote', () => {
  it('[X5] openid-client signs a person in without a chart, reads userinfo and signs them out', async () => {
    const settings = await client.discovery(new URL(world.url), 'login-app', undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    })
    const verifier = client.randomPKCECodeVerifier()
    const [state, nonce] = [client.randomState(), client.randomNonce()]
    const visitor = await strangerTo(world)
    const address = client.buildAuthorizationUrl(settings, {
      redirect_uri: 'https://login.example/cb',
      scope: 'openid',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
    })
    const tokens = await client.authorizationCodeGrant(settings, await landingOf(visitor, address), {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    })
    const subject = tokens.claims()?.sub ?? ''
    expect(await client.fetchUserInfo(settings, tokens.access_token, subject)).toEqual({ sub: subject })
    await expect(client.fetchUserInfo(settings, tokens.access_token, 'somebody-else')).rejects.toThrow()
    const out = client.buildEndSessionUrl(settings, {
      post_logout_redirect_uri: bye,
      id_token_hint: tokens.id_token ?? '',
      state: 'out',
    })
    expect(await followOut(visitor, out)).toBe(`${bye}?state=out`)
    expect(await findPatient(cookieHeader(visitor), now())).toBeUndefined()
  })

  it('[X4][X6] oauth4webapi signs a person in with a secret and a nonce, without PKCE and state', async () => {
    const insecure = { [oauth.allowInsecureRequests]: true }
    const issuer = new URL(world.url)
    const server = await oauth.processDiscoveryResponse(
      issuer,
      await oauth.discoveryRequest(issuer, insecure),
    )
    const by = { actor: { kind: 'system', id: 'test' }, origin: 'command', now: now() } as const
    const secret = await db().$transaction((tx) => rotateSecret(tx, 'secret-app', by))
    const app = { client_id: 'secret-app' }
    const nonce = oauth.generateRandomNonce()
    const address = new URL(server.authorization_endpoint ?? '')
    address.search = new URLSearchParams({
      ...app,
      redirect_uri: 'https://secret.example/cb',
      response_type: 'code',
      scope: 'openid',
      nonce,
    }).toString()
    const landing = await landingOf(await strangerTo(world), address)
    const answer = oauth.validateAuthResponse(server, app, landing, oauth.expectNoState)
    const exchange = await oauth.authorizationCodeGrantRequest(
      server,
      app,
      oauth.ClientSecretBasic(secret),
      answer,
      'https://secret.example/cb',
      oauth.nopkce,
      insecure,
    )
    const result = await oauth.processAuthorizationCodeResponse(server, app, exchange, {
      expectedNonce: nonce,
      requireIdToken: true,
    })
    const subject = oauth.getValidatedIdTokenClaims(result)?.sub ?? ''
    const info = await oauth.userInfoRequest(server, app, result.access_token, insecure)
    expect(await oauth.processUserInfoResponse(server, app, subject, info)).toEqual({ sub: subject })
  })

  it('[X3] openid-client verifies an ES256 ID token of a pairwise app that asked for one', async () => {
    const metadata = { id_token_signed_response_alg: 'ES256' }
    const settings = await client.discovery(new URL(world.url), 'paired-app', metadata, client.None(), {
      execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks],
    })
    const verifier = client.randomPKCECodeVerifier()
    const address = client.buildAuthorizationUrl(settings, {
      redirect_uri: 'https://paired.example/cb',
      scope: 'openid',
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })
    const landing = await landingOf(await strangerTo(world), address)
    const tokens = await client.authorizationCodeGrant(settings, landing, { pkceCodeVerifier: verifier })
    expect(tokens.claims()?.sub).toMatch(/^[\w-]{43}$/)
  })
})
