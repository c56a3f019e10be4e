import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

const documents = [
  '/fhir/demo/.well-known/smart-configuration',
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
] as const

const shape = z.looseObject({
  issuer: z.string(),
  jwks_uri: z.string(),
  authorization_endpoint: z.string(),
  token_endpoint: z.string(),
  introspection_endpoint: z.string(),
  revocation_endpoint: z.string(),
  management_endpoint: z.string().optional(),
  grant_types_supported: z.array(z.string()),
  response_types_supported: z.array(z.string()),
  response_modes_supported: z.array(z.string()),
  subject_types_supported: z.array(z.string()),
  id_token_signing_alg_values_supported: z.array(z.string()),
  code_challenge_methods_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  token_endpoint_auth_signing_alg_values_supported: z.array(z.string()),
  scopes_supported: z.array(z.string()),
  capabilities: z.array(z.string()).optional(),
})

async function read(path: string, headers: Readonly<Record<string, string>> = {}) {
  const response = await fetch(`${world.url}${path}`, { headers })
  expect(response.status).toBe(200)
  return { headers: response.headers, document: shape.parse(await response.json()) }
}

const smart = async () => (await read(documents[0])).document

describe('the discovery documents', () => {
  it.each(['application/fhir+json', 'text/html', '*/*', ''])(
    '[D1][D3] smart-configuration stands under the FHIR base and is application/json whatever is accepted (%s)',
    async (accept) => {
      const { headers } = await read(documents[0], accept ? { accept } : {})
      expect(headers.get('content-type')).toBe('application/json')
    },
  )

  it('[D1] a base that is not ours has none, and neither has the origin', async () => {
    for (const path of ['/fhir/nowhere/.well-known/smart-configuration', '/.well-known/smart-configuration'])
      expect((await fetch(`${world.url}${path}`)).status).toBe(404)
  })

  it('[D2][D4][D5][D6][D7][D8][I5] carries issuer and endpoints, absolute and under the issuer', async () => {
    const document = await smart()
    expect(document.issuer).toBe(world.url)
    for (const [name, value] of Object.entries(document))
      if (/_endpoint$|_uri$/.test(name)) expect(String(value), name).toMatch(`${world.url}/`)
  })

  it('[D15][D16] names introspection, revocation and the page where a person ends access', async () => {
    const { management_endpoint: page, introspection_endpoint, revocation_endpoint } = await smart()
    expect([introspection_endpoint, revocation_endpoint]).toEqual([
      `${world.url}/oauth/introspect`,
      `${world.url}/oauth/revoke`,
    ])
    expect(page).toBe(`${world.url}/account`)
  })

  it('[B5][D9][D11][9700-2.4] lists the grants there are, S256 alone, and neither implicit nor password', async () => {
    const document = await smart()
    expect(document.grant_types_supported.toSorted()).toEqual([
      'authorization_code',
      'client_credentials',
      'refresh_token',
    ])
    expect(document.code_challenge_methods_supported).toEqual(['S256'])
    expect(document.response_types_supported).toEqual(['code'])
  })

  it('[D13][D14][8414-2][OIDC-Discovery] spells out what would otherwise be a default, and never none as algorithm', async () => {
    const document = await smart()
    expect(document.token_endpoint_auth_methods_supported).toContain('private_key_jwt')
    const algorithms = document.token_endpoint_auth_signing_alg_values_supported
    expect(algorithms).toEqual(expect.arrayContaining(['RS384', 'ES384']))
    for (const never of ['none', 'HS256', 'RS256']) expect(algorithms).not.toContain(never)
    expect(document.id_token_signing_alg_values_supported).toContain('RS256')
    expect(document.response_modes_supported).toEqual(['query'])
    expect(document.subject_types_supported).toContain('public')
  })

  it('[D17][C7][T7] promises nothing deprecated or experimental that is not served', async () => {
    const document = await smart()
    for (const name of ['associated_endpoints', 'smart_app_state_endpoint'])
      expect(document).not.toHaveProperty(name)
    expect(document.capabilities).not.toContain('smart-app-state')
  })

  it('[D10][C8] every capability is a string of SMART 2.2, listed once, and none is for clinicians', async () => {
    const { capabilities = [] } = await smart()
    expect(new Set(capabilities).size).toBe(capabilities.length)
    for (const capability of capabilities)
      expect(capability).toMatch(
        /^(launch-(ehr|standalone)|authorize-post|client-(public|confidential-(symmetric|asymmetric))|sso-openid-connect|context-(banner|style|ehr-patient|standalone-patient)|permission-(offline|online|patient|v1|v2))$/,
      )
  })

  it('[C1][C2][C3][C5][C6][C9] makes up the set of standalone patient access', async () => {
    expect((await smart()).capabilities).toEqual(
      expect.arrayContaining([
        'launch-standalone',
        'authorize-post',
        'client-public',
        'sso-openid-connect',
        'context-standalone-patient',
        'permission-offline',
        'permission-patient',
        'permission-v1',
        'permission-v2',
      ]),
    )
  })

  it('[D20][8414-3] the three documents agree value for value, whatever Host says', async () => {
    const [own, openid, oauth] = await Promise.all(
      documents.map(async (path) => (await read(path, { 'x-forwarded-host': 'evil.example' })).document),
    )
    expect(openid).toEqual(oauth)
    expect(own).toMatchObject({ ...openid })
    expect(JSON.stringify(own)).not.toContain('evil')
  })

  it('[D21][O1][O4] is readable from any origin, and so is the CapabilityStatement', async () => {
    for (const path of [...documents, '/fhir/demo/metadata', '/.well-known/jwks.json']) {
      const origin = { origin: 'https://anybody.example' }
      const response = await fetch(`${world.url}${path}`, { headers: origin })
      expect([path, response.headers.get('access-control-allow-origin')]).toEqual([path, '*'])
      expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    }
  })

  it('[M1] what the CapabilityStatement still says to clients of version 1 is what discovery says', async () => {
    const { authorization_endpoint, token_endpoint } = await smart()
    const statement = await (await fetch(`${world.url}/fhir/demo/metadata`)).text()
    const addresses = [...statement.matchAll(/"valueUri":"([^"]+\/oauth\/[^"]+)"/g)].map(([, uri]) => uri)
    expect(addresses).toEqual(expect.arrayContaining([authorization_endpoint, token_endpoint]))
  })
})

describe('the key set', () => {
  it('[7517] holds public halves alone, each with kid, use and algorithm, and may be cached', async () => {
    const response = await fetch(`${world.url}/.well-known/jwks.json`)
    expect(response.headers.get('cache-control')).toMatch(/max-age=\d+/)
    const { keys } = z
      .object({ keys: z.array(z.record(z.string(), z.unknown())) })
      .parse(await response.json())
    expect(new Set(keys.map((key) => key['kid'])).size).toBe(keys.length)
    for (const key of keys) {
      expect(key).toMatchObject({ kid: expect.any(String), use: 'sig', alg: expect.any(String) })
      for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(secret)
    }
  })
})
