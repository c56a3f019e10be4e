import { findApp, type PatientApp } from '@/lib/apps/apps'
import { config } from '@/lib/config/config'
import { db, pool } from '@/lib/db/database'
import { guardedFetch } from '@/lib/http/guarded-fetch'
import type { Job } from '@/lib/jobs/run'
import { signJwt } from '@/lib/keys/keys'
import { log } from '@/lib/log/log'
import { subjectFor, visitFor } from '@/lib/smart/subject'
import { addSeconds, now as clock, epochSeconds } from '@/lib/time/clock'

/** Ends what was for a visit that is over, and tells its apps. */
export const tellLogoutsJob: Job = { name: 'tell-logouts', everySeconds: 5, run: () => tellLogouts(clock()) }

/** A logout token is for this very delivery (Back-Channel Logout §2.4: at most two minutes). */
const logoutTokenSeconds = 120

/** How often telling an app is tried, how long one try holds a notice, and how many leave at once. */
const attemptsAtMost = 6
const holdSeconds = 60
const atOnce = 20

/**
 * Back-channel logout as a provider (OpenID Connect Back-Channel Logout §2.3): every app that got tokens in a visit and
 * registered an address is told when the visit ends, whoever ended it. The ended session itself is the order: one
 * statement marks it, ends what was for the visit alone and writes the notices, so that none is lost and none is double.
 */
export async function tellLogouts(now: Date): Promise<void> {
  await noteEndedVisits(now)
  const due = await db().logoutNotice.findMany({
    where: { sentAt: null, failedAt: null, notBefore: { lte: now } },
    orderBy: { createdAt: 'asc' },
    take: atOnce,
  })
  await Promise.all(due.map((notice) => sendNotice(notice, now)))
  await db().logoutNotice.deleteMany({ where: { createdAt: { lt: addSeconds(now, -2 * 86_400) } } })
}

const noteStatement = `
WITH ended AS (
  UPDATE session SET told_at = $1 WHERE told_at IS NULL AND ended_at IS NOT NULL
  RETURNING id, account_id),
families AS (
  UPDATE refresh_family f SET ended_at = $1, ended_why = 'signed-out' FROM ended e
  WHERE f.session_id = e.id AND f.ended_at IS NULL AND NOT ('offline_access' = ANY(f.scopes))),
users AS (
  SELECT e.id, e.account_id, t.app_id FROM ended e JOIN access_token t ON t.session_id = e.id
  UNION SELECT e.id, e.account_id, f.app_id FROM ended e JOIN refresh_family f ON f.session_id = e.id)
INSERT INTO logout_notice (id, app_id, account_id, session_id, created_at, not_before)
SELECT gen_random_uuid(), u.app_id, u.account_id, u.id, $1, $1
FROM users u JOIN app p ON p.id = u.app_id AND p.removed_at IS NULL
WHERE u.account_id IS NOT NULL AND p.metadata->>'backchannelLogoutUri' IS NOT NULL`

async function noteEndedVisits(now: Date): Promise<void> {
  await pool().query(noteStatement, [now])
}

type Notice = NonNullable<Awaited<ReturnType<ReturnType<typeof db>['logoutNotice']['findFirst']>>>

/** Held by one conditional statement while the network is waited for; a failed one waits longer each time. */
async function sendNotice(notice: Notice, now: Date): Promise<void> {
  const attempts = notice.attempts + 1
  const { count } = await db().logoutNotice.updateMany({
    where: { id: notice.id, attempts: notice.attempts, sentAt: null, failedAt: null },
    data: { attempts, notBefore: addSeconds(now, holdSeconds) },
  })
  if (count === 0) return
  const app = await findApp(db(), notice.appId)
  const address = app?.kind === 'app' ? app.backchannelLogoutUri : undefined
  const isTold = app?.kind === 'app' && address !== undefined && (await tell(app, address, { notice, now }))
  const isOver = address === undefined || attempts >= attemptsAtMost
  await db().logoutNotice.update({
    where: { id: notice.id },
    data: isTold
      ? { sentAt: now }
      : { ...(isOver ? { failedAt: now } : {}), notBefore: addSeconds(now, 5 * 4 ** attempts) },
  })
}

async function tell(
  app: PatientApp,
  address: string,
  { notice, now }: { readonly notice: Notice; readonly now: Date },
): Promise<boolean> {
  const answer = await guardedFetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ logout_token: await signLogoutToken(app, notice, now) }).toString(),
    maxBytes: 4096,
  })
  if (answer.outcome === 'answered' && (answer.status === 200 || answer.status === 204)) return true
  const why = answer.outcome === 'answered' ? `status-${answer.status}` : answer.why
  log.warn('logout-notice.not-told', { app: app.id, why, attempts: notice.attempts + 1 })
  return false
}

/** Signed as the app's ID tokens are, with both `sub` and `sid`, and never a nonce (§2.4). */
async function signLogoutToken(app: PatientApp, notice: Notice, now: Date): Promise<string> {
  const claims = {
    iss: config().issuer,
    aud: app.id,
    iat: epochSeconds(now),
    exp: epochSeconds(now) + logoutTokenSeconds,
    jti: notice.id,
    sub: await subjectFor(app, notice.accountId),
    sid: await visitFor(app, notice.sessionId),
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  }
  return signJwt(claims, { algorithm: app.idTokenSignedResponseAlg, typ: 'logout+jwt' })
}
