import { json } from '@/lib/http/json'
import { log } from '@/lib/log/log'
import { allowOrigin, preflight } from '@/lib/smart/cors'
import { isOAuthError } from '@/lib/smart/oauth-error'
import { type OAuthForm, readOAuthForm } from '@/lib/smart/oauth-form'

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
    if (request.method === 'OPTIONS') return preflight(request, ['POST'])
    let clientId: string | undefined
    const work = async (): Promise<Response> => {
      if (request.method !== 'POST') return methodNotAllowed()
      const form = await readOAuthForm(request)
      clientId = form.get('client_id')
      return answer(form, request)
    }
    const response = await work().catch((fault: unknown) => answerRefusal(name, fault))
    await allowOrigin(request, response, clientId)
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

function methodNotAllowed(): Response {
  return json({ error: 'invalid_request', error_description: 'Use POST.' }, 405, { allow: 'POST, OPTIONS' })
}
