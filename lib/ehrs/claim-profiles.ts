import type { JWTPayload } from 'jose'
import type { ClaimProfileName } from '@/lib/config/claim-profile-names'
import type { Ehr } from '@/lib/ehrs/ehrs'

/** How one kind of FHIR server reads a token: what it wants beside the usual claims, and how it is signed. */
type ClaimProfile = {
  readonly algorithm: 'ES256' | 'RS256'
  readonly more: (known: KnownClaims) => Readonly<Record<string, unknown>>
}

type KnownClaims = {
  readonly scope: string
  readonly patient: string | undefined
}

/**
 * What each kind of server looks for, one line each. The usual claims (RFC 9068; `scope`, `patient`, `fhirUser`) are
 * always there under their own names and are never renamed: a server that changes its mind still finds them. Sources:
 * the servers' own documents and issues, listed in docs/decisions/2026-11-23-ehr-trust.md.
 */
export const claimProfiles: Readonly<Record<ClaimProfileName, ClaimProfile>> = {
  /** An interceptor written by hand: the usual claims, nothing else. */
  'hapi-interceptor': { algorithm: 'ES256', more: () => ({}) },
  /** `atv: 2`, or scopes are silently ignored; the patient in `context`. */
  aidbox: {
    algorithm: 'RS256',
    more: ({ patient }) => ({ atv: 2, ...(patient === undefined ? {} : { context: { patient } }) }),
  },
  /** Azure Health Data Services and the open FHIR server: `scp`, and the role that switches SMART on. */
  microsoft: { algorithm: 'RS256', more: ({ scope }) => ({ scp: scope, roles: ['smartUser'] }) },
  /** Takes `scope` or `scp`, and `patient`. */
  openemr: { algorithm: 'RS256', more: ({ scope }) => ({ scp: scope }) },
  /** Google's fhir-gateway: a bare `patient_id`, RS256 alone. */
  'fhir-gateway': { algorithm: 'RS256', more: patientId },
  /** FHIR Works on AWS: the patient as a reference, scopes as a list. */
  fhirworks: {
    algorithm: 'RS256',
    more: ({ scope, patient }) => ({
      scp: scope.split(' ').filter(Boolean),
      ...(patient === undefined ? {} : { launch_response_patient: `Patient/${patient}` }),
    }),
  },
  /** LinuxForHealth (IBM) FHIR server with fhir-smart. */
  linuxforhealth: { algorithm: 'RS256', more: patientId },
}

/** A token's claims as the EHR reads them. What is usual stays; what it wants beside comes on top, and replaces nothing. */
export function claimsFor(ehr: Ehr, claims: JWTPayload): JWTPayload {
  const { scope, patient } = claims
  const known = {
    scope: typeof scope === 'string' ? scope : '',
    patient: typeof patient === 'string' ? patient : undefined,
  }
  return { ...claimProfiles[ehr.claims].more(known), ...claims }
}

/** With what a token for this EHR is signed: as configured, else as servers of its kind expect. */
export function algorithmFor(ehr: Ehr): 'ES256' | 'RS256' {
  return ehr.tokenAlgorithm ?? claimProfiles[ehr.claims].algorithm
}

function patientId({ patient }: KnownClaims): Readonly<Record<string, unknown>> {
  return patient === undefined ? {} : { patient_id: patient }
}
