import { authorizeCall, type CallContext } from '@/lib/ehrs/door'
import { forgetBackendToken } from '@/lib/ehrs/door/backend-services'
import type { Ehr } from '@/lib/ehrs/ehrs'
import { type Answered, fetchBounded, type Unreachable } from '@/lib/ehrs/transport/fetch-bounded'
import { requestContext } from '@/lib/http/request-context'
import { logFault } from '@/lib/log/log'

/** What an EHR answered, or why it could not be asked. */
export type FhirAnswer = Answered | Unreachable

/** What is asked. `exactNumbers` where the body is passed on: then numbers stay as they were written. */
export type FhirCall = {
  readonly path: string
  readonly form?: URLSearchParams
  readonly exactNumbers?: boolean
}

/**
 * One call to an EHR's FHIR API. `path` is relative to its base, or a `next` link of its own; anything that leads
 * elsewhere throws before it is sent. With `form` it is a POST: searches always go by `_search`, so that identifiers
 * stay out of URLs and logs.
 */
export async function fetchFhir(ehr: Ehr, call: FhirCall, context: CallContext): Promise<FhirAnswer> {
  const url = resolvePath(ehr, call.path)
  const first = await attempt(ehr, url, call, context)
  const isStale =
    first.outcome === 'answered' && first.status === 401 && ehr.credential.kind === 'backend-services'
  if (!isStale) return first
  forgetBackendToken(ehr)
  return attempt(ehr, url, call, context)
}

/** Whether a link (a `next`, a `fullUrl`) points into this EHR's own FHIR base. */
export function isOwnLink(ehr: Ehr, link: string): boolean {
  if (!URL.canParse(link)) return false
  const [url, base] = [new URL(link), new URL(ehr.fhirBase)]
  return (
    url.origin === base.origin &&
    (url.pathname === base.pathname || url.pathname.startsWith(`${base.pathname}/`))
  )
}

async function attempt(
  ehr: Ehr,
  url: string,
  { form, exactNumbers = false }: FhirCall,
  context: CallContext,
): Promise<FhirAnswer> {
  const headers = await authorizeCall(ehr, context).catch((fault: unknown) => {
    const isDoor = fault instanceof Error && 'code' in fault && fault.code === 'ehr-door'
    if (!isDoor) throw fault
    logFault('ehr.door', fault, { ehr: ehr.id })
    return undefined
  })
  if (!headers) return { outcome: 'unreachable', why: 'network' }
  const all = { ...headers, accept: 'application/fhir+json', 'x-request-id': requestContext().requestId }
  return fetchBounded(url, { headers: all, exactNumbers, ...(form ? { form } : {}) })
}

function resolvePath(ehr: Ehr, path: string): string {
  const url = /^https?:/.test(path) ? path : `${ehr.fhirBase}/${path.replace(/^\//, '')}`
  if (!isOwnLink(ehr, url))
    throw Object.assign(new Error('The path leads out of the EHR.'), { code: 'foreign-path' })
  return url
}
