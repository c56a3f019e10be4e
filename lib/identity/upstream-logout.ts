import type { Provider } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import { readForm } from '@/lib/http/form'
import { json } from '@/lib/http/json'
import { endSession } from '@/lib/identity/change-session'
import { findProvider } from '@/lib/identity/providers'
import { findMetadata, providerKeys } from '@/lib/identity/upstream/discovery'
import {
  logoutTokenSeconds,
  type UpstreamLogoutOrder,
  verifyLogoutToken,
} from '@/lib/identity/upstream/logout-token'
import { log } from '@/lib/log/log'
import { addSeconds, now as clock } from '@/lib/time/clock'

/**
 * `POST /backchannel-logout/{provider}`: a provider says that somebody signed out there (OpenID Connect Back-Channel
 * Logout §2.5). Sessions that came from this very provider end; what a person allowed apps to do while away does not.
 * 200 when it is done or nobody was signed in, 400 for a token that is not believed or was used before.
 */
export async function upstreamLogoutEndpoint(request: Request, providerId: string): Promise<Response> {
  const now = clock()
  const provider = findProvider(providerId)
  if (!provider) return answer(404)
  const reading = await readForm(request)
  const token = reading.outcome === 'read' ? reading.form.get('logout_token') : undefined
  if (token === undefined) return answer(400)
  const metadata = await findMetadata(provider)
  if (!metadata) return answer(503)
  const order = await verifyLogoutToken(token, provider, { keys: providerKeys(metadata), now })
  const isDone = order && (await db().$transaction((tx) => endSessions(tx, provider, { order, now })))
  if (!isDone) log.warn('upstream-logout.refused', { provider: provider.id })
  return answer(isDone ? 200 : 400)
}

type Ordered = { readonly order: UpstreamLogoutOrder; readonly now: Date }

/** @returns false when this token was used before: of N parallel uses one ends the sessions */
async function endSessions(tx: Tx, provider: Provider, { order, now }: Ordered): Promise<boolean> {
  const { jti, subject, visit } = order
  const digest = sha256(JSON.stringify([provider.issuer, jti]))
  const expiresAt = addSeconds(now, 3 * logoutTokenSeconds)
  const { count } = await tx.upstreamLogout.createMany({
    data: [{ digest, expiresAt }],
    skipDuplicates: true,
  })
  if (count === 0) return false
  const found = await tx.session.findMany({
    where: {
      issuer: provider.issuer,
      provider: provider.id,
      endedAt: null,
      ...(subject === undefined ? {} : { subject }),
      ...(visit === undefined ? {} : { upstreamVisit: visit }),
    },
    select: { id: true },
  })
  for (const { id } of found) await endSession(tx, id, 'ended-by-provider', now)
  return true
}

const errors: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  404: 'not_found',
  503: 'temporarily_unavailable',
}

function answer(status: number): Response {
  const error = errors[status]
  if (error === undefined) return new Response(null, { status, headers: { 'cache-control': 'no-store' } })
  return json({ error }, status, status === 503 ? { 'retry-after': '30' } : {})
}
