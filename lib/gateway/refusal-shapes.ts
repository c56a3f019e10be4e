import type { RefusalReason } from '@/lib/access/decide'
import type { StepUpNeed } from '@/lib/access/step-up'
import { proofAlgorithms } from '@/lib/dpop/proof'
import { notFound, type RefusalShape } from '@/lib/gateway/refusal'

const ended = 'This access has ended.'

/** How each refusal of the decision reads on the wire. A new reason does not compile until it has a line here. */
const shapes = {
  'token-unknown': { status: 401, issue: 'login', text: ended },
  'token-expired': { status: 401, issue: 'expired', text: 'The access token has expired.' },
  'token-revoked': { status: 401, issue: 'login', text: ended },
  'token-mismatch': { status: 401, issue: 'login', text: 'The access token was not issued for this server.' },
  'app-removed': { status: 401, issue: 'login', text: ended },
  'grant-ended': { status: 401, issue: 'login', text: ended },
  'account-ended': { status: 401, issue: 'login', text: ended },
  'link-ended': { status: 401, issue: 'login', text: ended },
  'link-suspended': { status: 401, issue: 'login', text: ended },
  'app-paused': { status: 403, issue: 'forbidden', text: 'The clinic has paused this app.' },
  'ehr-paused': {
    status: 503,
    issue: 'transient',
    text: 'The clinic has paused access to this health record.',
  },
  'out-of-scope': { status: 403, issue: 'forbidden', text: 'The granted scopes do not cover this request.' },
  'another-person': { status: 404, issue: 'not-found', text: notFound.text },
  'another-patient': { status: 403, issue: 'forbidden', text: 'This access is for another patient.' },
  'step-up': {
    status: 401,
    issue: 'login',
    text: 'The person has to sign in again, or more strongly, for this.',
  },
} as const satisfies Record<RefusalReason, Pick<RefusalShape, 'status' | 'issue' | 'text'>>

/** A refusal of the decision as the app reads it, with the challenge that belongs to it. RFC 6750 §3 */
export function shapeRefusal(because: RefusalReason, realm: string, step?: StepUp): RefusalShape {
  const shape: Pick<RefusalShape, 'status' | 'issue' | 'text'> = shapes[because]
  return {
    ...shape,
    because,
    headers: step ? stepUpChallenge(realm, step, shape.text) : headersFor(because, shape, realm),
  }
}

function headersFor(because: RefusalReason, shape: Pick<RefusalShape, 'status' | 'text'>, realm: string) {
  if (shape.status === 401) return challenge(realm, 'invalid_token', shape.text)
  if (because === 'out-of-scope') return challenge(realm, 'insufficient_scope', shape.text)
  return shape.status === 503 ? { 'retry-after': '60' } : {}
}

/** No token was sent: the challenge carries no error (RFC 6750 §3.1). */
export function tokenMissing(realm: string): RefusalShape {
  return {
    status: 401,
    issue: 'login',
    text: 'An access token is needed.',
    because: 'no-token',
    headers: { 'www-authenticate': `Bearer realm="${realm}", ${dpopChallenge(realm)}` },
  }
}

/** The Authorization header cannot be read. */
export function tokenMalformed(realm: string): RefusalShape {
  const text = 'The Authorization header is malformed.'
  return {
    status: 400,
    issue: 'invalid',
    text,
    because: 'malformed-token',
    headers: challenge(realm, 'invalid_request', text),
  }
}

/** Not an access token of ours for this server: whatever else it is, an ID token or the EHR's. */
export function tokenInvalid(realm: string): RefusalShape {
  const text = 'The access token is not valid here.'
  return {
    status: 401,
    issue: 'login',
    text,
    because: 'invalid-token',
    headers: challenge(realm, 'invalid_token', text),
  }
}

/** The token and the way it was sent do not belong together, or nobody proved to hold its key. RFC 9449 §7.1 */
export function keyNotProven(realm: string, error: 'invalid_token' | 'invalid_dpop_proof'): RefusalShape {
  const text =
    error === 'invalid_token'
      ? 'The access token was sent by the wrong scheme.'
      : 'The DPoP proof is not valid for this request.'
  const headers = {
    'www-authenticate': `${dpopChallenge(realm)}, error="${error}", error_description="${text}"`,
  }
  return { status: 401, issue: 'login', text, because: error.replaceAll('_', '-'), headers }
}

/** The proof has to carry the nonce of this answer. RFC 9449 §9 */
export function nonceNeeded(realm: string, nonce: string): RefusalShape {
  const text = 'The DPoP proof needs the nonce of this answer.'
  const challenged = `${dpopChallenge(realm)}, error="use_dpop_nonce", error_description="${text}"`
  return {
    status: 401,
    issue: 'login',
    text,
    because: 'nonce-needed',
    headers: { 'www-authenticate': challenged, 'dpop-nonce': nonce },
  }
}

function dpopChallenge(realm: string): string {
  return `DPoP realm="${realm}", algs="${proofAlgorithms.join(' ')}"`
}

/** No such EHR here. */
export const noSuchServer: RefusalShape = {
  ...notFound,
  text: 'There is no FHIR server at this address.',
  because: 'no-such-server',
}

/** Something of ours went wrong; nothing of the EHR's answer is in it. */
export const faulted: RefusalShape = {
  status: 500,
  issue: 'exception',
  text: 'Something went wrong.',
  because: 'fault',
}

/** The database is away; it passes by itself. */
export const unavailable: RefusalShape = {
  status: 503,
  issue: 'transient',
  text: 'This server is not ready. Try again shortly.',
  because: 'database',
  headers: { 'retry-after': '5' },
}

/** What is missing, and by which scheme the token was sent. */
type StepUp = { readonly need: StepUpNeed; readonly isKeyBound: boolean }

/** What the app is to ask of the authorization server. RFC 9470 §3 */
function stepUpChallenge(
  realm: string,
  { need, isKeyBound }: StepUp,
  text: string,
): Readonly<Record<string, string>> {
  const scheme = isKeyBound ? dpopChallenge(realm) : `Bearer realm="${realm}"`
  const said = `error="insufficient_user_authentication", error_description="${text}"`
  const wanted = `acr_values="${need.acr.join(' ')}", max_age="${need.maxAgeSeconds}"`
  return { 'www-authenticate': `${scheme}, ${said}, ${wanted}` }
}

function challenge(realm: string, error: string, description: string): Readonly<Record<string, string>> {
  return {
    'www-authenticate': `Bearer realm="${realm}", error="${error}", error_description="${description}"`,
  }
}
