import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { PatientApp } from '@/lib/apps/apps'
import type { NewRegistration } from '@/lib/apps/registrations'
import { appEntrySchema } from '@/lib/config/app-entry'
import { OAuthError } from '@/lib/smart/oauth-error'
import { type Asked, echoedMembers, requestSchema, unsupported } from '@/lib/smart/registration-request'
import {
  describeNotOffered,
  listNotOffered,
  listSupportedScopes,
  negotiateScopes,
  plainScopes,
  splitScopes,
} from '@/lib/smart/scopes'

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
  if (scopes.length === 0)
    throw invalid(
      'scope: none of these can be registered here; scopes_supported of the discovery document can.',
    )
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
