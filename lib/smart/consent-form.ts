import type { HeldRequest } from '@/lib/smart/open-request'

/** Purpose of the token that every form under a request carries. */
export const consentFormPurpose = 'consent'

/** The holder that form tokens of a request are bound to: the request and the session. */
export function formHolder(open: HeldRequest): string {
  return `${open.request.id}:${open.session.id}`
}
