import { sha256 } from '@/lib/crypto/digest'
import { operationOutcome } from '@/lib/fhir/operation-outcome'
import { keyOf, type Resource } from '@/lib/fhir/resource'
import type { Call } from '@/lib/gateway/call'
import type { RefusalShape } from '@/lib/gateway/refusal'

const fhirHeaders = {
  'content-type': 'application/fhir+json; charset=utf-8',
  'cache-control': 'no-store',
  pragma: 'no-cache',
} as const

/**
 * A resource, with an ETag over the bytes that are sent: it changes when what is shown changes, and says nothing of the
 * EHR's versions. A condition is looked at only here, after the decision. RFC 9110 §8.8.3, §13.1.2
 */
export function resourceAnswer(request: Request, resource: Resource): Response {
  const body = JSON.stringify(resource)
  const etag = `W/"${Buffer.from(sha256(body)).toString('base64url').slice(0, 27)}"`
  if (isUnchanged(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers: { etag, 'cache-control': 'no-store' } })
  return answer(request, body, { ...fhirHeaders, etag })
}

/** A searchset of our own: our links, no total, no scores, nothing of the EHR's. */
export function searchAnswer(
  request: Request,
  call: Call,
  page: { readonly rows: readonly Resource[]; readonly self: string; readonly next: string | undefined },
): Response {
  const base = call.ehr.gatewayBase
  const bundle = {
    resourceType: 'Bundle',
    type: 'searchset',
    link: [
      { relation: 'self', url: page.self },
      ...(page.next ? [{ relation: 'next', url: page.next }] : []),
    ],
    ...(page.rows.length > 0
      ? {
          entry: page.rows.map((resource) => ({
            fullUrl: `${base}/${keyOf(resource)}`,
            resource,
            search: { mode: 'match' },
          })),
        }
      : {}),
  }
  return answer(request, JSON.stringify(bundle), fhirHeaders)
}

/** An OperationOutcome of ours. */
export function refusalAnswer(request: Request, shape: RefusalShape): Response {
  const body = JSON.stringify(operationOutcome(shape.issue, shape.text))
  return answer(request, body, { ...fhirHeaders, ...shape.headers }, shape.status)
}

function answer(
  request: Request,
  body: string,
  headers: Readonly<Record<string, string>>,
  status = 200,
): Response {
  return new Response(request.method === 'HEAD' ? null : body, { status, headers })
}

/** `If-None-Match` compares weakly (RFC 9110 §13.1.2). */
function isUnchanged(condition: string | null, etag: string): boolean {
  if (condition === null) return false
  const tags = condition.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag.replace(/^W\//, ''))
}
