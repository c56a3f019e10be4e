import type { JWK } from 'jose'
import { type Configuration, interactionPolicy, type KoaContextWithOIDC, Provider } from 'oidc-provider'
import type { Account, AccountDirectory } from './accounts'
import { type Controls, spoilIdToken } from './control'
import { acr, type IssuerEntry } from './issuers'
import { createMemoryStore } from './memory-store'
import { brandedMessage, errorPage, signedOutPage, signOutPage } from './pages'

export const clientId = 'vestibule'

export type ProviderParts = {
  readonly issuer: string
  readonly entry: IssuerEntry
  readonly directory: AccountDirectory
  readonly brokerUrl: string
  /** Where the clinic's portal is, which signs its patients in here too. */
  readonly portalUrl: string | undefined
  readonly clientSecret: string
  readonly signingKey: JWK
  readonly cookieKeys: readonly string[]
  readonly controls: Controls
}

/**
 * No `form-action`: a sign-in form ends at the broker, and the broker may send the browser on to an app, which
 * Chromium counts as the same form. Nothing secret is ever typed here.
 */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'"

/** One certified OpenID provider, narrowed to what the broker uses: code flow, PKCE, RS256, its own pages. */
export function createProvider(parts: ProviderParts): Provider {
  const provider = new Provider(parts.issuer, configurationOf(parts))
  provider.use(async (ctx, next) => {
    ctx.set('content-security-policy', contentSecurityPolicy)
    await next()
    await applyFaults(ctx, parts)
  })
  return provider
}

function configurationOf(parts: ProviderParts): Configuration {
  const { entry } = parts
  const cookie = `vestibule_demo_idp_${entry.key}`
  return {
    adapter: createMemoryStore(),
    clients: [clientOf(parts), ...portalClients(parts)],
    jwks: { keys: [parts.signingKey] },
    cookies: {
      keys: [...parts.cookieKeys],
      names: {
        session: cookie,
        interaction: `${cookie}_interaction`,
        resume: `${cookie}_resume`,
      },
    },
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false },
      userinfo: { enabled: true },
      revocation: { enabled: true },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = signOutPage(entry, form).toString()
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = signedOutPage(entry).toString()
        },
      },
    },
    // the package's own way out refuses loopback, where everybody of the demo lives; only the broker is ever called
    fetch: (url, options = {}) => {
      const { method = 'GET', headers = {}, body = null, redirect = 'error', signal = null } = options
      return globalThis.fetch(url, { method, headers, body, redirect, signal })
    },
    scopes: ['openid'],
    claims: {
      openid: ['sub', 'auth_time', 'acr', 'amr'],
      email: ['email', 'email_verified'],
      profile: ['name', 'preferred_username'],
    },
    conformIdTokenClaims: false,
    acrValues: entry.steps === 2 ? [acr.oneStep, acr.twoSteps] : [acr.oneStep],
    pkce: { required: () => true },
    responseTypes: ['code'],
    interactions: {
      policy: policyWithAccountChoice(),
      url: (_ctx, interaction) => `${entry.path}/interaction/${interaction.uid}`,
    },
    findAccount: (_ctx, subject) => toProviderAccount(parts.directory.find(subject)),
    loadExistingGrant: grantWhatIsAsked,
    renderError: (ctx, out) => {
      ctx.type = 'html'
      ctx.body = errorPage(entry, brandedMessage(out), startOver(parts)).toString()
    },
    ttl: {
      AccessToken: 600,
      AuthorizationCode: 60,
      Grant: 12 * 3600,
      IdToken: 600,
      Interaction: 1800,
      Session: 12 * 3600,
    },
  }
}

/** Where a sign-in begins: a sign-in that cannot go on is begun again there. */
export function startOver({ entry, brokerUrl }: Pick<ProviderParts, 'entry' | 'brokerUrl'>): string {
  return `${brokerUrl}${entry.steps === 2 ? '/staff/sign-in' : '/sign-in'}`
}

function clientOf({
  entry,
  brokerUrl,
  clientSecret,
}: ProviderParts): NonNullable<Configuration['clients']>[number] {
  return {
    client_id: clientId,
    client_secret: clientSecret,
    client_name: 'Harbor Clinic',
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code'],
    response_types: ['code'],
    id_token_signed_response_alg: 'RS256',
    require_auth_time: true,
    redirect_uris: [`${brokerUrl}/api/auth/callback/${entry.key}`],
    post_logout_redirect_uris: ['/', '/sign-in', '/signed-out', '/staff', '/oauth/logout/back'].map(
      (path) => `${brokerUrl}${path}`,
    ),
    backchannel_logout_uri: `${brokerUrl}/backchannel-logout/${entry.key}`,
    backchannel_logout_session_required: true,
  }
}

/** The clinic's portal: another client of the patients' home issuer, as a hospital's would be. */
function portalClients({
  entry,
  portalUrl,
  clientSecret,
}: ProviderParts): NonNullable<Configuration['clients']> {
  if (portalUrl === undefined || entry.key !== 'sunrise') return []
  return [
    {
      client_id: 'harbor-portal',
      client_secret: clientSecret,
      client_name: 'Harbor Clinic portal',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: 'RS256',
      require_auth_time: true,
      redirect_uris: [`${portalUrl}/callback`],
    },
  ]
}

/** `prompt=select_account` always shows the choice; the package's own policy knows only login and consent. */
function policyWithAccountChoice(): interactionPolicy.DefaultPolicy {
  const policy = interactionPolicy.base()
  policy.add(new interactionPolicy.Prompt({ name: 'select_account', requestable: true }), 0)
  return policy
}

/** Consent is automatic here: the one client belongs to the same demo. */
async function grantWhatIsAsked(ctx: KoaContextWithOIDC) {
  const { account, client, provider } = ctx.oidc
  if (!account || !client) return undefined
  const grant = new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  grant.addOIDCScope([...ctx.oidc.requestParamScopes].join(' '))
  await grant.save()
  return grant
}

function toProviderAccount(account: Account | undefined) {
  if (!account) return undefined
  return {
    accountId: account.subject,
    claims: () => ({
      sub: account.subject,
      email: account.email,
      email_verified: true,
      name: account.name,
      preferred_username: account.userName,
    }),
  }
}

async function applyFaults(
  ctx: {
    path: string
    status: number
    body: unknown
    response: { get(name: string): string | undefined }
    set(name: string, value: string): void
  },
  { controls, entry, signingKey, clientSecret }: ProviderParts,
): Promise<void> {
  if (ctx.path === '/token' && isTokenResponse(ctx.body)) {
    const fault = controls.takeIdTokenFault(entry.key)
    if (fault)
      ctx.body = {
        ...ctx.body,
        id_token: await spoilIdToken(ctx.body.id_token, fault, { key: signingKey, clientSecret }),
      }
  }
  const location = ctx.response.get('location') ?? ''
  if (location.includes('code=') && location.includes('iss=') && controls.takeResponseFault(entry.key)) {
    const url = new URL(location)
    url.searchParams.set('iss', 'https://somebody-else.example.org')
    ctx.set('location', url.href)
  }
}

function isTokenResponse(body: unknown): body is { id_token: string } {
  return typeof body === 'object' && body !== null && 'id_token' in body && typeof body.id_token === 'string'
}
