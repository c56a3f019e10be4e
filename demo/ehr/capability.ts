import { sayFault } from './say-fault'
import { listParameters } from './search-parameters'
import { resourceTypes } from './seed/resources'
import type { EhrSettings } from './settings'

/** What this server can do. It carries no date of today: the same answer always. */
export function capabilityStatement({ fhirBase, issuer, enforcement }: EhrSettings): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-01-01',
    kind: 'instance',
    software: { name: 'Harbor Clinic demo EHR', version: '1' },
    implementation: { description: 'Demonstration EHR with fictional people', url: fhirBase },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json', 'json'],
    rest: [
      {
        mode: 'server',
        security: {
          cors: enforcement === 'self',
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
          ...(enforcement === 'self' ? { extension: [oauthUris(issuer)] } : {}),
        },
        resource: resourceTypes.map((type) => ({
          type,
          versioning: 'versioned',
          interaction: ['read', 'vread', 'history-instance', 'search-type'].map((code) => ({ code })),
          ...(type === 'Observation' || type === 'DiagnosticReport'
            ? { searchInclude: [`${type}:based-on`] }
            : {}),
          searchRevInclude: ['Provenance:target'],
          searchParam: listParameters(type).map(({ name, kind }) => ({ name, type: kind })),
        })),
      },
    ],
  }
}

/** The EHR's own door for its gateway: SMART Backend Services. */
export function smartConfiguration(tokenEndpoint: string): object {
  return {
    token_endpoint: tokenEndpoint,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['ES256', 'ES384', 'RS384'],
    grant_types_supported: ['client_credentials'],
    scopes_supported: ['system/*.rs'],
    code_challenge_methods_supported: ['S256'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  }
}

/** Where clients of SMART 1 look for the authorization server. */
function oauthUris(issuer: string): object {
  return {
    url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
    extension: [
      { url: 'authorize', valueUri: `${issuer}/oauth/authorize` },
      { url: 'token', valueUri: `${issuer}/oauth/token` },
    ],
  }
}

/** What the issuer says that this server should say, passed on as it is: apps are sent there. */
export async function relaySmartConfiguration({ issuer, nameAtIssuer }: EhrSettings): Promise<Response> {
  const answer = await fetch(`${issuer}/ehrs/${nameAtIssuer}/smart-configuration`, {
    redirect: 'error',
    signal: AbortSignal.timeout(5_000),
  }).catch((fault: unknown) => sayFault('asking for the smart-configuration', fault))
  const headers = { 'access-control-allow-origin': '*', 'content-type': 'application/json' }
  if (!answer?.ok) return new Response('{"error":"temporarily_unavailable"}', { status: 503, headers })
  return new Response(await answer.text(), { headers: { ...headers, 'cache-control': 'public, max-age=60' } })
}
