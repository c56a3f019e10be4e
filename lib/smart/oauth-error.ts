/** Error codes of RFC 6749 §4.1.2.1 and §5.2, RFC 7009, RFC 8707, RFC 9470 and OpenID Connect Core §3.1.2.6 that we answer. */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'unsupported_response_type'
  | 'unsupported_token_type'
  | 'invalid_scope'
  | 'invalid_target'
  | 'access_denied'
  | 'login_required'
  | 'consent_required'
  | 'interaction_required'
  | 'unmet_authentication_requirements'
  | 'account_selection_required'
  | 'request_not_supported'
  | 'request_uri_not_supported'
  | 'invalid_dpop_proof'
  | 'use_dpop_nonce'
  | 'registration_not_supported'
  | 'temporarily_unavailable'
  | 'invalid_redirect_uri'
  | 'invalid_client_metadata'
  | 'invalid_software_statement'

/**
 * A refusal of the authorization server. `message` is public: it tells the app's developer what to change and echoes
 * nothing of the request. `detail` is for our own log: a word, never a value.
 */
export class OAuthError extends Error {
  readonly code: OAuthErrorCode
  readonly detail: string | undefined
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: OAuthErrorCode,
    description: string,
    more: { readonly detail?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(description)
    this.code = code
    this.detail = more.detail
    this.headers = more.headers ?? {}
  }

  /** HTTP status at the token endpoint: 401 answers an Authorization header, 503 passes by itself, else 400. */
  get status(): number {
    if (this.code === 'temporarily_unavailable') return 503
    return 'www-authenticate' in this.headers ? 401 : 400
  }
}

/** Whether a fault is one of ours, told by its shape: two module graphs share this process. */
export function isOAuthError(fault: unknown): fault is OAuthError {
  return fault instanceof Error && 'code' in fault && 'detail' in fault && 'status' in fault
}
