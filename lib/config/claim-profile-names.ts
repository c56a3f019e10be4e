/** Kinds of FHIR servers whose reading of our tokens is known (lib/ehrs/claim-profiles). */
export const claimProfileNames = [
  'hapi-interceptor',
  'aidbox',
  'microsoft',
  'openemr',
  'fhir-gateway',
  'fhirworks',
  'linuxforhealth',
] as const

export type ClaimProfileName = (typeof claimProfileNames)[number]
