import type { Launch as LaunchRow } from '@/generated/prisma/client'
import type { BackendApp, PatientApp } from '@/lib/apps/apps'
import { record } from '@/lib/audit/record'
import { config } from '@/lib/config/config'
import { isEqual, randomToken, sha256 } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import type { Ehr } from '@/lib/ehrs/ehrs'
import { findCookie, setCookie } from '@/lib/http/cookies'
import type { KnownLogin } from '@/lib/identity/vouched-session'
import type { LaunchContext } from '@/lib/smart/launch-context'
import { OAuthError } from '@/lib/smart/oauth-error'
import { addSeconds } from '@/lib/time/clock'

/** How long a launch may be on its way (SMART App Launch 2.2 L2). */
export const launchSeconds = 300

/** The cookie that remembers the browser: until its launch, a moment later, has become a request. */
const browserSeconds = 600

/** A launch as stored. */
export type StoredLaunch = LaunchRow

/** A launch about to be written. */
export type NewLaunch = {
  readonly portal: BackendApp
  readonly app: PatientApp
  readonly ehr: Ehr
  readonly login: KnownLogin
  readonly linkId: string
  readonly patientId: string
  readonly context: LaunchContext
  readonly launchUrl: string
  /** Set where the portal vouches for the person. */
  readonly vouched?: { readonly authTime?: Date }
}

/** What the portal gets: the handle, and the address to send the person's browser to. */
export type IssuedLaunch = { readonly handle: string; readonly address: string }

/**
 * Writes a launch with its audit row. Where the portal vouches, the browser comes by us first, with a ticket that no app
 * ever sees: the handle that travels through the app's address is derived from it one way, and signs nobody in.
 */
export async function createLaunch(tx: Tx, launch: NewLaunch, now: Date): Promise<IssuedLaunch> {
  const { portal, app, ehr, login, linkId, vouched } = launch
  const ticket = randomToken()
  const handle = handleOf(ticket)
  await tx.launch.create({
    data: {
      digest: sha256(handle),
      portalId: portal.id,
      appId: app.id,
      ehrId: ehr.id,
      accountId: login.accountId,
      loginId: login.id,
      linkId,
      context: JSON.parse(JSON.stringify(launch.context)),
      launchUrl: launch.launchUrl,
      ticketDigest: vouched ? sha256(ticket) : null,
      authTime: vouched?.authTime ?? null,
      createdAt: now,
      expiresAt: addSeconds(now, launchSeconds),
    },
  })
  await record(tx, 'launch.created', {
    actor: { kind: 'backend', id: portal.id },
    about: {
      accountId: login.accountId,
      ehrId: ehr.id,
      patientId: launch.patientId,
      appId: app.id,
      linkId,
    },
    detail: { vouched: vouched !== undefined },
  })
  const address = vouched
    ? `${config().issuer}/launch/${ticket}`
    : launchAddress(launch.launchUrl, ehr.appBase, handle)
  return { handle, address }
}

/**
 * Spends a ticket: the browser that brings it is the person's, and goes on to the app. Of N parallel uses one wins.
 * @returns undefined when the ticket is unknown, spent or too old
 */
export async function takeTicket(
  ticket: string,
  now: Date,
): Promise<
  { readonly launch: StoredLaunch; readonly handle: string; readonly setCookie: string } | undefined
> {
  const secret = randomToken()
  const [launch] = await db().launch.updateManyAndReturn({
    where: { ticketDigest: sha256(ticket), ticketSpentAt: null, spentAt: null, expiresAt: { gt: now } },
    data: { ticketSpentAt: now, browserDigest: sha256(secret) },
  })
  if (!launch) return undefined
  return {
    launch,
    handle: handleOf(ticket),
    setCookie: setCookie(browserCookie(launch.id), secret, { maxAgeSeconds: browserSeconds }),
  }
}

/** Where an app is opened: its registered launch URL with `iss` and `launch` (SMART App Launch 2.2 L1). */
export function launchAddress(launchUrl: string, iss: string, handle: string): string {
  const address = new URL(launchUrl)
  address.searchParams.set('iss', iss)
  address.searchParams.set('launch', handle)
  return address.href
}

/** The launch a handle names, for this app at this EHR, not spent and not too old. Nothing is spent by looking. */
export async function findLaunch(
  handle: string,
  expected: { readonly appId: string; readonly ehrId: string; readonly now: Date },
): Promise<StoredLaunch | undefined> {
  const { appId, ehrId, now } = expected
  const found = await db().launch.findFirst({
    where: { digest: sha256(handle), appId, ehrId, spentAt: null, expiresAt: { gt: now } },
  })
  return found ?? undefined
}

/** The one refusal of a launch: unknown, used, too old, another app's, another server's. */
export function unknownLaunch(): OAuthError {
  const description = 'launch is unknown, used, expired, or was made for another app or server.'
  return new OAuthError('invalid_request', description, { detail: 'launch' })
}

/** Spends a launch on an authorization request, with its audit row. @returns false when another request was first */
export async function spendLaunch(tx: Tx, launch: StoredLaunch, now: Date): Promise<boolean> {
  const { count } = await tx.launch.updateMany({
    where: { id: launch.id, spentAt: null, expiresAt: { gt: now } },
    data: { spentAt: now },
  })
  if (count === 0) return false
  const { accountId, ehrId, appId, linkId, portalId } = launch
  await record(tx, 'launch.spent', {
    actor: { kind: 'app', id: appId },
    about: { accountId, ehrId, appId, linkId },
    detail: { portal: portalId },
  })
  return true
}

/** Whether this browser brought the launch's ticket. */
export function isLaunchBrowser(launch: StoredLaunch, cookieHeader: string | null): boolean {
  const secret = findCookie(cookieHeader, browserCookie(launch.id))
  return (
    secret !== undefined && launch.browserDigest !== null && isEqual(launch.browserDigest, sha256(secret))
  )
}

/** Deletes launches a day after they expired. */
export async function sweepLaunches(tx: Tx, now: Date): Promise<void> {
  await tx.launch.deleteMany({ where: { expiresAt: { lt: addSeconds(now, -86_400) } } })
}

function handleOf(ticket: string): string {
  return Buffer.from(sha256(`launch:${ticket}`)).toString('base64url')
}

function browserCookie(id: string): string {
  return `launch-${id}`
}
