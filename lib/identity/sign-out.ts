import { db } from '@/lib/db/database'
import { setCookie } from '@/lib/http/cookies'
import { endSession } from '@/lib/identity/change-session'
import { findPatient, findStaff } from '@/lib/identity/session'
import { type SessionKind, sessionCookies } from '@/lib/identity/session-limits'

/**
 * Signs a browser out: its session of this kind ends with its audit row, dead with the next request. Nothing happens at
 * the provider, which may serve other places. @returns a `Set-Cookie` value that removes the cookie
 */
export async function signOut(kind: SessionKind, cookieHeader: string | null, now: Date): Promise<string> {
  const session = await (kind === 'staff' ? findStaff(cookieHeader, now) : findPatient(cookieHeader, now))
  if (session) await db().$transaction((tx) => endSession(tx, session.id, 'sign-out', now))
  return setCookie(sessionCookies[kind], '', { maxAgeSeconds: 0 })
}
