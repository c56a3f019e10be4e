import { randomToken, sha256 } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import { isServing } from '@/lib/identity/providers'
import { type PatientSession, toPatientSession } from '@/lib/identity/session'
import { addSeconds } from '@/lib/time/clock'

/** What `acr` says of a session that stands on a portal's word alone. */
export const vouchedAcr = 'urn:vestibule:acr:portal'

/** How long such a session lasts: one authorization request with its pages. */
const vouchedSessionSeconds = 1800

/** A sign-in known here, by the one key it has. */
export type KnownLogin = {
  readonly id: string
  readonly accountId: string
  readonly issuer: string
  readonly subject: string
  /** Id of the provider in configuration. */
  readonly provider: string
}

/**
 * The login of (issuer, subject) that could sign in now: not removed, its account open, its provider configured and not
 * paused. Never makes one.
 */
export async function findKnownLogin(
  tx: Tx,
  who: { readonly issuer: string; readonly subject: string },
): Promise<KnownLogin | undefined> {
  const { issuer, subject } = who
  const row = await tx.login.findFirst({
    where: { issuer, subject, removedAt: null, account: { endedAt: null } },
  })
  return row && (await isServing(tx, row, 'patient')) ? row : undefined
}

/** The provider a login was last used with, to sign in with again; undefined when the login is gone. */
export async function findProviderOfLogin(loginId: string): Promise<string | undefined> {
  const row = await db().login.findFirst({
    where: { id: loginId, removedAt: null },
    select: { provider: true },
  })
  return row?.provider
}

/**
 * Opens a session that stands for a portal's word about a person. No cookie opens it (its secret is thrown away), no
 * provider serves it, and it proves no fresh authentication: it is good for what holds its id, one authorization
 * request.
 */
export async function openVouchedSession(
  tx: Tx,
  login: KnownLogin,
  options: {
    readonly id: string
    readonly portalId: string
    readonly authTime: Date | null
    readonly now: Date
  },
): Promise<void> {
  const { id, portalId, authTime, now } = options
  await tx.session.create({
    data: {
      id,
      digest: sha256(randomToken()),
      kind: 'patient',
      loginId: login.id,
      accountId: login.accountId,
      issuer: login.issuer,
      subject: login.subject,
      provider: vouchedProvider(portalId),
      authTime: authTime ?? now,
      authTimeProven: false,
      acr: vouchedAcr,
      amr: [],
      createdAt: now,
      lastSeenAt: now,
      expiresAt: addSeconds(now, vouchedSessionSeconds),
    },
  })
}

/** A session on a portal's word, read now: ended, expired, its login removed, its account ended → undefined. */
export async function findVouchedSession(
  id: string,
  options: { readonly portalId: string; readonly now: Date },
): Promise<PatientSession | undefined> {
  const { portalId, now } = options
  const row = await db().session.findFirst({
    where: {
      id,
      kind: 'patient',
      provider: vouchedProvider(portalId),
      endedAt: null,
      expiresAt: { gt: now },
      login: { removedAt: null },
      account: { endedAt: null },
    },
    include: { login: { select: { issuer: true, provider: true } } },
  })
  if (!row?.login || !(await isServing(db(), row.login, 'patient'))) return undefined
  const session = toPatientSession(row)
  // a portal's word proves nobody to be there, whatever the row may come to say
  return session && { ...session, steppedUp: undefined, linkedAt: null }
}

/** The portal behind a session's provider, if it is one: no provider of the configuration has such a name. */
export function portalOfProvider(provider: string): string | undefined {
  return provider.startsWith('portal:') ? provider.slice('portal:'.length) : undefined
}

function vouchedProvider(portalId: string): string {
  return `portal:${portalId}`
}
