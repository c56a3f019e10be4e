import type { StoredAuthority } from '@/lib/access/facts'
import { recordGrouped } from '@/lib/audit/record-grouped'
import { db } from '@/lib/db/database'
import { once } from '@/lib/process/once'

/** What is written about one call. */
export type ReadEntry = {
  readonly interaction: string
  readonly type: string
  readonly status: number
  readonly because?: string | undefined
  readonly returned: number
  readonly hidden: number
}

/** Milliseconds within which "last used" of a grant is not written again. */
const touchEvery = 60_000

/** Writes the audit row of a call, before its answer is sent, and when the grant was last used. */
export async function recordRead(authority: StoredAuthority, entry: ReadEntry, now: Date): Promise<void> {
  const { because, ...detail } = entry
  const written = recordGrouped('fhir.read', {
    actor: { kind: 'app', id: authority.appId },
    outcome: entry.status < 400 ? 'success' : 'refused',
    about: {
      accountId: authority.accountId,
      ehrId: authority.ehrId,
      patientId: authority.patientId,
      appId: authority.appId,
      grantId: authority.grantId,
      linkId: authority.linkId,
    },
    detail: { ...detail, ...(because ? { because } : {}) },
  })
  await Promise.all([written, entry.status < 400 ? touchGrant(authority.grantId, now) : undefined])
}

async function touchGrant(id: string, now: Date): Promise<void> {
  const touched = once('gateway-touched', () => new Map<string, number>())
  if (now.getTime() - (touched.get(id) ?? 0) < touchEvery) return
  if (touched.size > 10_000) touched.clear()
  touched.set(id, now.getTime())
  await db().grant.updateMany({ where: { id }, data: { lastUsedAt: now } })
}
