import type { Endpoint } from '@/test/hostile/endpoint'
import type { RawAnswer } from '@/test/hostile/send'

/** Text that is put into requests and must not come back. */
export const canary = 'canary7f3a91'

/** Every error code that any answer of ours may carry: those of the RFCs, and two of the whole server. */
const errorCodes: ReadonlySet<string> = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
  'unsupported_token_type',
  'invalid_scope',
  'invalid_target',
  'invalid_token',
  'insufficient_scope',
  'access_denied',
  'login_required',
  'consent_required',
  'interaction_required',
  'account_selection_required',
  'unmet_authentication_requirements',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
  'temporarily_unavailable',
  'invalid_dpop_proof',
  'use_dpop_nonce',
  'invalid_redirect_uri',
  'invalid_client_metadata',
  'invalid_software_statement',
  'unapproved_software_statement',
  'not_found',
])

/** RFC 6749 §5.2: printable ASCII without quote and backslash. */
const description = /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/

/**
 * What is wrong with an answer to a hostile request; empty when nothing is. Whatever was sent: never a 5xx, nothing of it
 * comes back but what has to, errors have the shape of their endpoint, and no cache keeps what an OAuth endpoint says.
 */
export function listFaults(endpoint: Endpoint, answer: RawAnswer): readonly string[] {
  const { status, headers } = answer
  // the front door turns away before any endpoint is asked
  const isTurnedAway = [413, 414, 421, 431].includes(status) || headers['content-type'] === 'text/plain'
  return [...listCommonFaults(answer), ...(isTurnedAway ? [] : listShapeFaults(endpoint, answer))]
}

/** The part of it that holds for any address, one that leads nowhere too. */
export function listCommonFaults({ status, headers, text }: RawAnswer): readonly string[] {
  const faults: string[] = []
  if (status >= 500 && !(status === 503 && headers['retry-after'] !== undefined))
    faults.push(`status ${status}`)
  const said = `${text}\n${Object.values(headers).flat().join('\n')}`
  if (said.includes(canary)) faults.push('echoes what was sent')
  if (/\bat .*\.(ts|js|mjs):\d+|node_modules|Prisma|PostgreSQL|ZodError/.test(said))
    faults.push('tells of its inside')
  return faults
}

function listShapeFaults(endpoint: Endpoint, answer: RawAnswer): readonly string[] {
  const { status, headers, text } = answer
  const type = String(headers['content-type'] ?? '')
  switch (endpoint.shape) {
    case 'oauth':
      return listOAuthFaults(answer)
    case 'authorize':
      if (status === 303) return listRedirectFaults(answer)
      return status === 405 || type.startsWith('text/html')
        ? []
        : [`neither page nor redirect (${status} ${type})`]
    case 'page':
      if (status === 303) return String(headers.location).startsWith('/') ? [] : ['leads elsewhere']
      return [404, 405].includes(status) || type.startsWith('text/html')
        ? []
        : [`neither page nor redirect (${status} ${type})`]
    case 'fhir':
      if (status < 400) return []
      return type.startsWith('application/fhir+json') && (text === '' || text.includes('"OperationOutcome"'))
        ? []
        : [`no OperationOutcome (${status} ${type})`]
    case 'json':
    case 'public':
      return type === '' || /json|text\/html/.test(type) ? [] : [`no JSON (${status} ${type})`]
  }
}

function listOAuthFaults({ status, headers, text }: RawAnswer): readonly string[] {
  const faults: string[] = []
  if (status === 204) return faults
  if (headers['cache-control'] !== 'no-store') faults.push('may be cached')
  if (headers.pragma !== 'no-cache') faults.push('no pragma')
  if (status < 400 || text === '') return faults
  return [...faults, ...listErrorFaults(parseObject(text))]
}

function listRedirectFaults({ headers }: RawAnswer): readonly string[] {
  const location = String(headers.location)
  if (/^\/authorize\/[0-9a-f-]{36}$/.test(location)) return []
  if (!location.startsWith('https://app.example/cb?keep=1&')) return ['leads where it was not told to']
  const found = new URL(location).searchParams
  const faults = [...listErrorFaults(Object.fromEntries(found))]
  if (!found.has('iss')) faults.push('no iss')
  if (found.has('code')) faults.push('a code for nothing')
  return faults
}

function listErrorFaults(body: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  if (!body) return ['an error that is not a JSON object']
  const { error, error_description: said } = body
  return [
    ...(typeof error === 'string' && errorCodes.has(error) ? [] : [`unknown error ${String(error)}`]),
    ...(typeof said === 'string' && description.test(said) ? [] : ['no fit description']),
  ]
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const parsed: unknown = JSON.parse(text)
    return typeof parsed === 'object' && parsed !== null ? { ...parsed } : undefined
  } catch {
    return undefined
  }
}
