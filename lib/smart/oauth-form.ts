import { readForm } from '@/lib/http/form'
import { OAuthError } from '@/lib/smart/oauth-error'

/** Form parameters, each at most once, none empty. */
export type OAuthForm = ReadonlyMap<string, string>

/**
 * The form of a request that a machine posted: in the body alone, form-encoded, nothing repeated (RFC 6749 §3.2).
 * @throws OAuthError
 */
export async function readOAuthForm(request: Request): Promise<OAuthForm> {
  if (new URL(request.url).search !== '')
    throw new OAuthError('invalid_request', 'Send parameters in the body, not in the address.')
  const reading = await readForm(request)
  if (reading.outcome === 'read') return reading.form
  if (reading.name === 'resource') throw oneResource()
  throw new OAuthError('invalid_request', formRefusals[reading.reason], { detail: reading.reason })
}

const formRefusals = {
  'wrong-content-type': 'The body must be application/x-www-form-urlencoded.',
  'repeated-parameter': 'A parameter was sent more than once.',
  malformed: 'The body is malformed.',
} as const

/** RFC 8707 §2 lets a client name several; a token of ours is for one FHIR base. */
export function oneResource(): OAuthError {
  return new OAuthError('invalid_target', 'Name one resource: a token is for one FHIR base.')
}
