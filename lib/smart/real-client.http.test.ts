import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { person } from '@/test/linking-world'
import { acceptForm, redirects, requestIdOf, type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

describe('a client somebody else wrote (openid-client)', () => {
  it('discovers, authorizes, checks state, iss, nonce and signature, calls, refreshes and revokes', async () => {
    const settings = await client.discovery(new URL(world.url), 'test-app', undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    })
    const verifier = client.randomPKCECodeVerifier()
    const [state, nonce] = [client.randomState(), client.randomNonce()]
    const address = client.buildAuthorizationUrl(settings, {
      redirect_uri: redirects.loopback,
      scope: 'openid fhirUser launch/patient offline_access patient/Patient.rs',
      aud: world.audience,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      nonce,
      max_age: '3600',
    })
    const visitor = await world.visitor('maya')
    const id = requestIdOf(await world.begin(visitor, address.searchParams))
    await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
    const landing = await world.leave(visitor, id)
    const tokens = await client.authorizationCodeGrant(settings, landing, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      maxAge: 3600,
    })
    expect(tokens['patient']).toBe(person('maya').patientId)
    expect(tokens.claims()?.['fhirUser']).toBe(`${world.audience}/Patient/${person('maya').patientId}`)
    const call = (token: string) =>
      client.fetchProtectedResource(settings, token, new URL(`${world.audience}/Patient`), 'GET')
    expect((await call(tokens.access_token)).status).toBe(200)
    const renewed = await client.refreshTokenGrant(settings, tokens.refresh_token ?? '')
    expect((await call(renewed.access_token)).status).toBe(200)
    await client.tokenRevocation(settings, renewed.refresh_token ?? '')
    await expect(call(renewed.access_token)).rejects.toMatchObject({ status: 401 })
    await expect(client.refreshTokenGrant(settings, renewed.refresh_token ?? '')).rejects.toMatchObject({
      error: 'invalid_grant',
    })
  })

  it('[9207] notices an answer that another issuer gave', async () => {
    const settings = await client.discovery(new URL(world.url), 'test-app', undefined, client.None(), {
      execute: [client.allowInsecureRequests],
    })
    const landing = await world.allow(await world.visitor('maya'))
    const address = new URL(`${redirects.web}&${landing.parameters}`)
    address.searchParams.set('iss', 'https://evil.example')
    await expect(
      client.authorizationCodeGrant(settings, address, {
        pkceCodeVerifier: landing.verifier,
        expectedState: landing.parameters.get('state') ?? '',
      }),
    ).rejects.toThrow()
  })
})
