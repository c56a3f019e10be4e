import { isRegisteredOrigin } from '@/lib/apps/apps'

/**
 * The answer to a preflight at an endpoint that browser apps call from their registered origins (SMART App Launch 2.2,
 * CORS). Another origin is answered without leave.
 */
export async function preflight(request: Request, methods: readonly string[]): Promise<Response> {
  const allow = [...methods, 'OPTIONS'].join(', ')
  const response = new Response(null, { status: 204, headers: { allow, vary: 'Origin' } })
  const origin = request.headers.get('origin')
  if (origin === null || !(await isRegisteredOrigin(origin))) return response
  letRead(response, origin)
  response.headers.set('access-control-allow-methods', methods.join(', '))
  response.headers.set('access-control-allow-headers', 'authorization, content-type, accept, dpop')
  response.headers.set('access-control-max-age', '600')
  return response
}

/** Lets the page that asked read an answer if its origin is registered: by `appId` if that is known, else by any app. */
export async function allowOrigin(
  request: Request,
  response: Response,
  appId: string | undefined,
): Promise<void> {
  const origin = request.headers.get('origin')
  if (origin !== null && (await isRegisteredOrigin(origin, appId))) letRead(response, origin)
  response.headers.append('vary', 'Origin')
}

function letRead(response: Response, origin: string): void {
  response.headers.set('access-control-allow-origin', origin)
  const exposed = 'WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id'
  response.headers.set('access-control-expose-headers', exposed)
}
