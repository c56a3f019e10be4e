import type { BackendServices } from './backend-services'
import type { Caller } from './caller'
import { checkGatewayJwt } from './credentials'
import type { Refusal } from './fhir-errors'
import type { EhrSettings } from './settings'
import type { Store } from './store'
import { refusedToken, type TrustedIssuer } from './trusted-issuer'

export type AuthenticationParts = {
  readonly issuer: TrustedIssuer
  readonly settings: EhrSettings
  readonly store: Store
  readonly backend: BackendServices
}

/** Who is asking: a JWT of the gateway, or an opaque token of our own with the person in a second header. */
export async function authenticate(headers: Headers, parts: AuthenticationParts): Promise<Caller | Refusal> {
  const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(headers.get('authorization') ?? '')?.[1]
  if (token === undefined) return refusedToken('none')
  if (token.includes('.')) return checkGatewayJwt(token, { typ: 'at+jwt' }, parts)
  const scopes = parts.backend.findScopes(token)
  if (!scopes) return refusedToken('unknown-or-over')
  const context = headers.get('x-vestibule-context')
  if (context === null) return backendCaller(parts.settings.gatewayClientId, scopes)
  const caller = await checkGatewayJwt(context, { typ: 'context+jwt' }, parts)
  return 'because' in caller ? caller : { ...caller, scopes }
}

function backendCaller(clientId: string, scopes: Caller['scopes']): Caller {
  return {
    door: 'backend-services',
    sub: clientId,
    fhirUser: undefined,
    patientId: undefined,
    app: clientId,
    purpose: undefined,
    linkLevel: undefined,
    linkMethod: undefined,
    scopes,
  }
}
