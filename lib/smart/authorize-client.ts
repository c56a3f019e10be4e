import { findAppAndStops } from '@/lib/apps/apps'
import { isWaiting } from '@/lib/apps/registrations'
import { requestContext } from '@/lib/http/request-context'
import { networkOf, takeHitFreely } from '@/lib/rate-limit/rate-limit'
import { type Draft, UntrustedRequest } from '@/lib/smart/authorize-draft'
import { isPushedReference, takePushedRequest } from '@/lib/smart/pushed-requests'
import { isRegisteredRedirect } from '@/lib/smart/redirect-uri'

/** Requests of one network in a while: beyond it nothing is looked at. @throws UntrustedRequest */
export async function checkRate(draft: Draft): Promise<Draft> {
  const network = networkOf(requestContext().clientAddress)
  const state = await takeHitFreely('authorizePerNetwork', network, draft.now)
  if (!state.allowed) throw new UntrustedRequest('too-many')
  return draft
}

/** What an app pushed takes the place of all the browser brought: the outer parameters may be anybody's. */
export async function loadPushedRequest(draft: Draft): Promise<Draft> {
  const { values, repeated } = draft.parameters
  const reference = values.get('request_uri')
  if (reference === undefined || !isPushedReference(reference)) return draft
  const appId = values.get('client_id')
  if (appId === undefined || repeated.has('client_id') || repeated.has('request_uri'))
    throw new UntrustedRequest('malformed')
  const pushed = await takePushedRequest(reference, appId, draft.now)
  if (!pushed) throw new UntrustedRequest('pushed-unknown')
  return { ...draft, parameters: { values: pushed, repeated: new Set() }, isPushed: true }
}

/** The app of `client_id`; one that nobody let in yet is told so (RFC 6749 §4.1.2.1). @throws UntrustedRequest */
export async function identifyApp(draft: Draft): Promise<Draft> {
  const id = draft.parameters.values.get('client_id')
  if (id === undefined || draft.parameters.repeated.has('client_id'))
    throw new UntrustedRequest('unknown-app')
  const { app, stops } = await findAppAndStops(id)
  if (app?.kind !== 'app') throw new UntrustedRequest((await isWaiting(id)) ? 'not-approved' : 'unknown-app')
  return { ...draft, app, stops }
}

/** The redirect URI is one the app registered (RFC 6749 §3.1.2). @throws UntrustedRequest */
export function checkRedirectUri(draft: Draft): Draft {
  const redirectUri = draft.parameters.values.get('redirect_uri')
  const registered = draft.app?.redirectUris ?? []
  if (redirectUri === undefined || draft.parameters.repeated.has('redirect_uri'))
    throw new UntrustedRequest('bad-redirect')
  if (!isRegisteredRedirect(redirectUri, registered)) throw new UntrustedRequest('bad-redirect')
  return { ...draft, redirectUri }
}
