import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { config, setConfig } from '@/lib/config/config'
import { brandBundle, brandIdentifier } from '@/lib/ehrs/brands'
import { type Ehr, getEhr } from '@/lib/ehrs/ehrs'
import { type LinkingWorld, startLinkingWorld } from '@/test/linking-world'

const profiles = 'http://hl7.org/fhir/smart-app-launch/StructureDefinition'
const core = 'http://hl7.org/fhir/StructureDefinition'
const coding = (system: string, codes: readonly [string, ...string[]]) =>
  z.object({ system: z.literal(`http://terminology.hl7.org/CodeSystem/${system}`), code: z.enum(codes) })
const url = z.tuple([z.object({ system: z.literal('url'), value: z.url() })])

/** The shape that the profiles demand, written down from their text. */
const brand = z.strictObject({
  resourceType: z.literal('Organization'),
  id: z.string(),
  meta: z.object({ profile: z.tuple([z.literal(`${profiles}/user-access-brand`)]) }),
  extension: z.array(
    z.object({
      url: z.enum([`${core}/organization-brand`, `${core}/organization-portal`]),
      extension: z.array(z.looseObject({ url: z.string() })).min(1),
    }),
  ),
  identifier: z
    .array(
      z.object({
        system: z.literal('urn:ietf:rfc:3986'),
        value: z.string().regex(/^https?:\/\/(?!www\.)[^/]+$/),
      }),
    )
    .length(1),
  active: z.literal(true),
  type: z.array(
    z.object({
      coding: z.tuple([
        coding('organization-type', [
          'prov',
          'ins',
          'laboratory',
          'imaging',
          'pharmacy',
          'health-information-network',
          'health-data-aggregator',
        ]),
      ]),
    }),
  ),
  name: z.string().min(1),
  telecom: url,
  endpoint: z.array(z.object({ reference: z.string().startsWith('Endpoint/') })),
})
const endpoint = z.strictObject({
  resourceType: z.literal('Endpoint'),
  id: z.string(),
  meta: z.object({ profile: z.tuple([z.literal(`${profiles}/user-access-endpoint`)]) }),
  extension: z
    .array(z.object({ url: z.literal(`${core}/endpoint-fhir-version`), valueCode: z.literal('4.0.1') }))
    .min(1),
  status: z.literal('active'),
  connectionType: coding('endpoint-connection-type', ['hl7-fhir-rest']),
  name: z.string(),
  contact: url,
  payloadType: z.tuple([z.object({ coding: z.tuple([coding('endpoint-payload-type', ['none'])]) })]),
  address: z.url(),
})
const bundle = z.strictObject({
  resourceType: z.literal('Bundle'),
  id: z.string(),
  meta: z.object({
    lastUpdated: z.iso.datetime(),
    profile: z.tuple([z.literal(`${profiles}/user-access-brands-bundle`)]),
  }),
  type: z.literal('collection'),
  timestamp: z.iso.datetime(),
  entry: z.array(z.strictObject({ fullUrl: z.url(), resource: z.union([brand, endpoint]) })),
})

let world: LinkingWorld
beforeAll(async () => {
  world = await startLinkingWorld()
})
afterAll(() => world.stop())

const address = (): string => `${world.url}/brands.json`

/** The brands and endpoints of a bundle. */
function partsOf(body: unknown) {
  const resources = bundle.parse(body).entry.map((entry) => entry.resource)
  return {
    brands: resources.filter((one) => one.resourceType === 'Organization'),
    endpoints: resources.filter((one) => one.resourceType === 'Endpoint'),
  }
}

/** The bundle while the configuration has these EHRs. */
function withEhrs(ehrs: readonly Ehr[]) {
  const before = config()
  setConfig({ ...before, ehrs })
  try {
    return { parts: partsOf(brandBundle(new Date())), identifiers: ehrs.map(brandIdentifier) }
  } finally {
    setConfig(before)
  }
}

describe('user-access brands', () => {
  it('[U1][D18] are named in the smart-configuration, with the one brand that this EHR belongs to', async () => {
    const document = await (await fetch(`${world.url}/fhir/demo/.well-known/smart-configuration`)).json()
    expect(document.user_access_brand_bundle).toBe(address())
    const { brands } = partsOf(await (await fetch(document.user_access_brand_bundle)).json())
    const matching = brands.filter((one) =>
      one.identifier.some((identifier) => identifier.value === document.user_access_brand_identifier.value),
    )
    expect(matching).toHaveLength(1)
  })

  it('[U2][U4][U5][U8] are a collection of brands and endpoints of the shape the profiles demand', async () => {
    const { brands, endpoints } = partsOf(await (await fetch(address())).json())
    expect(brands).toHaveLength(1)
    expect(endpoints.map((one) => one.address)).toEqual([getEhr('demo').appBase])
  })

  it('[U3] the first brand has every endpoint; an EHR with a name of its own has its own beside', () => {
    const demo = getEhr('demo')
    const far: Ehr = {
      ...demo,
      id: 'far',
      enforcement: 'self',
      appBase: 'https://far.example/fhir',
      brand: { name: 'Far Clinic', website: 'https://www.far.example/about', logo: '/far.svg' },
    }
    const same: Ehr = { ...far, id: 'same', appBase: 'https://far.example/two' }
    const { parts, identifiers } = withEhrs([demo, far, same])
    expect(parts.brands.map((one) => one.endpoint.map(({ reference }) => reference))).toEqual([
      ['Endpoint/endpoint-demo', 'Endpoint/endpoint-far', 'Endpoint/endpoint-same'],
      ['Endpoint/endpoint-far', 'Endpoint/endpoint-same'],
    ])
    for (const identifier of identifiers)
      expect(parts.brands.filter((one) => one.identifier[0]?.value === identifier['value'])).toHaveLength(1)
    expect(identifiers[1]).toEqual({ system: 'urn:ietf:rfc:3986', value: 'https://far.example' })
    expect(parts.endpoints.map((one) => one.address)).toContain('https://far.example/two')
    expect(new Set(parts.endpoints.map((one) => one.id)).size).toBe(3)
  })

  it('[U4] a portal’s endpoints are the organization’s own (uab-1), and a logo is an address', () => {
    const demo = getEhr('demo')
    const far: Ehr = {
      ...demo,
      id: 'far',
      brand: { name: 'Far', website: 'https://far.example', logo: '/far.svg' },
    }
    for (const one of withEhrs([demo, far]).parts.brands) {
      const portal = one.extension.find((extension) =>
        extension.url.endsWith('organization-portal'),
      )?.extension
      const named = portal?.flatMap((part) => (part.url === 'portalEndpoint' ? [part['valueReference']] : []))
      expect(named).toEqual(one.endpoint)
    }
    const [, second] = withEhrs([demo, far]).parts.brands
    expect(JSON.stringify(second)).toContain(`"valueUrl":"${world.url}/far.svg"`)
  })

  it('[U6] are read from any origin, and not sent again to who has them', async () => {
    const first = await fetch(address(), { headers: { origin: 'https://app.example' } })
    expect(first.headers.get('access-control-allow-origin')).toBe('*')
    expect(first.headers.get('content-type')).toContain('application/fhir+json')
    const etag = first.headers.get('etag') ?? ''
    expect(etag).toMatch(/^W\/"[\w-]{27}"$/)
    const again = await fetch(address(), { headers: { 'if-none-match': `"other", ${etag}` } })
    expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag])
    expect(again.headers.get('access-control-allow-origin')).toBe('*')
    expect((await fetch(address(), { headers: { 'if-none-match': 'W/"other"' } })).status).toBe(200)
    const asked = await fetch(address(), { method: 'OPTIONS' })
    expect([asked.status, asked.headers.get('access-control-allow-headers')]).toEqual([
      204,
      'if-none-match, accept',
    ])
    expect((await fetch(address(), { method: 'HEAD' })).headers.get('etag')).toBe(etag)
    expect((await fetch(address(), { method: 'POST' })).status).toBe(404)
  })

  it('[U7] nothing is left out with a reason: what is not known is not said', async () => {
    const text = await (await fetch(address())).text()
    expect(text).not.toContain('data-absent-reason')
    expect(text).not.toContain('undefined')
  })
})
