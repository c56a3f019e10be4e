import { Buffer } from 'node:buffer'
import type { Caller } from './caller'
import { notFound, type Refusal, refuse } from './fhir-errors'
import { scopesFor } from './scopes'
import type { ChartResource, ResourceType } from './seed/resources'
import type { Store } from './store'
import { look } from './visibility'

/** What an interaction came to: the answer, and what the access log says of it. */
export type Answer = { readonly response: Response; readonly rows: number; readonly withheld: number }

export type ReadRequest = {
  readonly type: ResourceType
  readonly id: string
  readonly version?: string
  readonly headers: Headers
}

type Parts = { readonly store: Store; readonly fhirBase: string }

/** Read and vread. Out of scope: 403, from the request alone. Not hers, kept back or unknown: one and the same 404. */
export function readResource(
  request: ReadRequest,
  caller: Caller,
  { store, fhirBase }: Parts,
): Answer | Refusal {
  const { type, id, version, headers } = request
  if (!mayBeSelf(caller, `${type}/${id}`) && scopesFor(caller.scopes, type, 'read').length === 0)
    return outOfScope
  const current = store.find(`${type}/${id}`)
  if (!current) return notFound
  const seen = look(current, caller, 'read', store)
  if (seen.sight !== 'visible') return seen.sight === 'withheld' ? withheldRead : notFound
  const wanted =
    version === undefined
      ? seen.resource
      : store.versions(`${type}/${id}`).find((one) => one.meta?.versionId === version)
  if (!wanted) return notFound
  const versionSeen = version === undefined ? seen : look(wanted, caller, 'read', store)
  if (versionSeen.sight !== 'visible') return notFound
  return { response: resourceResponse(versionSeen.resource, headers, fhirBase), rows: 1, withheld: 0 }
}

/** All versions of one resource, newest first. */
export function readHistory(
  request: ReadRequest,
  caller: Caller,
  { store, fhirBase }: Parts,
): Answer | Refusal {
  const reference = `${request.type}/${request.id}`
  if (scopesFor(caller.scopes, request.type, 'read').length === 0) return outOfScope
  const current = store.find(reference)
  if (!current || look(current, caller, 'read', store).sight !== 'visible') return notFound
  const seen = store.versions(reference).flatMap((one) => {
    const sight = look(one, caller, 'read', store)
    return sight.sight === 'visible' ? [sight.resource] : []
  })
  const bundle = {
    resourceType: 'Bundle',
    type: 'history',
    total: seen.length,
    link: [{ relation: 'self', url: `${fhirBase}/${reference}/_history` }],
    entry: seen.reverse().map((resource) => ({
      fullUrl: `${fhirBase}/${reference}`,
      resource,
      request: { method: 'PUT', url: reference },
      response: { status: '200', etag: etag(resource) },
    })),
  }
  return { response: fhirJson(bundle), rows: seen.length, withheld: 0 }
}

/** Who signed in may be asked for, at an address that the app knows them by; `look` says whether it is they. */
function mayBeSelf({ mayReadSelf, fhirUser }: Caller, reference: string): boolean {
  return mayReadSelf === true && (fhirUser === reference || reference.startsWith('Person/'))
}

export const outOfScope: Refusal = refuse(
  403,
  'forbidden',
  'out-of-scope',
  'The token does not allow this interaction.',
)

const withheldRead: Refusal = { ...notFound, because: 'withheld' }

export function fhirJson(body: object, headers?: Headers): Response {
  const all = new Headers(headers)
  all.set('content-type', 'application/fhir+json; charset=utf-8')
  return new Response(JSON.stringify(body), { headers: all })
}

function resourceResponse(resource: ChartResource, request: Headers, fhirBase: string): Response {
  const headers = new Headers({
    etag: etag(resource),
    'last-modified': new Date(resource.meta?.lastUpdated ?? 0).toUTCString(),
    'content-location': `${fhirBase}/${resource.resourceType}/${resource.id}/_history/${resource.meta?.versionId ?? '1'}`,
  })
  if (request.get('if-none-match') === etag(resource)) return new Response(null, { status: 304, headers })
  if (resource.resourceType === 'Binary' && wantsBytes(request, resource.contentType)) {
    headers.set('content-type', resource.contentType)
    headers.set('content-disposition', 'attachment')
    return new Response(new Uint8Array(Buffer.from(resource.data ?? '', 'base64')), { headers })
  }
  return fhirJson(resource, headers)
}

function wantsBytes(request: Headers, contentType: string): boolean {
  const [first = ''] = (request.get('accept') ?? '').split(/[,;]/)
  return first.trim() === contentType
}

function etag(resource: ChartResource): string {
  return `W/"${resource.meta?.versionId ?? '1'}"`
}
