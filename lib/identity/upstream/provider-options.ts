import type { NextAuthOptions } from 'next-auth'
import type { OAuthConfig } from 'next-auth/providers/oauth'
import type { Provider } from '@/lib/config/config'
import { isEqual } from '@/lib/crypto/digest'
import { type ProviderMetadata, providerKeys } from '@/lib/identity/upstream/discovery'
import { type IdTokenProblem, type UpstreamIdentity, verifyIdToken } from '@/lib/identity/upstream/id-token'
import { quirksOf } from '@/lib/identity/upstream/presets'
import type { Transaction } from '@/lib/identity/upstream/transaction'

/** How a provider's answer ended. `problem` is for log and audit; a person is told less. */
export type Exchange =
  | { readonly outcome: 'proven'; readonly identity: UpstreamIdentity }
  | { readonly outcome: 'refused'; readonly problem: ExchangeProblem }

export type ExchangeProblem =
  | `id-token-${IdTokenProblem}`
  | 'id-token-missing'
  | 'state'
  | 'response-issuer'
  | 'checks-missing'
  | 'provider-refused-code'
  | 'provider-unreachable'

type Profile = { readonly sub: string }

/** Parameters of the request to a provider that depend on what was asked for. */
export function requestParameters(
  provider: Provider,
  {
    maxAgeSeconds,
    isStrong = false,
    isExpected = false,
  }: Pick<Transaction, 'maxAgeSeconds' | 'isStrong' | 'isExpected'>,
): Record<string, string> {
  // every explicit sign-in asks which account: on a shared computer the last one is somebody else's;
  // after a launch nobody but its person is let in, and who is signed in there goes straight on
  const strength: { acr_values?: string } =
    isStrong && provider.mfa.acr.length > 0 ? { acr_values: provider.mfa.acr.join(' ') } : {}
  if (maxAgeSeconds === undefined)
    return { scope: 'openid', ...(isExpected ? {} : { prompt: 'select_account' }), ...strength }
  const prompt = quirksOf(provider.issuer).freshPrompt
  return { scope: 'openid', prompt, max_age: String(maxAgeSeconds), ...strength }
}

/**
 * next-auth's options for one provider and one request. It makes state, nonce and PKCE and reads them back; the answer
 * is checked here: state, issuer of the response (RFC 9207), the code exchange with its verifier, and the ID token by
 * our own rules. `settle` is told how it ended; nothing of the provider's tokens is kept.
 */
export function providerOptions(
  provider: Provider,
  metadata: ProviderMetadata,
  request: {
    readonly parameters: Readonly<Record<string, string>>
    readonly now: Date
    readonly settle: (exchange: Exchange) => void
  },
): NextAuthOptions {
  const definition: OAuthConfig<Profile> = {
    id: provider.id,
    name: provider.name,
    type: 'oauth',
    issuer: provider.issuer,
    authorization: { url: metadata.authorization_endpoint, params: { ...request.parameters } },
    token: {
      url: metadata.token_endpoint,
      request: async ({ params, checks, client, provider: { callbackUrl } }) => {
        const exchange = await exchangeCode(provider, metadata, {
          ...request,
          answer: params,
          checks,
          redeem: (code, verifier) => redeemCode(client, { code, verifier, callbackUrl }),
        })
        request.settle(exchange)
        if (exchange.outcome === 'refused') throw new Error(exchange.problem)
        return { tokens: {} }
      },
    },
    // the ID token was verified above: next-auth is told as little as it takes
    userinfo: { url: metadata.token_endpoint, request: async () => ({ sub: 'verified' }) },
    jwks_endpoint: metadata.jwks_uri,
    clientId: provider.clientId,
    ...(provider.clientSecret === undefined ? {} : { clientSecret: provider.clientSecret }),
    client: { token_endpoint_auth_method: clientAuthentication(provider, metadata) },
    idToken: true,
    checks: ['pkce', 'state', 'nonce'],
    httpOptions: { timeout: 5_000 },
    profile: () => ({ id: 'verified' }),
  }
  return { providers: [definition], callbacks: { redirect: ({ baseUrl }) => baseUrl } }
}

type Redeemed = { readonly idToken: string | undefined } | 'provider-refused-code' | 'provider-unreachable'

type Answer = {
  readonly answer: { readonly state?: string; readonly iss?: string; readonly code?: string }
  readonly checks: { readonly state?: string; readonly nonce?: string; readonly code_verifier?: string }
  readonly redeem: (code: string, verifier: string) => Promise<Redeemed>
  readonly now: Date
}

/** Takes a provider's answer: every check before the code is redeemed, and the ID token after it. */
export async function exchangeCode(
  provider: Provider,
  metadata: ProviderMetadata,
  { answer, checks, redeem, now }: Answer,
): Promise<Exchange> {
  if (!checks.state || !checks.nonce || !checks.code_verifier) return refused('checks-missing')
  if (!answer.state || !isEqual(answer.state, checks.state)) return refused('state')
  const mustNameIssuer = metadata.authorization_response_iss_parameter_supported
  if (answer.iss === undefined ? mustNameIssuer : answer.iss !== metadata.issuer)
    return refused('response-issuer')
  if (!answer.code) return refused('provider-refused-code')
  const redeemed = await redeem(answer.code, checks.code_verifier)
  if (typeof redeemed === 'string') return refused(redeemed)
  if (!redeemed.idToken) return refused('id-token-missing')
  const keys = providerKeys(metadata)
  const reading = await verifyIdToken(redeemed.idToken, provider, { keys, nonce: checks.nonce, now })
  return reading.outcome === 'verified'
    ? { outcome: 'proven', identity: reading.identity }
    : refused(`id-token-${reading.problem}`)
}

type Granting = { grant(body: Record<string, unknown>): Promise<{ id_token?: string }> }

/** The code for an ID token, at the provider's token endpoint (RFC 6749 §4.1.3). */
async function redeemCode(
  client: Granting,
  {
    code,
    verifier,
    callbackUrl,
  }: { readonly code: string; readonly verifier: string; readonly callbackUrl: string },
): Promise<Redeemed> {
  try {
    const tokens = await client.grant({
      grant_type: 'authorization_code',
      code,
      redirect_uri: callbackUrl,
      code_verifier: verifier,
    })
    return { idToken: tokens.id_token }
  } catch (error) {
    return (error as { name?: unknown }).name === 'OPError' ? 'provider-refused-code' : 'provider-unreachable'
  }
}

function clientAuthentication(
  provider: Provider,
  metadata: ProviderMetadata,
): 'none' | 'client_secret_basic' | 'client_secret_post' {
  if (provider.clientSecret === undefined) return 'none'
  const offered = metadata.token_endpoint_auth_methods_supported
  return offered.includes('client_secret_basic') || !offered.includes('client_secret_post')
    ? 'client_secret_basic'
    : 'client_secret_post'
}

function refused(problem: ExchangeProblem): Exchange {
  return { outcome: 'refused', problem }
}
