import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type CallContext, contextClaims } from '@/lib/ehrs/door/call-context'
import type { Ehr } from '@/lib/ehrs/ehrs'
import { fetchBounded } from '@/lib/ehrs/transport/fetch-bounded'
import { signJwt } from '@/lib/keys/keys'
import { once } from '@/lib/process/once'
import { epochSeconds, now } from '@/lib/time/clock'

const discovery = z.object({ token_endpoint: z.url() })
const tokenAnswer = z.object({
  access_token: z.string().min(1),
  token_type: z.string().regex(/^bearer$/i),
  expires_in: z.number().positive(),
})

type Kept = { readonly token: string; readonly until: number }

/**
 * SMART Backend Services (SMART App Launch 2.2, client-credentials with private_key_jwt): a token of the EHR's own,
 * kept until shortly before it expires. Person, app and purpose travel beside it in `X-Vestibule-Context`.
 * @throws Error with code `ehr-door`
 */
export async function authorizeByBackendServices(
  ehr: Ehr,
  context: CallContext,
): Promise<Record<string, string>> {
  const claims = contextClaims(ehr, context, { withScope: false })
  const [token, proof] = await Promise.all([
    findKept(ehr) ?? requestToken(ehr),
    signJwt(claims, { algorithm: 'ES256', typ: 'context+jwt' }),
  ])
  return { authorization: `Bearer ${token}`, 'x-vestibule-context': proof }
}

/** Forgets the kept token of an EHR that refused it: it may have been restarted or have revoked it. */
export function forgetBackendToken(ehr: Ehr): void {
  kept().delete(ehr.id)
}

function findKept(ehr: Ehr): string | undefined {
  const found = kept().get(ehr.id)
  return found && found.until > now().getTime() ? found.token : undefined
}

function kept(): Map<string, Kept> {
  return once('backend-tokens', () => new Map<string, Kept>())
}

async function requestToken(ehr: Ehr): Promise<string> {
  if (ehr.credential.kind !== 'backend-services') throw new Error('not a backend-services EHR')
  const { clientId, scope } = ehr.credential
  const endpoint = ehr.credential.tokenEndpoint ?? (await discoverTokenEndpoint(ehr))
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    scope,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await signAssertion(clientId, endpoint),
  })
  const answer = await fetchBounded(endpoint, { headers: { accept: 'application/json' }, form })
  const parsed =
    answer.outcome === 'answered' && answer.status === 200 ? tokenAnswer.safeParse(answer.body) : undefined
  if (!parsed?.success) throw doorFault('the EHR gave no token')
  const { access_token: token, expires_in: seconds } = parsed.data
  kept().set(ehr.id, { token, until: now().getTime() + Math.max(0, Math.min(seconds, 300) - 30) * 1000 })
  return token
}

async function discoverTokenEndpoint(ehr: Ehr): Promise<string> {
  const url = `${ehr.fhirBase}/.well-known/smart-configuration`
  const answer = await fetchBounded(url, { headers: { accept: 'application/json' } })
  const parsed =
    answer.outcome === 'answered' && answer.status === 200 ? discovery.safeParse(answer.body) : undefined
  if (!parsed?.success) throw doorFault('the EHR names no token endpoint')
  if (new URL(parsed.data.token_endpoint).origin !== new URL(ehr.fhirBase).origin)
    throw doorFault('the EHR names a token endpoint on another origin: set it in the configuration')
  return parsed.data.token_endpoint
}

function signAssertion(clientId: string, audience: string): Promise<string> {
  const at = epochSeconds(now())
  return signJwt(
    { iss: clientId, sub: clientId, aud: audience, iat: at, exp: at + 240, jti: randomUUID() },
    { algorithm: 'ES256', typ: 'JWT' },
  )
}

function doorFault(message: string): Error {
  return Object.assign(new Error(message), { code: 'ehr-door' })
}
