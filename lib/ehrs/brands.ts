import { config } from '@/lib/config/config'
import type { Ehr } from '@/lib/ehrs/ehrs'
import type { JsonObject } from '@/lib/fhir/json-value'

const profiles = 'http://hl7.org/fhir/smart-app-launch/StructureDefinition'
const terminology = 'http://terminology.hl7.org/CodeSystem'
const core = 'http://hl7.org/fhir/StructureDefinition'

type Brand = {
  readonly id: string
  readonly name: string
  readonly website: string
  readonly logo: string | undefined
  readonly ehrs: readonly Ehr[]
}

/**
 * The list by which an app shows people their clinic before they sign in: who we are, where to read about us, which FHIR
 * server to connect to (SMART App Launch 2.2, user-access brands). Written from the configuration alone: the first brand
 * is the clinic's own and has every endpoint; an EHR with a name of its own follows. `made` is when this was written.
 */
export function brandBundle(made: Date): JsonObject {
  const at = made.toISOString()
  const { ehrs } = config()
  const all: readonly JsonObject[] = [...listBrands().map(organization), ...ehrs.map(endpoint)]
  return {
    resourceType: 'Bundle',
    id: 'brands',
    meta: { lastUpdated: at, profile: [`${profiles}/user-access-brands-bundle`] },
    type: 'collection',
    timestamp: at,
    entry: all.map((resource) => ({
      fullUrl: `${config().issuer}/brands/${resource['resourceType']}/${resource['id']}`,
      resource,
    })),
  }
}

/** What tells one brand from another: the address of its web site, without `www.` and path (spec U4). */
export function brandIdentifier(ehr: Ehr): JsonObject {
  return identifierOf(ehr.brand?.website ?? config().brand.website)
}

/** An EHR whose web site is the clinic's belongs to the clinic's brand: an identifier names exactly one. */
function listBrands(): readonly Brand[] {
  const { brand, ehrs } = config()
  const { name, website, logo } = brand
  const own = new Map<string, Brand>()
  for (const ehr of ehrs) {
    if (!ehr.brand || originOf(ehr.brand.website) === originOf(website)) continue
    const key = originOf(ehr.brand.website)
    const known = own.get(key) ?? { ...ehr.brand, logo: ehr.brand.logo, id: `brand-${ehr.id}`, ehrs: [] }
    own.set(key, { ...known, ehrs: [...known.ehrs, ehr] })
  }
  return [{ id: 'brand', name, website, logo, ehrs }, ...own.values()]
}

function organization({ id, name, website, logo, ehrs }: Brand): JsonObject {
  const { issuer } = config()
  const endpoints = ehrs.map((ehr) => ({ reference: `Endpoint/${endpointId(ehr)}` }))
  const brandLogo = logo ? [{ url: 'brandLogo', valueUrl: `${issuer}${logo}` }] : []
  return {
    resourceType: 'Organization',
    id,
    meta: { profile: [`${profiles}/user-access-brand`] },
    extension: [
      ...(brandLogo.length > 0 ? [{ url: `${core}/organization-brand`, extension: brandLogo }] : []),
      {
        url: `${core}/organization-portal`,
        extension: [
          { url: 'portalName', valueString: name },
          { url: 'portalUrl', valueUrl: `${issuer}/account` },
          ...endpoints.map((reference) => ({ url: 'portalEndpoint', valueReference: reference })),
        ],
      },
    ],
    identifier: [identifierOf(website)],
    active: true,
    type: [{ coding: [{ system: `${terminology}/organization-type`, code: 'prov' }] }],
    name,
    telecom: [{ system: 'url', value: website }],
    endpoint: endpoints,
  }
}

function endpoint(ehr: Ehr): JsonObject {
  return {
    resourceType: 'Endpoint',
    id: endpointId(ehr),
    meta: { profile: [`${profiles}/user-access-endpoint`] },
    extension: [{ url: `${core}/endpoint-fhir-version`, valueCode: '4.0.1' }],
    status: 'active',
    connectionType: { system: `${terminology}/endpoint-connection-type`, code: 'hl7-fhir-rest' },
    name: ehr.name,
    contact: [{ system: 'url', value: ehr.brand?.website ?? config().brand.website }],
    payloadType: [{ coding: [{ system: `${terminology}/endpoint-payload-type`, code: 'none' }] }],
    address: ehr.appBase,
  }
}

function endpointId(ehr: Ehr): string {
  return `endpoint-${ehr.id}`
}

function identifierOf(website: string): JsonObject {
  return { system: 'urn:ietf:rfc:3986', value: originOf(website) }
}

function originOf(website: string): string {
  const url = new URL(website)
  return `${url.protocol}//${url.host.replace(/^www\./, '')}`
}
