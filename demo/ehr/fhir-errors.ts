/** The issue types this server uses. FHIR R4 issue-type. */
type IssueCode =
  | 'login'
  | 'forbidden'
  | 'not-found'
  | 'not-supported'
  | 'invalid'
  | 'transient'
  | 'exception'
  | 'expired'

/** An answer other than the one asked for: status, OperationOutcome, and a word for the access log. */
export type Refusal = {
  readonly status: 400 | 401 | 403 | 404 | 405 | 410 | 500 | 503
  readonly code: IssueCode
  readonly text: string
  /** For the access log; never a value from the request. */
  readonly because: string
}

export const notFound: Refusal = {
  status: 404,
  code: 'not-found',
  text: 'No such resource.',
  because: 'not-found',
}

export function refuse(status: Refusal['status'], code: IssueCode, because: string, text: string): Refusal {
  return { status, code, because, text }
}

export function isRefusal(value: object): value is Refusal {
  return 'because' in value && 'status' in value
}

export function refusalResponse(refusal: Refusal): Response {
  const body = {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'error', code: refusal.code, diagnostics: refusal.text }],
  }
  const headers = new Headers({ 'content-type': 'application/fhir+json; charset=utf-8' })
  if (refusal.status === 401) headers.set('www-authenticate', 'Bearer error="invalid_token"')
  if (refusal.status === 503) headers.set('retry-after', '5')
  return new Response(JSON.stringify(body), { status: refusal.status, headers })
}
