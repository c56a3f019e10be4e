import { createHash } from 'node:crypto'
import type { PatientApp } from '@/lib/apps/apps'
import { isEqual } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { requestContext } from '@/lib/http/request-context'
import { checkLimit, countHit, networkOf } from '@/lib/rate-limit/rate-limit'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'

/** What a code is bound to. */
export type CodeBinding = {
  readonly codeAppId: string
  readonly redirectUri: string
  readonly codeChallenge: string | null
  readonly dpopJkt: string | null
  readonly failures: number
}

/** A code as it was presented, and with what. */
export type PresentedCode = {
  readonly digest: Uint8Array<ArrayBuffer>
  readonly form: OAuthForm
  readonly app: PatientApp
  readonly now: Date
  /** Thumbprint of the key the caller proved. */
  readonly jkt: string | undefined
}

/**
 * Proves client, redirect URI, key and verifier of a code; nothing is spent here (RFC 6749 §4.1.3, RFC 7636 §4.6). Five
 * failures with one code from one network, then that caller is refused unheard. Others are not.
 * @throws OAuthError invalid_grant
 */
export async function proveCode(code: CodeBinding, presented: PresentedCode): Promise<void> {
  const { digest, now } = presented
  const caller = `${Buffer.from(digest).toString('base64url')}|${networkOf(requestContext().clientAddress)}`
  if (code.failures > 0) {
    const state = await checkLimit(db(), 'codeFailures', caller, now)
    if (!state.allowed) throw badCode('too-many-failures')
  }
  const failure = findFailure(code, presented)
  if (!failure) return
  await db().authorizationCode.update({ where: { digest }, data: { failures: { increment: 1 } } })
  await countHit(db(), 'codeFailures', caller, now)
  throw badCode(failure)
}

/** The one answer to a code that is no good, whatever is wrong with it. */
export function badCode(detail: string): OAuthError {
  return new OAuthError(
    'invalid_grant',
    'The code is not valid for this client, redirect_uri, code_verifier and key.',
    { detail: `code-${detail}` },
  )
}

function findFailure(code: CodeBinding, { form, app, jkt }: PresentedCode): string | undefined {
  if (code.codeAppId !== app.id) return 'client'
  if (form.get('redirect_uri') !== code.redirectUri) return 'redirect-uri'
  if (code.dpopJkt !== null && code.dpopJkt !== jkt) return 'key'
  return isVerified(code.codeChallenge, form.get('code_verifier')) ? undefined : 'verifier'
}

/** A verifier where none was promised means that somebody took the challenge out (RFC 9700 §2.1.1). */
function isVerified(challenge: string | null, verifier: string | undefined): boolean {
  if (challenge === null) return verifier === undefined
  if (verifier === undefined || !/^[A-Za-z0-9._~-]{43,128}$/.test(verifier)) return false
  return isEqual(createHash('sha256').update(verifier).digest('base64url'), challenge)
}
