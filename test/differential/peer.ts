import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import { errors, Provider } from 'oidc-provider'
import { createMemoryStore } from '@/demo/identity-provider/memory-store'
import { challengeOf, clients, newVerifier, type Side, scopes } from '@/test/differential/side'
import { freePort } from '@/test/postgres-server'

/** The certified server, told the same as ours, and how to end it. */
export type Peer = Side & { stop(): Promise<void> }

/** 256 bits that protect nothing. */
const secret = 'a-secret-of-the-peer-that-protects-nothing_1'

/** Starts it on a free port. What it can do that we refuse is switched off; what both can do is on. */
export async function startPeer(): Promise<Peer> {
  const port = await freePort()
  const url = `http://localhost:${port}`
  const audience = `${url}/fhir/demo`
  const provider = await createProvider(url, audience)
  const server = createServer(provider.callback())
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  return {
    url,
    audience,
    secret,
    paths: {
      authorize: '/auth',
      par: '/request',
      token: '/token',
      revoke: '/token/revocation',
      introspect: '/token/introspection',
      userinfo: '/me',
    },
    giveCode: async ({ jkt, client: which = 'app' } = {}) => {
      const { id, redirectUri } = clients[which]
      const client = await provider.Client.find(id)
      if (!client) throw new Error('no client')
      const grant = new provider.Grant({ accountId: 'maya', clientId: client.clientId })
      grant.addOIDCScope(scopes)
      grant.addResourceScope(audience, scopes)
      const verifier = newVerifier()
      const code = new provider.AuthorizationCode({
        accountId: 'maya',
        client,
        grantId: await grant.save(),
        gty: 'authorization_code',
        authTime: Math.floor(Date.now() / 1000),
        claims: {},
        codeChallenge: challengeOf(verifier),
        codeChallengeMethod: 'S256',
        expiresWithSession: false,
        redirectUri,
        resource: audience,
        scope: scopes,
        sessionUid: randomUUID(),
        ...(jkt === undefined ? {} : { dpopJkt: jkt }),
      })
      return { code: await code.save(), verifier, redirectUri }
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function createProvider(url: string, audience: string): Promise<Provider> {
  const common = { grant_types: ['authorization_code', 'refresh_token'], response_types: ['code' as const] }
  const open = { ...common, token_endpoint_auth_method: 'none' as const }
  const provider = new Provider(url, {
    adapter: createMemoryStore(),
    jwks: { keys: [await signingKey('ES256'), await signingKey('RS256')] },
    clients: [
      { ...open, client_id: clients.app.id, redirect_uris: [clients.app.redirectUri] },
      { ...open, client_id: clients.other.id, redirect_uris: [clients.other.redirectUri] },
      {
        ...open,
        client_id: clients.native.id,
        application_type: 'native',
        redirect_uris: [clients.native.redirectUri, 'com.example.app:/cb'],
      },
      {
        ...common,
        client_id: clients.secret.id,
        client_secret: secret,
        token_endpoint_auth_method: 'client_secret_basic',
        redirect_uris: [clients.secret.redirectUri],
      },
    ],
    scopes: scopes.split(' '),
    responseTypes: ['code'],
    pkce: { required: () => true },
    rotateRefreshToken: true,
    allowOmittingSingleRegisteredRedirectUri: false,
    enableHttpPostMethods: true,
    cookies: { long: { sameSite: 'none' }, keys: ['a-key-of-the-peer'] },
    enabledJWA: { dPoPSigningAlgValues: ['ES256', 'ES384', 'PS256', 'RS256'] },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    features: {
      devInteractions: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      introspection: {
        enabled: true,
        allowedPolicy: async (_ctx, client, token) => token.clientId === client.clientId,
      },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 1), requireNonce: () => false },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => audience,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx, resource) => {
          if (resource.replace(/\/$/, '') !== audience) throw invalidTarget()
          return { scope: scopes, audience, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }
        },
      },
    },
    renderError: (ctx) => {
      ctx.type = 'html'
      ctx.body = 'error'
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    ttl: {
      AccessToken: 900,
      AuthorizationCode: 60,
      Grant: 86_400,
      IdToken: 900,
      RefreshToken: 86_400,
      Session: 3600,
      Interaction: 3600,
    },
  })
  return provider
}

function invalidTarget(): Error {
  return new errors.InvalidTarget()
}

async function signingKey(alg: string) {
  const pair = await generateKeyPair(alg, { extractable: true })
  return { ...(await exportJWK(pair.privateKey)), alg, use: 'sig' as const, kid: randomUUID() }
}
