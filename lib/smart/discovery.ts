import { acrValues } from '@/lib/config/acr-values'
import { config } from '@/lib/config/config'
import { proofAlgorithms } from '@/lib/dpop/proof'
import { brandIdentifier } from '@/lib/ehrs/brands'
import { findEhr } from '@/lib/ehrs/ehrs'
import { json } from '@/lib/http/json'
import { assertionAlgorithms } from '@/lib/smart/client-assertion'
import { listSupportedScopes } from '@/lib/smart/scopes'

/** SMART capabilities, exactly those served (SMART App Launch 2.2, conformance). */
const capabilities = [
  'launch-ehr',
  'launch-standalone',
  'authorize-post',
  'client-public',
  'client-confidential-symmetric',
  'client-confidential-asymmetric',
  'sso-openid-connect',
  'context-banner',
  'context-style',
  'context-ehr-patient',
  'context-standalone-patient',
  'permission-offline',
  'permission-online',
  'permission-patient',
  'permission-v1',
  'permission-v2',
]

/** Claims of ID tokens and userinfo. */
const claims = [
  'iss',
  'sub',
  'aud',
  'exp',
  'iat',
  'auth_time',
  'acr',
  'amr',
  'nonce',
  'at_hash',
  'sid',
  'fhirUser',
]

/** How clients prove themselves, at every endpoint that asks them to. */
const authenticationMethods = ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt']

/**
 * What every discovery document says, from one object, so that they agree value for value. Addresses come from the
 * configuration: the Host header has no say (RFC 8414 §6.2). Defaults that would claim too much (implicit grant,
 * request_uri) are spelled out.
 */
function metadata(): Record<string, unknown> {
  const { issuer, languages, registration } = config()
  return {
    issuer,
    authorization_endpoint: `${issuer}/oauth/authorize`,
    token_endpoint: `${issuer}/oauth/token`,
    pushed_authorization_request_endpoint: `${issuer}/oauth/par`,
    require_pushed_authorization_requests: false,
    userinfo_endpoint: `${issuer}/oauth/userinfo`,
    end_session_endpoint: `${issuer}/oauth/logout`,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
    ...(registration === 'closed' ? {} : { registration_endpoint: `${issuer}/oauth/register` }),
    revocation_endpoint: `${issuer}/oauth/revoke`,
    introspection_endpoint: `${issuer}/oauth/introspect`,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    scopes_supported: listSupportedScopes(),
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: authenticationMethods,
    token_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    revocation_endpoint_auth_methods_supported: authenticationMethods,
    revocation_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    dpop_signing_alg_values_supported: proofAlgorithms,
    introspection_endpoint_auth_methods_supported: [...authenticationMethods.slice(1), 'Bearer'],
    introspection_endpoint_auth_signing_alg_values_supported: assertionAlgorithms,
    authorization_response_iss_parameter_supported: true,
    subject_types_supported: ['public', 'pairwise'],
    id_token_signing_alg_values_supported: ['RS256', 'ES256'],
    claims_supported: claims,
    acr_values_supported: acrValues,
    prompt_values_supported: ['none', 'login', 'consent', 'select_account'],
    claims_parameter_supported: false,
    request_parameter_supported: false,
    request_uri_parameter_supported: false,
    require_request_uri_registration: false,
    ui_locales_supported: languages,
  }
}

/**
 * `{FHIR base}/.well-known/smart-configuration` of one EHR, at the base that apps call. Behind our gateway it is served
 * there (`/fhir/{ehr}/.well-known/…`). An EHR that enforces by itself serves its own; what it has to say stands at
 * `/ehrs/{ehr}/smart-configuration`, for it to pass on or to copy. Each EHR has one of the two, the other is not found.
 */
export async function smartConfiguration(request: Request): Promise<Response> {
  const [, place, id = ''] = new URL(request.url).pathname.split('/')
  const enforcement = place === 'ehrs' ? 'self' : 'gateway'
  const ehr = findEhr(id)
  if (ehr?.enforcement !== enforcement)
    return json({ error: 'not_found' }, 404, { 'access-control-allow-origin': '*' })
  const { issuer } = config()
  return discoveryAnswer({
    ...metadata(),
    capabilities,
    management_endpoint: `${issuer}/account`,
    user_access_brand_bundle: `${issuer}/brands.json`,
    user_access_brand_identifier: brandIdentifier(ehr),
  })
}

/** `/.well-known/openid-configuration` (OpenID Connect Discovery §4). */
export async function openidConfiguration(): Promise<Response> {
  return discoveryAnswer(metadata())
}

/** `/.well-known/oauth-authorization-server` (RFC 8414 §3). */
export async function oauthServerMetadata(): Promise<Response> {
  return discoveryAnswer(metadata())
}

/** Public, cacheable for a short while, readable from any origin, JSON whatever `Accept` says. */
function discoveryAnswer(document: Readonly<Record<string, unknown>>): Response {
  return new Response(JSON.stringify(document), {
    headers: {
      'content-type': 'application/json',
      'cache-control': 'public, max-age=300',
      'access-control-allow-origin': '*',
    },
  })
}
