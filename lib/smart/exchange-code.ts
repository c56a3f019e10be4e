import { randomUUID } from 'node:crypto'
import type { PatientApp } from '@/lib/apps/apps'
import { record } from '@/lib/audit/record'
import { randomToken, sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { endGrant } from '@/lib/grants/grants'
import { requireAudience } from '@/lib/smart/audience'
import { type Code, findCode } from '@/lib/smart/code-store'
import type { ProvenKey } from '@/lib/smart/dpop'
import { exchangeSignIn } from '@/lib/smart/exchange-sign-in'
import { tokenResponse } from '@/lib/smart/issue-tokens'
import { type ListTellable, tellableContext } from '@/lib/smart/launch-context'
import { OAuthError } from '@/lib/smart/oauth-error'
import type { OAuthForm } from '@/lib/smart/oauth-form'
import { badCode, proveCode } from '@/lib/smart/prove-code'
import { isRenewable } from '@/lib/smart/scopes'
import { spendCode } from '@/lib/smart/spend-code'
import { requireStanding } from '@/lib/smart/standing'
import { accessTokenExpiry } from '@/lib/smart/token-lifetimes'

/**
 * Exchanges an authorization code (RFC 6749 §4.1.3, RFC 7636 §4.6). Client, redirect URI, verifier and key are proven first
 * and a failure spends nothing: a stranger who saw the code can neither use nor burn it. Then one statement spends it
 * and writes everything it produces. A second use that is fully proven ends what the first produced.
 */
export async function exchangeCode(
  form: OAuthForm,
  app: PatientApp,
  asked: {
    readonly now: Date
    readonly key: ProvenKey | undefined
    readonly listTellable: ListTellable
  },
): Promise<Response> {
  const { now } = asked
  const jkt = asked.key?.jkt
  const presented = form.get('code')
  if (presented === undefined) throw new OAuthError('invalid_request', 'code is required.')
  const digest = sha256(presented)
  const code = await findCode(digest)
  // a code that stands on no grant tells who signed in, or is none of ours
  if (!code) return exchangeSignIn({ digest, form, app, now, jkt })
  if (!code.spentAt && code.expiresAt <= now) throw badCode('expired')
  await proveCode(code, { digest, form, app, now, jkt })
  if (code.spentAt) return refuseSecondUse(code, now)
  const ehr = requireStanding(code, now)
  requireAudience(form, ehr)
  const refreshToken = isRenewable(code.scopes) ? randomToken() : undefined
  const jti = randomUUID()
  const familyJkt = app.tokenEndpointAuthMethod === 'none' ? jkt : undefined
  const expiresAt = accessTokenExpiry(code.grantExpiresAt, now)
  const { scopes, authTime, acr, nonce, sessionId } = code
  const toBe = { standing: code, scopes, authTime, acr, now }
  const context = await tellableContext(code.context, toBe, asked.listTellable)
  const spend = { digest, jti, refreshToken, expiresAt, now, jkt, familyJkt, context }
  const statusNumber = await spendCode(code, spend)
  if (statusNumber === undefined) {
    const again = await findCode(digest)
    if (again?.spentAt) return refuseSecondUse(again, now)
    throw badCode('ended-meanwhile')
  }
  const issue = {
    standing: code,
    ehr,
    scopes,
    jti,
    issuedAt: now,
    expiresAt,
    statusNumber,
    authTime,
    acr,
    context,
    nonce,
    sessionId,
    refreshToken,
    jkt,
  }
  return tokenResponse(issue, now)
}

async function refuseSecondUse(code: Code, now: Date): Promise<never> {
  const actor = { kind: 'app', id: code.appId } as const
  await db().$transaction(async (tx) => {
    if (!(await endGrant(tx, code.grantId, { why: 'code-replayed', actor, now }))) return
    const { accountId, ehrId, appId, grantId, linkId } = code
    await record(tx, 'authorization-code.replayed', {
      actor,
      outcome: 'refused',
      about: { accountId, ehrId, appId, grantId, linkId },
      detail: {},
    })
  })
  throw badCode('replayed')
}
