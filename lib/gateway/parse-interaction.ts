import { idPattern } from '@/lib/fhir/resource'
import { checkAccept, checkFormat } from '@/lib/gateway/json-only'
import { findOffered, isOffered, type OfferedTypeName } from '@/lib/gateway/offered'
import { parseSearch, type Search } from '@/lib/gateway/parse-search'
import { notFound, refuse } from '@/lib/gateway/refusal'

/** The one thing a request asks for. */
export type Interaction =
  | { readonly kind: 'read'; readonly type: OfferedTypeName; readonly id: string }
  | { readonly kind: 'search'; readonly type: OfferedTypeName; readonly search: Search }

type Address = { readonly base: string; readonly segments: readonly string[]; readonly query: string }

/**
 * Reads one interaction from a request, or refuses it by name: whatever is not in the table of what is offered is an
 * error, never ignored. @throws FhirRefusal
 */
export async function parseInteraction(request: Request, base: string): Promise<Interaction> {
  checkAccept(request.headers.get('accept'))
  const address = parseAddress(request, base)
  const [type = '', second, ...more] = address.segments
  checkMethod(request.method, second)
  if (type === '') return refuseName('A search or history over the whole server is not supported.')
  for (const segment of address.segments) checkSegment(segment)
  if (!isOffered(type)) {
    return refuse({
      status: 404,
      issue: 'not-supported',
      text: 'This resource type is not offered.',
      because: 'type',
    })
  }
  if (second === undefined) return search(type, [address.query], base)
  if (more.length > 0) return refuseName('History, versions and compartment searches are not supported.')
  if (second === '_search') return search(type, [address.query, await readForm(request)], base)
  if (!idPattern.test(second)) return refuse(notFound)
  checkReadQuery(address.query)
  return { kind: 'read', type, id: second }
}

function search(type: OfferedTypeName, encoded: readonly string[], base: string): Interaction {
  if (!findOffered(type).search) return refuseName('This resource type can be read, not searched.')
  return { kind: 'search', type, search: parseSearch(type, encoded, base) }
}

function parseAddress(request: Request, base: string): Address {
  const url = new URL(request.url)
  const path = url.pathname.slice(new URL(base).pathname.length).replace(/^\//, '')
  // An encoded slash, dot or percent sign would be read twice by somebody.
  if (/%2f|%5c|%2e|%25|%00|;|\/\/|\\/i.test(path)) return refuse(malformed('The address is malformed.'))
  const segments = path === '' ? [] : path.replace(/\/$/, '').split('/')
  return { base, segments: segments.map((segment) => decode(segment)), query: url.search.slice(1) }
}

function checkMethod(method: string, second: string | undefined): void {
  const isSearchForm = second === '_search'
  const allowed = isSearchForm ? ['POST'] : ['GET', 'HEAD']
  if (allowed.includes(method)) return
  refuse({
    status: 405,
    issue: 'not-supported',
    text: isSearchForm ? 'Search by POST with a form.' : 'This server is read only.',
    because: 'method',
    headers: { allow: [...allowed, 'OPTIONS'].join(', ') },
  })
}

function checkSegment(segment: string): void {
  if (segment.startsWith('$')) refuseName('Operations are not supported.')
  if (segment === '_history') refuseName('History is not supported.')
  if (segment.startsWith('_') && segment !== '_search') refuseName('This interaction is not supported.')
}

function checkReadQuery(query: string): void {
  for (const [name, value] of new URLSearchParams(query)) {
    if (name !== '_format') refuseName('A read takes no parameters.')
    checkFormat(value)
  }
}

async function readForm(request: Request): Promise<string> {
  const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase()
  if (type === 'application/x-www-form-urlencoded') return request.text()
  return refuse({
    status: 415,
    issue: 'not-supported',
    text: 'Search parameters come as application/x-www-form-urlencoded.',
    because: 'content-type',
  })
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return refuse(malformed('The address is malformed.'))
  }
}

function malformed(text: string) {
  return { status: 400, issue: 'invalid', text, because: 'malformed' } as const
}

function refuseName(text: string): never {
  return refuse({ status: 400, issue: 'not-supported', text, because: 'not-offered' })
}
