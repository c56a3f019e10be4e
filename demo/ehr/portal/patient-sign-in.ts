import { createHash, randomBytes } from 'node:crypto'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import { z } from 'zod'
import { type PortalSettings, portalNames } from './portal-settings'

/** A sign-in on its way to the provider and back. Kept in memory, named by the browser's cookie. */
export type Departure = { readonly state: string; readonly nonce: string; readonly verifier: string }

/** Who came back. */
export type Arrival = { readonly subject: string; readonly authTime: number | undefined }

const discoverySchema = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url(),
  token_endpoint: z.url(),
  jwks_uri: z.url(),
})

/** The address to send a browser to: code flow with PKCE, state and nonce (OpenID Connect Core §3.1). */
export async function beginPatientSignIn(
  settings: PortalSettings,
): Promise<{ readonly departure: Departure; readonly address: string }> {
  const { authorization_endpoint: endpoint } = await discover(settings)
  const departure = { state: secret(), nonce: secret(), verifier: secret() }
  const address = new URL(endpoint)
  const query = {
    client_id: portalNames.providerClient,
    response_type: 'code',
    redirect_uri: callbackAddress(settings),
    scope: 'openid',
    state: departure.state,
    nonce: departure.nonce,
    code_challenge: createHash('sha256').update(departure.verifier).digest('base64url'),
    code_challenge_method: 'S256',
    prompt: 'select_account',
  }
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value)
  return { departure, address: address.href }
}

/** Takes the provider's answer: state and issuer of the response, code for ID token, and the ID token itself. */
export async function completePatientSignIn(
  settings: PortalSettings,
  departure: Departure,
  answer: URLSearchParams,
): Promise<Arrival | undefined> {
  const code = answer.get('code')
  if (code === null || answer.get('state') !== departure.state) return undefined
  const provider = await discover(settings)
  if (answer.get('iss') !== null && answer.get('iss') !== provider.issuer) return undefined
  const basic = Buffer.from(`${portalNames.providerClient}:${portalNames.providerSecret}`).toString('base64')
  const response = await fetch(provider.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: callbackAddress(settings),
      code_verifier: departure.verifier,
    }),
  })
  if (!response.ok) return undefined
  const { id_token: idToken } = z.object({ id_token: z.string() }).parse(await response.json())
  const { payload } = await jwtVerify(idToken, createRemoteJWKSet(new URL(provider.jwks_uri)), {
    issuer: provider.issuer,
    audience: portalNames.providerClient,
    algorithms: ['RS256'],
    requiredClaims: ['sub', 'exp', 'iat', 'nonce'],
  })
  if (payload['nonce'] !== departure.nonce || payload.sub === undefined) return undefined
  const authTime = payload['auth_time']
  return { subject: payload.sub, authTime: typeof authTime === 'number' ? authTime : undefined }
}

async function discover({ providerIssuer }: PortalSettings): Promise<z.infer<typeof discoverySchema>> {
  const address = `${providerIssuer}/.well-known/openid-configuration`
  const found = discoverySchema.parse(await (await fetch(address, { redirect: 'error' })).json())
  if (found.issuer !== providerIssuer) throw new Error('discovery names another issuer')
  return found
}

function callbackAddress({ publicUrl }: PortalSettings): string {
  return `${publicUrl}/portal/callback`
}

function secret(): string {
  return randomBytes(32).toString('base64url')
}
