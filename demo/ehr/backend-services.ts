import { createHash, randomBytes } from 'node:crypto'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import type { Scope } from './scopes'
import { parseScopes } from './scopes'
import type { EhrSettings } from './settings'
import type { TrustedIssuer } from './trusted-issuer'

/** Life of an opaque token in seconds. SMART Backend Services: at most 300. */
const tokenSeconds = 300
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

export type BackendServices = {
  tokenEndpoint: string
  /** The token endpoint. RFC 6749 §4.4, RFC 7523 §2.2, SMART Backend Services. */
  token(form: URLSearchParams): Promise<Response>
  /** What an opaque token allows; undefined when it is unknown or over. */
  findScopes(token: string): readonly Scope[] | undefined
}

export function makeBackendServices(settings: EhrSettings, issuer: TrustedIssuer): BackendServices {
  const tokenEndpoint = `${settings.publicUrl}/oauth/token`
  const tokens = new Map<string, { readonly scopes: readonly Scope[]; readonly expires: number }>()
  const spentAssertions = new Map<string, number>()

  /** True once for each assertion id. */
  function spend(jti: string, expires: number): boolean {
    for (const [key, until] of spentAssertions) if (until < Date.now()) spentAssertions.delete(key)
    if (spentAssertions.has(jti)) return false
    spentAssertions.set(jti, expires)
    return true
  }

  async function isGateway(assertion: string): Promise<boolean | 'unreachable'> {
    if (!isOwnAssertion(assertion, settings.gatewayClientId)) return false
    const verified = await issuer.verify(assertion, {
      typ: undefined,
      issuer: settings.gatewayClientId,
      audience: tokenEndpoint,
      algorithms: ['ES256', 'ES384', 'RS384'],
    })
    if (!('payload' in verified)) return verified.status === 503 ? 'unreachable' : false
    const { sub, jti, exp = 0 } = verified.payload
    const now = Date.now() / 1000
    if (sub !== settings.gatewayClientId || !jti || exp > now + tokenSeconds + 5) return false
    return spend(jti, (exp + 10) * 1000)
  }

  return {
    tokenEndpoint,
    async token(form) {
      for (const name of ['grant_type', 'scope', 'client_assertion', 'client_assertion_type'])
        if (form.getAll(name).length > 1) return oauthError(400, 'invalid_request')
      if (form.get('grant_type') !== 'client_credentials') return oauthError(400, 'unsupported_grant_type')
      if (form.get('client_assertion_type') !== assertionType) return oauthError(401, 'invalid_client')
      const known = await isGateway(form.get('client_assertion') ?? '')
      if (known === 'unreachable') return oauthError(503, 'temporarily_unavailable')
      if (!known) return oauthError(401, 'invalid_client')
      const granted = grantable(form.get('scope') ?? '')
      if (granted === '') return oauthError(400, 'invalid_scope')
      const token = randomBytes(32).toString('base64url')
      for (const [key, { expires }] of tokens) if (expires < Date.now()) tokens.delete(key)
      tokens.set(digest(token), { scopes: parseScopes(granted), expires: Date.now() + tokenSeconds * 1000 })
      return oauthJson(200, {
        access_token: token,
        token_type: 'bearer',
        expires_in: tokenSeconds,
        scope: granted,
      })
    },
    findScopes(token) {
      const found = tokens.get(digest(token))
      return found && found.expires > Date.now() ? found.scopes : undefined
    },
  }
}

/** Issuer and subject name the gateway, and the header has no `typ` of another kind of token. */
function isOwnAssertion(assertion: string, clientId: string): boolean {
  try {
    const { typ } = decodeProtectedHeader(assertion)
    const { iss, sub } = decodeJwt(assertion)
    return (
      iss === clientId &&
      sub === clientId &&
      (typ === undefined || /^(jwt|client-authentication\+jwt)$/i.test(typ))
    )
  } catch {
    return false
  }
}

/** Of the scopes asked for, those on `system/` that only read. */
function grantable(scope: string): string {
  return scope
    .split(' ')
    .filter((one) => {
      const [parsed] = parseScopes(one)
      return parsed?.context === 'system' && /\.(r?s?|read)(\?|$)/.test(one)
    })
    .join(' ')
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}

function oauthError(status: number, error: string): Response {
  return oauthJson(status, { error })
}

function oauthJson(status: number, body: Readonly<Record<string, string | number>>): Response {
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', pragma: 'no-cache' }
  return new Response(JSON.stringify(body), { status, headers })
}
