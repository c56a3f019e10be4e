import { randomUUID } from 'node:crypto'
import type { JWTPayload } from 'jose'
import { config, type Ehr } from '@/lib/config/config'
import { epochSeconds, now } from '@/lib/time/clock'

/** Who calls an EHR, with what, about whom and what for. The EHR reads every one of these in the token. */
export type CallContext = {
  /** The account, staff digest or client the call is made for. */
  readonly sub: string
  /** The app behind the call; our own work is `vestibule:linking`, `vestibule:staff`, `vestibule:refresh`. */
  readonly app: string
  /** Reference of the person at the EHR (`Patient/…`, `RelatedPerson/…`); made absolute at the EHR's own base. */
  readonly fhirUser?: string
  /** Logical id of the one record the call may touch. */
  readonly patient?: string
  /** Space-separated, only what this call needs. */
  readonly scope: string
  readonly linkLevel?: string
  readonly linkMethod?: string
  /** HL7 v3 PurposeOfUse. */
  readonly purpose: 'PATRQT' | 'PATADMIN' | 'TREAT' | 'HOPERAT'
}

/** Longest life of anything that opens an EHR's door, in seconds. */
export const doorSeconds = 60

/** The claims an EHR reads, of the same shape in a token of ours and in the context header beside another's token. */
export function contextClaims(
  ehr: Ehr,
  context: CallContext,
  options: { readonly withScope: boolean },
): JWTPayload {
  const issuedAt = epochSeconds(now())
  return {
    iss: config().issuer,
    aud: ehr.audience,
    client_id: ehr.gatewayClientId,
    sub: context.sub,
    act: { sub: context.app },
    ...(context.fhirUser ? { fhirUser: absolute(ehr, context.fhirUser) } : {}),
    ...(context.patient ? { patient: context.patient } : {}),
    ...(options.withScope ? { scope: context.scope } : {}),
    ...(context.linkLevel ? { link_level: context.linkLevel } : {}),
    ...(context.linkMethod ? { link_method: context.linkMethod } : {}),
    purpose_of_use: context.purpose,
    iat: issuedAt,
    exp: issuedAt + doorSeconds,
    jti: randomUUID(),
  }
}

/** A reference at the EHR's own base; one at our gateway's base is moved there. */
function absolute(ehr: Ehr, reference: string): string {
  if (reference.startsWith(`${ehr.gatewayBase}/`))
    return `${ehr.fhirBase}/${reference.slice(ehr.gatewayBase.length + 1)}`
  return /^https?:/.test(reference) ? reference : `${ehr.fhirBase}/${reference}`
}
