import { randomUUID } from 'node:crypto'
import { findApp } from '@/lib/apps/apps'
import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import type { PatientSession } from '@/lib/identity/session'
import { findKnownLogin, findVouchedSession, openVouchedSession } from '@/lib/identity/vouched-session'
import { isLaunchBrowser, type StoredLaunch } from '@/lib/smart/launches'
import type { StoredRequest } from '@/lib/smart/requests'
import { isStopped } from '@/lib/stops/stops'

/**
 * The person a portal vouched for, in the browser that brought its ticket and for the one request the launch was spent
 * on. Not where the app demands a sign-in of its own: a portal's word is no proof of one. The portal itself is looked
 * at again: one that was removed or paused vouches for nobody.
 */
export async function findLaunchedPerson(
  launch: StoredLaunch,
  request: StoredRequest,
  options: { readonly cookieHeader: string | null; readonly now: Date },
): Promise<PatientSession | undefined> {
  const { cookieHeader, now } = options
  if (launch.browserDigest === null || demandsSignIn(request)) return undefined
  const portal = await findApp(db(), launch.portalId)
  if (portal?.kind !== 'backend' || (await isStopped(db(), [['app', portal.id]]))) return undefined
  const isBound = launch.sessionId !== null && request.sessionId === launch.sessionId
  if (!isBound && !isLaunchBrowser(launch, cookieHeader)) return undefined
  const sessionId = launch.sessionId ?? (await openSessionOnce(launch, now))
  return sessionId === null ? undefined : findVouchedSession(sessionId, { portalId: portal.id, now })
}

/** One session per launch, ever: whoever says "not me" ends it, and it does not come back. */
async function openSessionOnce(launch: StoredLaunch, now: Date): Promise<string | null> {
  const { portalId, authTime, ehrId, appId, linkId, accountId } = launch
  const id = randomUUID()
  return db().$transaction(async (tx) => {
    const { count } = await tx.launch.updateMany({
      where: { id: launch.id, sessionId: null },
      data: { sessionId: id },
    })
    if (count === 0) return (await tx.launch.findUniqueOrThrow({ where: { id: launch.id } })).sessionId
    const { issuer, subject } = await tx.login.findUniqueOrThrow({ where: { id: launch.loginId } })
    const login = await findKnownLogin(tx, { issuer, subject })
    if (login?.id !== launch.loginId || login.accountId !== accountId) return null
    await openVouchedSession(tx, login, { id, portalId, authTime, now })
    await record(tx, 'launch.person-vouched', {
      actor: { kind: 'backend', id: portalId },
      about: { accountId, ehrId, appId, linkId },
      detail: { portal: portalId },
    })
    return id
  })
}

function demandsSignIn(request: StoredRequest): boolean {
  const asks = request.prompt.includes('login') || request.prompt.includes('select_account')
  return asks || request.maxAge !== null || request.acrValues.length > 0
}
