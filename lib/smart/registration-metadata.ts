import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { PatientApp } from '@/lib/apps/apps'
import type { NewRegistration } from '@/lib/apps/registrations'
import { appEntrySchema, appStatements } from '@/lib/config/app-entry'
import { config } from '@/lib/config/config'
import { isLoopback } from '@/lib/config/dangers'
import { findRedirectProblem } from '@/lib/config/redirect-rules'
import { publicJwks } from '@/lib/crypto/public-jwks'
import { OAuthError } from '@/lib/smart/oauth-error'
import {
  describeNotOffered,
  listNotOffered,
  listSupportedScopes,
  negotiateScopes,
  plainScopes,
  splitScopes,
} from '@/lib/smart/scopes'

/** Text that a page may show: no control characters, and none that turn the writing round. */
const shown = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^[^\p{C}\u2028\u2029]+$/u)

const webAddress = z
  .string()
  .max(500)
  .refine((address) => URL.canParse(address) && findRedirectProblem(address) === undefined && isWeb(address))

/** https; on a loopback server also http on loopback. Nothing here is ever fetched at registration. */
function isWeb(address: string): boolean {
  return address.startsWith('https:') || (isLoopback(config().issuer) && isLoopback(address))
}

const redirectUri = z
  .string()
  .max(500)
  .refine((uri) => findRedirectProblem(uri) === undefined)

const requestSchema = z.object({
  redirect_uris: z.array(redirectUri).min(1).max(20),
  client_name: shown,
  client_uri: webAddress.optional(),
  logo_uri: webAddress.optional(),
  tos_uri: webAddress.optional(),
  policy_uri: webAddress.optional(),
  contacts: z.array(z.string().max(200)).max(10).optional(),
  software_id: z.string().max(200).optional(),
  software_version: z.string().max(200).optional(),
  application_type: z.enum(['web', 'native']).optional(),
  grant_types: z
    .array(z.enum(['authorization_code', 'refresh_token']))
    .refine((types) => types.includes('authorization_code'))
    .default(['authorization_code']),
  response_types: z.array(z.literal('code')).min(1).default(['code']),
  scope: z.string().max(4_000).optional(),
  token_endpoint_auth_method: z
    .enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .default('client_secret_basic'),
  token_endpoint_auth_signing_alg: z.enum(['ES384', 'RS384']).optional(),
  jwks: publicJwks.optional(),
  jwks_uri: webAddress.optional(),
  subject_type: z.enum(['public', 'pairwise']).default('public'),
  id_token_signed_response_alg: z.enum(['RS256', 'ES256']).default('RS256'),
  post_logout_redirect_uris: z.array(redirectUri).max(20).default([]),
  backchannel_logout_uri: webAddress.optional(),
  /** Only to read it back: each notice names the visit. */
  backchannel_logout_session_required: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().default(false),
  dpop_bound_access_tokens: z.boolean().default(false),
  vestibule_profile: z.enum(['smart', 'oidc']).default('smart'),
  vestibule_developer: shown.optional(),
  vestibule_launch_urls: z.array(webAddress).max(10).default([]),
  vestibule_statements: z.array(z.enum(appStatements)).default([]),
})

type Asked = z.infer<typeof requestSchema>

/** What would change what we promise if it were ignored: refused by name, unless it says `false`. */
const unsupported = [
  'sector_identifier_uri',
  'request_uris',
  'request_object_signing_alg',
  'request_object_encryption_alg',
  'request_object_encryption_enc',
  'require_signed_request_object',
  'userinfo_signed_response_alg',
  'userinfo_encrypted_response_alg',
  'userinfo_encrypted_response_enc',
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'authorization_signed_response_alg',
  'authorization_encrypted_response_alg',
  'introspection_signed_response_alg',
  'authorization_details_types',
  'default_max_age',
  'default_acr_values',
  'require_auth_time',
  'initiate_login_uri',
  'frontchannel_logout_uri',
  'frontchannel_logout_session_required',
  'tls_client_certificate_bound_access_tokens',
]

/** Members that only come back to the app that sent them. */
const echoedMembers = [
  'client_uri',
  'logo_uri',
  'tos_uri',
  'policy_uri',
  'contacts',
  'software_id',
  'software_version',
  'application_type',
  'grant_types',
  'backchannel_logout_session_required',
] as const

/**
 * Reads what an app wants to be registered with (RFC 7591 §2). Scopes it cannot have are left out and the rest is echoed
 * (§3.2.1); what we do not support is refused by name. @throws OAuthError naming the member and nothing it held
 */
export function parseRegistration(body: unknown, id: string): NewRegistration {
  const given = z.record(z.string(), z.unknown()).safeParse(body)
  if (!given.success) throw invalid('The body must be a JSON object.')
  if (given.data['software_statement'] !== undefined)
    throw new OAuthError('invalid_software_statement', 'Software statements are not supported.')
  const refused = unsupported.find((name) => ![undefined, false].some((none) => given.data[name] === none))
  if (refused) throw invalid(`${refused} is not supported.`)
  const parsed = requestSchema.safeParse(given.data)
  if (!parsed.success) throw explain(parsed.error)
  const asked = parsed.data
  requireKeys(asked)
  requireOffered(asked)
  return { app: appOf(asked, id), echoed: pick(asked) }
}

/** A new client_id: random, and of a shape no account has (RFC 9700 §4.15). */
export function newClientId(): string {
  return `reg-${randomBytes(16).toString('hex')}`
}

/** All that is registered, as the app reads it back (RFC 7591 §3.2.1). */
export function describeRegistration({ app, echoed }: NewRegistration): Readonly<Record<string, unknown>> {
  return {
    ...echoed,
    client_id: app.id,
    client_name: app.name,
    redirect_uris: app.redirectUris,
    response_types: ['code'],
    scope: app.scopes.join(' '),
    token_endpoint_auth_method: app.tokenEndpointAuthMethod,
    token_endpoint_auth_signing_alg: app.tokenEndpointAuthSigningAlg,
    jwks: app.jwks,
    jwks_uri: app.jwksUri,
    subject_type: app.subjectType,
    id_token_signed_response_alg: app.idTokenSignedResponseAlg,
    post_logout_redirect_uris: app.postLogoutRedirectUris,
    backchannel_logout_uri: app.backchannelLogoutUri,
    require_pushed_authorization_requests: app.requirePushedRequests,
    dpop_bound_access_tokens: app.dpopBoundAccessTokens,
    vestibule_profile: app.profile,
    vestibule_developer: app.developer,
    vestibule_launch_urls: app.launchUrls,
    vestibule_statements: app.statements,
  }
}

function appOf(asked: Asked, id: string): PatientApp {
  const scopes = registrableScopes(asked)
  if (scopes.length === 0) throw invalid('scope: none of these can be registered here.')
  const host = asked.redirect_uris.map((uri) => new URL(uri).hostname).find((name) => name !== '')
  const entry = appEntrySchema.safeParse({
    kind: 'app',
    id,
    name: asked.client_name,
    developer: asked.vestibule_developer ?? host?.slice(0, 100) ?? asked.client_name,
    website: asked.client_uri,
    redirectUris: [...new Set(asked.redirect_uris)],
    scopes,
    profile: asked.vestibule_profile,
    tokenEndpointAuthMethod: asked.token_endpoint_auth_method,
    tokenEndpointAuthSigningAlg: asked.token_endpoint_auth_signing_alg,
    jwks: asked.jwks,
    jwksUri: asked.jwks_uri,
    subjectType: asked.subject_type,
    idTokenSignedResponseAlg: asked.id_token_signed_response_alg,
    launchUrls: asked.vestibule_launch_urls,
    postLogoutRedirectUris: asked.post_logout_redirect_uris,
    backchannelLogoutUri: asked.backchannel_logout_uri,
    requirePushedRequests: asked.require_pushed_authorization_requests,
    dpopBoundAccessTokens: asked.dpop_bound_access_tokens,
    statements: [...new Set(asked.vestibule_statements)],
  })
  if (!entry.success || entry.data.kind !== 'app') throw invalid('Something here is not acceptable.')
  return entry.data
}

/** The same scopes are refused as in a request; beside `launch` an encounter is a hint here too (spec S10, L4). */
function requireOffered({ scope = '' }: Asked): void {
  const names = listNotOffered(scope, { isLaunched: splitScopes(scope).includes('launch') })
  if (names.length > 0) throw invalid(`scope: ${describeNotOffered(names)}`)
}

/** What a patient may open, as far as it is served; a launch only where there is an address to launch. */
function registrableScopes(asked: Asked): readonly string[] {
  const all = listSupportedScopes()
  const wanted = splitScopes(asked.scope ?? 'openid fhirUser launch/patient offline_access patient/*.rs')
  return wanted
    .flatMap((scope) =>
      plainScopes.some((plain) => plain === scope) ? [scope] : negotiateScopes(scope, all),
    )
    .filter((scope) => scope !== 'launch' || asked.vestibule_launch_urls.length > 0)
    .filter(
      (scope) =>
        scope !== 'offline_access' ||
        asked.grant_types.includes('refresh_token') ||
        asked.scope !== undefined,
    )
}

/** Keys by value or by address, and only for those who sign (RFC 7591 §2). */
function requireKeys(asked: Asked): void {
  if (asked.jwks && asked.jwks_uri) throw invalid('jwks and jwks_uri exclude each other.')
  const signs = asked.token_endpoint_auth_method === 'private_key_jwt'
  if (signs && !asked.jwks && !asked.jwks_uri) throw invalid('private_key_jwt needs jwks or jwks_uri.')
}

function pick(asked: Asked): NewRegistration['echoed'] {
  return Object.fromEntries(
    echoedMembers.flatMap((name) => (asked[name] === undefined ? [] : [[name, asked[name]]])),
  )
}

function explain(error: z.ZodError): OAuthError {
  const member = error.issues[0]?.path[0]
  if (member === 'redirect_uris')
    return new OAuthError(
      'invalid_redirect_uri',
      'redirect_uris: complete https addresses, http on loopback, or private schemes with a dot; no fragment, no user information.',
    )
  return invalid(`${String(member ?? 'body')} is missing or not acceptable here.`)
}

function invalid(description: string): OAuthError {
  return new OAuthError('invalid_client_metadata', description)
}
