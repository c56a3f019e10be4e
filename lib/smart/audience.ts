import type { Ehr } from '@/lib/ehrs/ehrs'
import { findEhrByAudience } from '@/lib/ehrs/ehrs'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'

/** At the token endpoint `resource` may only repeat what was authorized (RFC 8707 §2.2). */
export function requireAudience(form: OAuthForm, ehr: Ehr): void {
  const resource = form.get('resource')
  if (resource !== undefined && findEhrByAudience(resource) !== ehr)
    throw new OAuthError('invalid_target', 'resource is not what was authorized.')
}
