import type { Ehr } from '@/lib/ehrs/ehrs'
import { findEhrByAudience } from '@/lib/ehrs/ehrs'
import type { OAuthForm } from '@/lib/smart/endpoint'
import { OAuthError } from '@/lib/smart/oauth-error'

/** RFC 8707 §2 lets a client name several; a token of ours is for one FHIR base. */
export function oneResource(): OAuthError {
  return new OAuthError('invalid_target', 'Name one resource: a token is for one FHIR base.')
}

/** At the token endpoint `resource` may only repeat what was authorized (RFC 8707 §2.2). */
export function requireAudience(form: OAuthForm, ehr: Ehr): void {
  const resource = form.get('resource')
  if (resource !== undefined && findEhrByAudience(resource) !== ehr)
    throw new OAuthError('invalid_target', 'resource is not what was authorized.')
}
