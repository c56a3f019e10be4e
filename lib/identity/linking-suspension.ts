import { keyedDigest } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'

/** A sign-in as staff sees it: no name, no address, only what the person can read out. */
export type LoginView = {
  readonly issuer: string
  readonly subject: string
  readonly accountId: string
  /** Id of the provider at the last sign-in. */
  readonly provider: string
  readonly number: string
}

/** Whether a sign-in may open no further chart. */
export async function isLinkingSuspended(tx: Tx, loginId: string): Promise<boolean> {
  const row = await tx.login.findUnique({ where: { id: loginId }, select: { linkingSuspendedAt: true } })
  return row === null || row.linkingSuspendedAt !== null
}

/** Suspends a sign-in for linking: what it has opened stays open. @returns false when it was suspended already */
export async function suspendLinking(tx: Tx, loginId: string, now: Date): Promise<boolean> {
  const { count } = await tx.login.updateMany({
    where: { id: loginId, linkingSuspendedAt: null },
    data: { linkingSuspendedAt: now },
  })
  return count === 1
}

/** Lifts it. @returns false when it was not suspended */
export async function resumeLinking(tx: Tx, loginId: string): Promise<boolean> {
  const { count } = await tx.login.updateMany({
    where: { id: loginId, linkingSuspendedAt: { not: null } },
    data: { linkingSuspendedAt: null },
  })
  return count === 1
}

/** A sign-in by its id. */
export async function findLogin(loginId: string): Promise<LoginView | undefined> {
  const row = await db().login.findUnique({ where: { id: loginId } })
  if (!row) return undefined
  const { issuer, subject, accountId, provider } = row
  return { issuer, subject, accountId, provider, number: loginNumber(loginId) }
}

const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * Seven letters and digits by which a person on the phone names the sign-in they use. They prove nothing and tell nothing
 * of a chart.
 */
export function loginNumber(loginId: string): string {
  const letters = [...keyedDigest(`login-number:${loginId}`, 'evidence').subarray(0, 7)].map(
    (byte) => alphabet[byte % 32],
  )
  return `${letters.slice(0, 3).join('')}-${letters.slice(3).join('')}`
}
