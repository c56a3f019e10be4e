import type { PendingRequest } from './pending-request'

export type CallbackProblem =
  | 'not-ours'
  | 'wrong-issuer'
  | 'declined'
  | 'server-refused'
  | 'server-unavailable'

export type Callback =
  | { readonly outcome: 'none' }
  | { readonly outcome: 'code'; readonly code: string; readonly state: string }
  | { readonly outcome: 'refused'; readonly problem: CallbackProblem; readonly error?: string }

/**
 * What came back from the authorization server. The state is compared with the one kept in this tab before
 * anything else is believed, an error message too; then the issuer (RFC 9207 §2.4). The library looks for any
 * entry of the storage by the state it is given, and checks neither.
 */
export function checkCallback(query: URLSearchParams, pending: PendingRequest | undefined): Callback {
  if (!query.has('code') && !query.has('error') && !query.has('state')) return { outcome: 'none' }
  const state = query.get('state')
  if (!pending || state === null || state !== pending.state)
    return { outcome: 'refused', problem: 'not-ours' }
  if (query.get('iss') !== pending.issuer) return { outcome: 'refused', problem: 'wrong-issuer' }
  const error = query.get('error')
  if (error !== null) return { outcome: 'refused', problem: problemOf(error), error }
  const code = query.get('code')
  return code === null ? { outcome: 'refused', problem: 'server-refused' } : { outcome: 'code', code, state }
}

function problemOf(error: string): CallbackProblem {
  if (error === 'access_denied') return 'declined'
  return error === 'temporarily_unavailable' || error === 'server_error'
    ? 'server-unavailable'
    : 'server-refused'
}
