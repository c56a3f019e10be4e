import { z } from 'zod'
import { appStatements } from '@/lib/config/app-entry'
import { config } from '@/lib/config/config'
import { isLoopback } from '@/lib/config/dangers'
import { findRedirectProblem } from '@/lib/config/redirect-rules'
import { publicJwks } from '@/lib/crypto/public-jwks'

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

/** What an app may ask to be registered with (RFC 7591 §2, OpenID Connect Registration §2). */
export const requestSchema = z.object({
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

/** The same as read. */
export type Asked = z.infer<typeof requestSchema>

/** What would change what we promise if it were ignored: refused by name, unless it says `false`. */
export const unsupported = [
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
export const echoedMembers = [
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
