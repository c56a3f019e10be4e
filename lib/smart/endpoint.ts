import { isRegisteredOrigin } from '@/lib/apps/apps'
import { readForm } from '@/lib/http/form'
import { json } from '@/lib/http/json'
import { log } from '@/lib/log/log'
import { oneResource } from '@/lib/smart/audience'
import { isOAuthError, OAuthError } from '@/lib/smart/oauth-error'

/** Form parameters, each at most once, none empty. */
export type OAuthForm = ReadonlyMap<string, string>

/**
 * An endpoint that machines post forms to (token, revocation). One place for what they share: POST and form encoding
 * only, repeated parameters refused, refusals as JSON that no cache keeps (RFC 6749 §5.2), and CORS for the registered
 * origins of apps, at the preflight and at the call itself (SMART App Launch 2.2, CORS).
 */
export function oauthEndpoint(
  name: string,
  answer: (form: OAuthForm, request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    const origin = request.headers.get('origin') ?? undefined
    if (request.method === 'OPTIONS') return preflight(origin)
    let clientId: string | undefined
    const work = async (): Promise<Response> => {
      if (request.method !== 'POST') return methodNotAllowed()
      const form = await readOAuthForm(request)
      clientId = form.get('client_id')
      return answer(form, request)
    }
    const response = await work().catch((fault: unknown) => answerRefusal(name, fault))
    if (origin !== undefined && (await isRegisteredOrigin(origin, clientId))) allowOrigin(response, origin)
    response.headers.append('vary', 'Origin')
    return response
  }
}

/** A refusal as JSON. Faults that are none of ours go on to the central place. */
export function answerRefusal(name: string, fault: unknown): Response {
  if (!isOAuthError(fault)) throw fault
  log.info('oauth.refused', { endpoint: name, error: fault.code, detail: fault.detail })
  const headers = fault.code === 'temporarily_unavailable' ? { 'retry-after': '10' } : {}
  return json({ error: fault.code, error_description: fault.message }, fault.status, {
    ...headers,
    ...fault.headers,
  })
}

async function readOAuthForm(request: Request): Promise<OAuthForm> {
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

function methodNotAllowed(): Response {
  return json({ error: 'invalid_request', error_description: 'Use POST.' }, 405, { allow: 'POST, OPTIONS' })
}

async function preflight(origin: string | undefined): Promise<Response> {
  const response = new Response(null, { status: 204, headers: { allow: 'POST, OPTIONS', vary: 'Origin' } })
  if (origin === undefined || !(await isRegisteredOrigin(origin))) return response
  allowOrigin(response, origin)
  response.headers.set('access-control-allow-methods', 'POST')
  response.headers.set('access-control-allow-headers', 'authorization, content-type, accept, dpop')
  response.headers.set('access-control-max-age', '600')
  return response
}

function allowOrigin(response: Response, origin: string): void {
  response.headers.set('access-control-allow-origin', origin)
  response.headers.set(
    'access-control-expose-headers',
    'WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id',
  )
}
