import { config } from '@/lib/config/config'
import { findProvider } from '@/lib/identity/providers'
import { findMetadata } from '@/lib/identity/upstream/discovery'

/** Where a provider takes a browser back to after signing out there; to be registered with it. */
export const signedOutUpstreamPath = '/oauth/logout/back'

/** Where a person can end their visit at the provider they came from, if it has such a place. */
export type UpstreamSignOut = { readonly provider: string; readonly address: string }

/**
 * The provider's own sign-out (RP-Initiated Logout §2). It knows us by client_id and asks the person itself: no token of
 * its was kept to send back. `state` comes back with the browser.
 */
export async function findUpstreamSignOut(
  providerId: string,
  state: string,
): Promise<UpstreamSignOut | undefined> {
  const provider = findProvider(providerId)
  const endpoint = provider && (await findMetadata(provider))?.end_session_endpoint
  if (!provider || !endpoint) return undefined
  const address = new URL(endpoint)
  address.searchParams.set('client_id', provider.clientId)
  address.searchParams.set('post_logout_redirect_uri', `${config().issuer}${signedOutUpstreamPath}`)
  address.searchParams.set('state', state)
  return { provider: provider.name, address: address.href }
}
