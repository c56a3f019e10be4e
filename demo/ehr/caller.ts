import type { Scope } from './scopes'

/** Who is behind a request, after everything about the credential has been verified. */
export type Caller = {
  readonly door: 'gateway-token' | 'backend-services' | 'app-token'
  readonly sub: string
  /** `Patient/x`, `RelatedPerson/y` or `Practitioner/z` at this EHR. */
  readonly fhirUser: string | undefined
  /** The chart the request is confined to. */
  readonly patientId: string | undefined
  readonly app: string
  readonly purpose: string | undefined
  readonly linkLevel: string | undefined
  readonly linkMethod: string | undefined
  readonly scopes: readonly Scope[]
  /** An app that may know who signed in reads them at the address of `fhirUser`. */
  readonly mayReadSelf?: boolean
}
