import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { signJwt } from '@/lib/keys/keys'
import { createDpopClient, type DpopClient, type ProofWish } from '@/test/dpop-client'
import type { SeededAccess } from '@/test/fixtures'
import { startTwoWorlds, type Worlds } from '@/test/two-worlds'

let worlds: Worlds
let access: SeededAccess
let client: DpopClient
let token: string
let base: string
beforeAll(async () => {
  worlds = await startTwoWorlds()
  access = await worlds.access('one', 'maya')
  client = await createDpopClient()
  token = await sign({ cnf: { jkt: client.jkt } })
  base = `${worlds.broker.url}/fhir/one`
})
afterAll(() => worlds.stop())

const sign = (more: Readonly<Record<string, unknown>>): Promise<string> =>
  signJwt({ ...access.claims, ...more }, { algorithm: 'ES256', typ: 'at+jwt' })

type Ask = {
  readonly scheme?: string
  readonly sent?: string
  readonly wish?: Partial<ProofWish>
  readonly by?: DpopClient
  readonly headers?: Readonly<Record<string, string>>
}

async function ask({ scheme = 'DPoP', sent = token, wish = {}, by = client, headers = {} }: Ask = {}) {
  const proof = await by.prove({ htm: 'GET', htu: `${base}/Patient`, accessToken: sent, ...wish })
  return fetch(`${base}/Patient?_count=1`, {
    headers: { authorization: `${scheme} ${sent}`, dpop: proof, ...headers },
  })
}

function expectChallenge(response: Response, error: string): void {
  expect(response.status).toBe(401)
  const challenge = response.headers.get('www-authenticate') ?? ''
  expect(challenge).toContain(`error="${error}"`)
  expect(challenge).toContain('DPoP ')
  expect(challenge).toContain('algs="ES256 ES384 PS256 RS256"')
}

describe('a bound token at the gateway', () => {
  it('[9449-7.1] opens it with a proof for this very request, in any case of the scheme', async () => {
    expect((await ask()).status).toBe(200)
    expect((await ask({ scheme: 'dpop' })).status).toBe(200)
    const search = await fetch(`${base}/Patient/_search`, {
      method: 'POST',
      headers: {
        authorization: `DPoP ${token}`,
        dpop: await client.prove({ htm: 'POST', htu: `${base}/Patient/_search`, accessToken: token }),
        'content-type': 'application/x-www-form-urlencoded',
      },
    })
    expect(search.status).toBe(200)
  })

  it('[9449-7.1] sent as Bearer it opens nothing, with a proof or without', async () => {
    expectChallenge(await ask({ scheme: 'Bearer' }), 'invalid_token')
    expectChallenge(await worlds.ask('one', 'Patient', token), 'invalid_token')
  })

  it('[9449-7.1] a bearer token sent as DPoP opens nothing', async () => {
    expectChallenge(await ask({ sent: access.token }), 'invalid_token')
    expect((await worlds.ask('one', 'Patient', access.token)).status).toBe(200)
  })

  it('[9449-7.1] without a proof, with two, or with one that cannot be read, it opens nothing', async () => {
    const authorization = `DPoP ${token}`
    expectChallenge(await fetch(`${base}/Patient`, { headers: { authorization } }), 'invalid_dpop_proof')
    expectChallenge(await ask({ headers: { dpop: 'canary' } }), 'invalid_dpop_proof')
    const wish = { htm: 'GET', htu: `${base}/Patient`, accessToken: token }
    const twice = [await client.prove(wish), await client.prove(wish)].join(', ')
    expectChallenge(await ask({ headers: { dpop: twice } }), 'invalid_dpop_proof')
  })

  it.each([
    ['another method', { htm: 'POST' }],
    ['another resource', { htu: 'http://localhost/fhir/one/Observation' }],
    ['no token', { claims: { ath: undefined } }],
    ['another token', { accessToken: 'another' }],
    ['another time', { claims: { iat: 1 } }],
  ])('[9449-7.1] a proof for %s opens nothing', async (_, wish) => {
    expectChallenge(await ask({ wish }), 'invalid_dpop_proof')
  })

  it('[9449-7.1] the address is the configured one: a proof for the host name the proxy calls opens nothing', async () => {
    const inside = `${base.replace('localhost', '127.0.0.1')}/Patient`
    expectChallenge(await ask({ wish: { htu: inside } }), 'invalid_dpop_proof')
  })

  it('[9449-7.1] stolen, it opens nothing for a thief with a key of his own', async () => {
    expectChallenge(await ask({ by: await createDpopClient() }), 'invalid_dpop_proof')
  })

  it('[9449-4.3] a proof seen on the wire cannot be sent again; of 32 at once one is answered', async () => {
    const dpop = await client.prove({ htm: 'GET', htu: `${base}/Patient`, accessToken: token })
    const answers = await Promise.all(Array.from({ length: 32 }, () => ask({ headers: { dpop } })))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('[9449-7] a token bound to something else than a key we see proven is refused', async () => {
    const sent = await sign({ cnf: { 'x5t#S256': 'a'.repeat(43) } })
    for (const scheme of ['Bearer', 'DPoP']) expect((await ask({ sent, scheme })).status).toBe(401)
  })

  it('[9449-10] where nonces are needed: 401 use_dpop_nonce with one, which then works and is renewed', async () => {
    const before = config()
    setConfig({ ...before, dpop: { requireNonce: true } })
    const refused = await ask({ headers: { origin: 'https://fixture-app.example' } })
    expectChallenge(refused, 'use_dpop_nonce')
    expect(refused.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce')
    const nonce = refused.headers.get('dpop-nonce') ?? ''
    const answered = await ask({ wish: { claims: { nonce } } })
    expect(answered.status).toBe(200)
    expect(answered.headers.get('dpop-nonce')).toMatch(/^[A-Za-z0-9_-]{43}$/)
    setConfig(before)
    expect((await ask()).headers.get('dpop-nonce')).toBeNull()
  })

  it('[O3] the preflight allows the DPoP header', async () => {
    const preflight = await fetch(`${base}/Patient`, {
      method: 'OPTIONS',
      headers: {
        origin: 'https://fixture-app.example',
        'access-control-request-method': 'GET',
        'access-control-request-headers': 'authorization, dpop',
      },
    })
    expect(preflight.headers.get('access-control-allow-headers')).toContain('DPoP')
  })

  it('[6750] without a token both ways of sending one are named, and no error', async () => {
    const challenge = (await fetch(`${base}/Patient`)).headers.get('www-authenticate') ?? ''
    expect(challenge).toContain('Bearer realm=')
    expect(challenge).toContain('DPoP realm=')
    expect(challenge).not.toContain('error')
  })
})
