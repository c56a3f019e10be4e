import type { PatientApp } from '@/lib/apps/apps'
import { sha256 } from '@/lib/crypto/digest'
import { nonceMissing, type ProvenKey, proofMissing } from '@/lib/smart/dpop'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { badRefresh, endFamily } from '@/lib/smart/refresh-refusals'
import { findRefreshToken, type StoredRefresh } from '@/lib/smart/refresh-store'
import { areCovered, splitScopes } from '@/lib/smart/scopes'
import { isVisitOver } from '@/lib/smart/standing'

/** A refresh request that was understood. */
export type RefreshRequest = {
  readonly presented: string
  readonly digest: Uint8Array<ArrayBuffer>
  readonly stored: StoredRefresh
  /** Scopes of the new access token. */
  readonly scopes: readonly string[]
  /** Of the key that was proven. */
  readonly jkt: string | undefined
  /** Digest of (client, key, scope, resource): what makes two requests the same. */
  readonly sameness: Uint8Array<ArrayBuffer>
  readonly now: Date
}

/**
 * Reads a refresh request and holds it against its token: who may present it, until when, for which scopes. Whether the
 * token was spent is not looked at here, but a spent one of another client ends its family. @throws OAuthError
 */
export async function readRefreshRequest(
  form: OAuthForm,
  client: PatientApp | undefined,
  { now, key }: { readonly now: Date; readonly key: ProvenKey | undefined },
): Promise<RefreshRequest> {
  const presented = form.get('refresh_token')
  if (presented === undefined) throw new OAuthError('invalid_request', 'refresh_token is required.')
  const digest = sha256(presented)
  const stored = await findRefreshToken(digest)
  if (!stored) throw badRefresh('unknown')
  if (!client && !stored.isAppPublic) throw new OAuthError('invalid_client', 'The client must authenticate.')
  // an app that left its name out could not be told before
  if (stored.isNonceRequired && key && !key.hadNonce) throw nonceMissing(now)
  if (stored.familyEndedAt) throw badRefresh('family-ended')
  // a token that was never used is not its thief's to burn
  if (client && client.id !== stored.appId) {
    if (stored.spentAt) return endFamily(stored, now)
    throw badRefresh('client')
  }
  if (stored.expiresAt <= now || stored.familyExpiresAt <= now) throw badRefresh('expired')
  if (isVisitOver(stored, now)) throw badRefresh('visit-over')
  const wanted = form.get('scope')
  const scopes = wanted === undefined ? stored.scopes : splitScopes(wanted)
  if (scopes.length === 0 || !areCovered(scopes, stored.scopes))
    throw new OAuthError(
      'invalid_scope',
      'Ask for scopes that were granted, at least one, or leave scope out.',
    )
  const jkt = key?.jkt
  const same = [stored.appId, jkt ?? '', [...scopes].sort().join(' '), form.get('resource') ?? '']
  return { presented, digest, stored, scopes, sameness: sha256(JSON.stringify(same)), now, jkt }
}

/** A family bound to a key is refreshed by its holder alone (RFC 9449 §5). A stranger's try spends nothing. @throws OAuthError */
export function requireKey({ stored, jkt }: RefreshRequest): void {
  if (stored.familyJkt !== null && stored.familyJkt !== jkt) throw badRefresh('key')
  if (stored.isProofRequired && jkt === undefined) throw proofMissing()
}
