import type { Ehr } from '@/lib/ehrs/ehrs'
import { findOffered, isOffered, type OfferedTypeName, offeredTypes } from '@/lib/gateway/offered'

const parameterTypes = { patient: 'reference', id: 'token', token: 'token', date: 'date' } as const

/** When the table of what is offered last changed. FHIR wants a date, and one of ours is the only honest one. */
const changedOn = '2026-11-23'

/**
 * What this server does, generated from the same table that the parser admits by: it cannot promise more. Says nothing
 * of what the EHR behind it could do. FHIR R4 capabilitystatement.html
 */
export function capabilityStatement(ehr: Ehr, issuer: string): Readonly<Record<string, unknown>> {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: changedOn,
    kind: 'instance',
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    implementation: { description: ehr.name, url: ehr.gatewayBase },
    rest: [
      {
        mode: 'server',
        security: {
          cors: true,
          service: [
            {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                },
              ],
            },
          ],
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [
                { url: 'authorize', valueUri: `${issuer}/oauth/authorize` },
                { url: 'token', valueUri: `${issuer}/oauth/token` },
                { url: 'revoke', valueUri: `${issuer}/oauth/revoke` },
              ],
            },
          ],
        },
        resource: Object.keys(offeredTypes).filter(isOffered).map(describeType),
      },
    ],
  }
}

function describeType(type: OfferedTypeName): Readonly<Record<string, unknown>> {
  const { search, parameters } = findOffered(type)
  return {
    type,
    interaction: [{ code: 'read' }, ...(search ? [{ code: 'search-type' }] : [])],
    versioning: 'no-version',
    conditionalRead: 'not-match',
    ...(search
      ? {
          searchParam: Object.entries(parameters).map(([name, kind]) => ({
            name,
            type: parameterTypes[kind],
          })),
        }
      : {}),
  }
}
