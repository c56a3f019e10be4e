import { parseAcrValues } from '@/lib/smart/authentication-demand'
import { type Prompt, prompts, type TrustedDraft } from '@/lib/smart/authorize-draft'
import { OAuthError } from '@/lib/smart/oauth-error'
import { oneResource } from '@/lib/smart/oauth-form'

/** Each parameter once (RFC 6749 §3.1); several resources are a target we cannot serve (RFC 8707 §2). */
export function checkRepeated(draft: TrustedDraft): TrustedDraft {
  const { repeated } = draft.parameters
  if (repeated.has('resource') && repeated.size === 1) throw oneResource()
  if (repeated.size > 0) throw new OAuthError('invalid_request', 'A parameter was sent more than once.')
  return draft
}

/** An app that said it pushes its requests is safe from one somebody else composed (RFC 9126 §6). */
export function checkPushed(draft: TrustedDraft): TrustedDraft {
  if (draft.app.requirePushedRequests && !draft.isPushed)
    throw new OAuthError('invalid_request', 'This app has to push its requests first.')
  return draft
}

/** SMART requires `state` (X6: OpenID Connect does not); it goes back byte for byte. */
export function checkState(draft: TrustedDraft): TrustedDraft {
  const state = draft.parameters.values.get('state')
  if (state !== undefined) return { ...draft, state }
  if (draft.app.profile === 'oidc') return draft
  throw new OAuthError('invalid_request', 'state is required.')
}

/** What is not supported is refused by name, never ignored: ignoring it would drop a promise the app relies on. */
export function refuseUnsupported(draft: TrustedDraft): TrustedDraft {
  const { values } = draft.parameters
  if (values.has('request'))
    throw new OAuthError('request_not_supported', 'Request objects are not supported.')
  if (values.has('request_uri'))
    throw new OAuthError(
      'request_uri_not_supported',
      'request_uri may only be a reference given by the pushed authorization request endpoint.',
    )
  if (values.has('registration'))
    throw new OAuthError('registration_not_supported', 'Registration by request is not supported.')
  for (const name of ['claims', 'authorization_details'])
    if (values.has(name)) throw new OAuthError('invalid_request', `The parameter ${name} is not supported.`)
  const mode = values.get('response_mode')
  if (mode !== undefined && mode !== 'query')
    throw new OAuthError('invalid_request', 'Only response_mode=query is supported.')
  return draft
}

/** `code` alone (RFC 9700 §2.1.2). */
export function checkResponseType(draft: TrustedDraft): TrustedDraft {
  const type = draft.parameters.values.get('response_type')
  if (type === undefined) throw new OAuthError('invalid_request', 'response_type is required.')
  if (type !== 'code')
    throw new OAuthError('unsupported_response_type', 'Only response_type=code is supported.')
  return draft
}

/**
 * S256 only; an S256 challenge is exactly 43 base64url characters (RFC 7636 §4.2; SMART forbids `plain`). Only a
 * confidential OpenID client may do without, if it sends a nonce (X4, RFC 9700 §2.1.1).
 */
export function checkPkce(draft: TrustedDraft): TrustedDraft {
  const { values } = draft.parameters
  const codeChallenge = values.get('code_challenge')
  const method = values.get('code_challenge_method')
  const { profile, tokenEndpointAuthMethod } = draft.app
  const mayRelyOnNonce = profile === 'oidc' && tokenEndpointAuthMethod !== 'none'
  if (mayRelyOnNonce && codeChallenge === undefined && method === undefined) {
    if (values.has('nonce')) return draft
    throw new OAuthError('invalid_request', 'code_challenge or nonce is required.')
  }
  if (codeChallenge === undefined && method === undefined)
    throw new OAuthError(
      'invalid_request',
      'PKCE is required: code_challenge with code_challenge_method=S256.',
    )
  if (method !== 'S256') throw new OAuthError('invalid_request', 'code_challenge_method must be S256.')
  if (codeChallenge === undefined || !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge))
    throw new OAuthError('invalid_request', 'code_challenge must be 43 base64url characters.')
  return { ...draft, codeChallenge }
}

/** A key announced here is the only one that can use the code (RFC 9449 §10); a SHA-256 thumbprint is 43 characters. */
export function checkKeyBinding(draft: TrustedDraft): TrustedDraft {
  const dpopJkt = draft.parameters.values.get('dpop_jkt')
  if (dpopJkt === undefined) return draft
  if (!/^[A-Za-z0-9_-]{43}$/.test(dpopJkt))
    throw new OAuthError('invalid_request', 'dpop_jkt must be 43 base64url characters.')
  return { ...draft, dpopJkt }
}

/** `prompt`, `max_age` and `nonce` in the form OpenID Connect Core §3.1.2.1 gives them. */
export function checkPrompt(draft: TrustedDraft): TrustedDraft {
  const { values } = draft.parameters
  const asked = (values.get('prompt') ?? '').split(' ').filter(Boolean)
  const prompt = asked.filter((value): value is Prompt => prompts.some((known) => known === value))
  if (prompt.length !== asked.length)
    throw new OAuthError('invalid_request', 'A value of prompt is not supported.')
  if (prompt.includes('none') && prompt.length > 1)
    throw new OAuthError('invalid_request', 'prompt=none stands alone.')
  const maxAge = values.get('max_age')
  if (maxAge !== undefined && !/^\d{1,9}$/.test(maxAge))
    throw new OAuthError('invalid_request', 'max_age must be a number of seconds.')
  const nonce = values.get('nonce')
  if (nonce !== undefined && nonce.length > 1_000)
    throw new OAuthError('invalid_request', 'nonce is too long.')
  return {
    ...draft,
    prompt,
    ...(nonce === undefined ? {} : { nonce }),
    ...(maxAge === undefined ? {} : { maxAgeSeconds: Number(maxAge) }),
  }
}

/** Values that nobody here can ever prove are refused at once, not after a sign-in (RFC 9470 §5). */
export function checkAcrValues(draft: TrustedDraft): TrustedDraft {
  const given = draft.parameters.values.get('acr_values')
  if (given === undefined) return draft
  const acr = parseAcrValues(given)
  if (!acr)
    throw new OAuthError(
      'unmet_authentication_requirements',
      'None of the acr_values is known here; see acr_values_supported.',
    )
  return { ...draft, acr }
}
