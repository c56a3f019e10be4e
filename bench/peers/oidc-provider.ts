import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import { type Adapter, type AdapterPayload, Provider } from 'oidc-provider'
import { announce } from './announce'

/**
 * The certified engine with everything in memory, set to answer a refresh as we do: rotation, a JWT access token signed
 * ES256 with the same claims, an ID token signed RS256. It asks no EHR and writes no audit.
 */
const port = Number(process.env['PORT'])
const clientId = process.env['BENCH_APP'] ?? ''
const scope = process.env['BENCH_SCOPES'] ?? ''
const patient = process.env['BENCH_PATIENT'] ?? ''
const issuer = `http://localhost:${port}`
const resource = `${issuer}/fhir/demo`
const fhirUser = `${resource}/Patient/${patient}`

const store = new Map<string, AdapterPayload>()
const adapter = (model: string): Adapter => ({
  upsert: async (id, payload) => void store.set(`${model}:${id}`, payload),
  find: async (id) => store.get(`${model}:${id}`),
  findByUid: async () => undefined,
  findByUserCode: async () => undefined,
  consume: async (id) => {
    const payload = store.get(`${model}:${id}`)
    if (payload) payload.consumed = Math.floor(Date.now() / 1000)
  },
  destroy: async (id) => void store.delete(`${model}:${id}`),
  revokeByGrantId: async () => undefined,
})

const key = async (alg: string) => {
  const pair = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(pair.privateKey)), alg, use: 'sig' as const, kid: randomUUID() }
}
const provider = new Provider(issuer, {
  adapter,
  jwks: { keys: [await key('ES256'), await key('RS256')] },
  clients: [
    {
      client_id: clientId,
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      redirect_uris: ['https://bench-app.example/app'],
      id_token_signed_response_alg: 'RS256',
      require_auth_time: true,
    },
    {
      client_id: 'inspector',
      client_secret: 'bench-only-secret',
      grant_types: [],
      response_types: [],
      redirect_uris: [],
      token_endpoint_auth_method: 'client_secret_basic',
    },
  ],
  scopes: scope.split(' '),
  claims: { openid: ['sub', 'fhirUser'] },
  conformIdTokenClaims: false,
  rotateRefreshToken: true,
  extraTokenClaims: (_ctx, token) =>
    token.kind === 'AccessToken'
      ? { patient, fhirUser, auth_time: Math.floor(Date.now() / 1000) }
      : undefined,
  findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, fhirUser }) }),
  features: {
    devInteractions: { enabled: false },
    introspection: { enabled: true, allowedPolicy: () => true },
    dPoP: { enabled: false },
    userinfo: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => resource,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope,
        audience: resource,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 900,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  ttl: { AccessToken: 900, Grant: 86_400, IdToken: 900, RefreshToken: 86_400 },
})

const client = await provider.Client.find(clientId)
if (!client) throw new Error('no client')
const tokens: string[] = []
/** Opaque ones: this engine keeps nothing of a JWT that could be asked about. */
const accessTokens: string[] = []
for (let made = 0; made < Number(process.env['BENCH_TOKENS'] ?? 0); made += 1) {
  const accountId = randomUUID()
  const grant = new provider.Grant({ accountId, clientId })
  grant.addOIDCScope(scope)
  grant.addResourceScope(resource, scope)
  const refresh = new provider.RefreshToken({
    accountId,
    client,
    grantId: await grant.save(),
    gty: 'authorization_code',
    scope,
    resource,
    authTime: Math.floor(Date.now() / 1000),
    claims: {},
    expiresWithSession: false,
  })
  tokens.push(await refresh.save())
  const access = new provider.AccessToken({
    accountId,
    client,
    grantId: grant.jti,
    gty: 'authorization_code',
    scope,
    claims: {},
    extra: { patient, fhirUser },
  })
  accessTokens.push(await access.save())
}
process.on('message', () => process.send?.({ tokens, accessTokens }))

const server = createServer(provider.callback())
announce(server)
server.listen(port, 'localhost')
