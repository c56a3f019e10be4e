import type { PatientApp } from '@/lib/apps/apps'
import { hmac } from '@/lib/crypto/digest'
import { lastingKey } from '@/lib/keys/lasting-key'

/**
 * Who a person is to an app: `sub` of its ID tokens, access tokens, userinfo and introspection. Public: the account's
 * own random id. Pairwise (OpenID Connect Core §8.1; the sector is the app): a keyed digest of app and account, so that
 * two apps cannot find out that they serve the same person. Never made from a record, never changes.
 */
export async function subjectFor(
  app: Pick<PatientApp, 'id' | 'subjectType'>,
  accountId: string,
): Promise<string> {
  return app.subjectType === 'pairwise' ? nameOf('sub', app.id, accountId) : accountId
}

/**
 * What an app calls a visit: `sid` of ID tokens and logout tokens (Front- and Back-Channel Logout 1.0). Different for
 * each app, and nothing that opens a session.
 */
export function visitFor(app: Pick<PatientApp, 'id'>, sessionId: string): Promise<string> {
  return nameOf('sid', app.id, sessionId)
}

async function nameOf(kind: 'sub' | 'sid', appId: string, id: string): Promise<string> {
  const key = await lastingKey('subject')
  return Buffer.from(hmac(JSON.stringify([kind, appId, id]), key)).toString('base64url')
}
