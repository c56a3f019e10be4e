import { createRemoteJWKSet, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'
import type { Provider } from '@/lib/config/config'
import { isLoopback } from '@/lib/config/dangers'
import { once } from '@/lib/process/once'

const keepMilliseconds = 10 * 60_000
const deadlineMilliseconds = 5_000
const maxBytes = 256 * 1024

const endpoint = z.url().refine((url) => url.startsWith('https:') || isLoopback(url), 'https or loopback')

const metadataSchema = z.object({
  issuer: z.string(),
  authorization_endpoint: endpoint,
  token_endpoint: endpoint,
  jwks_uri: endpoint,
  end_session_endpoint: endpoint.optional().catch(undefined),
  token_endpoint_auth_methods_supported: z.array(z.string()).default(['client_secret_basic']),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
})

/** What a provider's discovery document says of it (OpenID Connect Discovery §3), as far as we use it. */
export type ProviderMetadata = z.infer<typeof metadataSchema>

type Kept = { readonly until: number; readonly metadata: ProviderMetadata }

/**
 * A provider's metadata, fetched and kept for ten minutes. The document must name exactly the configured issuer
 * (Discovery §4.3): who can answer in its place cannot send us elsewhere. Undefined when it cannot be had now.
 */
export async function findMetadata(provider: Provider): Promise<ProviderMetadata | undefined> {
  const kept = once('provider-metadata', () => new Map<string, Kept>())
  const known = kept.get(provider.issuer)
  if (known && known.until > Date.now()) return known.metadata
  const metadata = await fetchMetadata(provider.issuer)
  if (metadata) kept.set(provider.issuer, { metadata, until: Date.now() + keepMilliseconds })
  return metadata
}

/** The provider's signing keys: fetched when a key is unknown, at most twice a minute. */
export function providerKeys(metadata: ProviderMetadata): JWTVerifyGetKey {
  const sets = once('provider-keys', () => new Map<string, JWTVerifyGetKey>())
  const known = sets.get(metadata.jwks_uri)
  if (known) return known
  const made = createRemoteJWKSet(new URL(metadata.jwks_uri), { timeoutDuration: deadlineMilliseconds })
  sets.set(metadata.jwks_uri, made)
  return made
}

async function fetchMetadata(issuer: string): Promise<ProviderMetadata | undefined> {
  try {
    const response = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, {
      redirect: 'error',
      headers: { accept: 'application/json' },
      signal: AbortSignal.timeout(deadlineMilliseconds),
    })
    const text = response.ok ? await response.text() : ''
    const parsed = metadataSchema.safeParse(text.length > 0 && text.length < maxBytes ? JSON.parse(text) : {})
    return parsed.success && parsed.data.issuer === issuer ? parsed.data : undefined
  } catch {
    return undefined
  }
}
