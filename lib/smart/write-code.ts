import { sha256 } from '@/lib/crypto/digest'
import type { Tx } from '@/lib/db/database'
import type { Proof } from '@/lib/identity/assurance'
import type { PatientSession } from '@/lib/identity/session'
import { launchContextSchema } from '@/lib/smart/launch-context'
import type { StoredRequest } from '@/lib/smart/requests'
import { addSeconds } from '@/lib/time/clock'

/** How long a code may wait to be exchanged (SMART App Launch 2.2 A9). */
export const codeSeconds = 60

/** What a code is made from. */
export type NewCode = {
  /** The grant on a record, or the sign-in that opens none. */
  readonly opens: { readonly grantId: string } | { readonly signInGrantId: string }
  readonly request: Pick<
    StoredRequest,
    'appId' | 'redirectUri' | 'codeChallenge' | 'nonce' | 'audience' | 'context' | 'dpopJkt'
  >
  readonly session: Pick<PatientSession, 'id'>
  /** What the app is told of the authentication. */
  readonly proof: Proof
  readonly scopes: readonly string[]
  readonly now: Date
}

/** Writes a code as its digest, bound to client, redirect URI, challenge, key and visit (RFC 6749 §4.1.2). */
export async function writeCode(tx: Tx, code: string, made: NewCode): Promise<void> {
  const { opens, request, session, proof, scopes, now } = made
  const { appId, redirectUri, codeChallenge, nonce, audience, context, dpopJkt } = request
  await tx.authorizationCode.create({
    data: {
      digest: sha256(code),
      ...opens,
      appId,
      redirectUri,
      codeChallenge,
      scopes: [...scopes],
      nonce,
      audience,
      sessionId: session.id,
      authTime: proof.at ?? null,
      acr: proof.acr,
      context: launchContextSchema.parse(context),
      dpopJkt,
      createdAt: now,
      expiresAt: addSeconds(now, codeSeconds),
    },
  })
}
