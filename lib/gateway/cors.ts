import { isRegisteredOrigin } from '@/lib/apps/apps'

const exposed = 'WWW-Authenticate, DPoP-Nonce, ETag, Location, X-Request-Id, Retry-After'

/** Answers a preflight: any origin that a live app registered, for this API as a whole. SMART App Launch 2.2 §CORS */
export async function preflightAnswer(request: Request): Promise<Response> {
  const origin = request.headers.get('origin')
  const headers = new Headers({
    vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
  })
  if (origin && (await isRegisteredOrigin(origin))) {
    headers.set('access-control-allow-origin', origin)
    headers.set('access-control-allow-methods', 'GET, HEAD, POST')
    headers.set(
      'access-control-allow-headers',
      'Authorization, DPoP, Content-Type, Accept, Prefer, If-None-Match, X-Request-Id',
    )
    headers.set('access-control-max-age', '600')
  }
  return new Response(null, { status: 204, headers })
}

/**
 * Lets the browser of an app read the answer: the origins of the token's own app, or, before a token is known, any
 * registered one. Never credentials: the API knows no cookies.
 */
export async function allowOrigin(
  request: Request,
  response: Response,
  appOrigins: readonly string[] | undefined,
): Promise<Response> {
  const origin = request.headers.get('origin')
  response.headers.append('vary', 'Origin')
  if (!origin) return response
  const isAllowed = appOrigins ? appOrigins.includes(origin) : await isRegisteredOrigin(origin)
  if (isAllowed) {
    response.headers.set('access-control-allow-origin', origin)
    response.headers.set('access-control-expose-headers', exposed)
  }
  return response
}
