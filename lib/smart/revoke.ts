import { record } from '@/lib/audit/record'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { endGrant } from '@/lib/grants/grants'
import { verifyOwnJwt } from '@/lib/keys/keys'
import { authenticateClient, type Client } from '@/lib/smart/client-authentication'
import { oauthEndpoint } from '@/lib/smart/endpoint'
import { OAuthError } from '@/lib/smart/oauth-error'
import { findRefreshToken } from '@/lib/smart/refresh-store'
import { now as clock } from '@/lib/time/clock'

/**
 * The revocation endpoint (RFC 7009). A client gives back its own tokens; unknown, expired and foreign ones get the same
 * 200, so that nothing can be asked here. A refresh token takes its whole grant with it: the person sees the app gone.
 */
export const revoke = oauthEndpoint('revoke', async (form, request) => {
  const now = clock()
  const client = await authenticateClient(request, form, now)
  if (client.kind === 'unnamed') throw new OAuthError('invalid_client', 'client_id is required.')
  const presented = form.get('token')
  if (presented === undefined) throw new OAuthError('invalid_request', 'token is required.')
  const isRefresh = await revokeRefresh(presented, client.app.id, now)
  if (!isRefresh) await revokeAccess(presented, client, now)
  return new Response(null, { status: 200, headers: { 'cache-control': 'no-store', pragma: 'no-cache' } })
})

type Named = Exclude<Client, { kind: 'unnamed' }>

async function revokeRefresh(presented: string, appId: string, now: Date): Promise<boolean> {
  const stored = await findRefreshToken(sha256(presented))
  if (!stored) return false
  if (stored.appId !== appId) return true
  const { familyId, accountId, ehrId, patientId, grantId, linkId } = stored
  const actor = { kind: 'app', id: appId } as const
  await db().$transaction(async (tx) => {
    const { count } = await tx.refreshFamily.updateMany({
      where: { id: familyId, endedAt: null },
      data: { endedAt: now, endedWhy: 'revoked' },
    })
    if (count === 0) return
    const about = { accountId, ehrId, patientId, appId, grantId, linkId }
    await record(tx, 'token.revoked', { actor, about, detail: { kind: 'refresh' } })
    await endGrant(tx, grantId, { why: 'app-revoked', actor, now })
  })
  return true
}

async function revokeAccess(presented: string, client: Named, now: Date): Promise<void> {
  const claims = await verifyOwnJwt(presented, { typ: 'at+jwt' })
  // 200 would promise what does not happen (RFC 7009 §2.2.1)
  if (!claims && (await verifyOwnJwt(presented, { typ: 'JWT' })))
    throw new OAuthError('unsupported_token_type', 'An ID token cannot be given back: it ends by itself.')
  if (!claims?.jti || claims['client_id'] !== client.app.id) return
  const jti = claims.jti
  await db().$transaction(async (tx) => {
    const { count } = await tx.accessToken.updateMany({
      where: { jti, appId: client.app.id, revokedAt: null },
      data: { revokedAt: now },
    })
    if (count === 0) return
    await record(tx, 'token.revoked', {
      actor: { kind: client.kind, id: client.app.id },
      about: { appId: client.app.id },
      detail: { kind: 'access' },
    })
  })
}
