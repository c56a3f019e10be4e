import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import type { PatientRecord } from '@/lib/ehrs/patients'
import { alertLinkOnHold } from '@/lib/journeys/alert-link-on-hold'
import { type Ineligible, lookAtRecord } from '@/lib/journeys/look-at-record'
import { suspendLink } from '@/lib/linking/change-link'
import { compareDemographics, digestDemographics } from '@/lib/linking/demographics'
import type { LinkEndReason, LinkView } from '@/lib/linking/links'

/** What has to be known of a link to look at it again. */
export type LinkFacts = Pick<
  LinkView,
  'id' | 'accountId' | 'ehrId' | 'patientId' | 'relationship' | 'demographicsDigest'
> & { readonly relatedPersonId?: string | undefined }

/** What a look at the EHR found, and what is to be noted of it with the link. */
export type LinkLook =
  | {
      readonly outcome: 'good'
      readonly record: PatientRecord
      readonly proxyEndsAt: Date | undefined
      readonly candidateVersion: string
      readonly demographicsDigest?: Uint8Array<ArrayBuffer>
    }
  | { readonly outcome: 'suspended'; readonly reason: string }
  | { readonly outcome: 'ehr-unreachable' }

/**
 * Asks the EHR whether a link still holds, at consent and at every refresh. A death, a merge, a closed chart, an age
 * below the limit, an ended proxy or a record that now describes someone else suspends the link, with its audit row
 * (spec A10). Link and account are the caller's to read, and what was found is the caller's to note.
 * `ehr-unreachable` is no verdict: nothing was changed, ask again later.
 */
export async function lookAgain(link: LinkFacts, now: Date): Promise<LinkLook> {
  const ehr = findEhr(link.ehrId)
  if (!ehr) return { outcome: 'ehr-unreachable' }
  const view = await lookAtRecord(ehr, link, { sub: link.accountId, app: 'vestibule:refresh', now })
  if (view.outcome === 'unreachable') return { outcome: 'ehr-unreachable' }
  if (view.outcome === 'ineligible') return suspend(link, reasons[view.reason], now)
  const change = compareDemographics(view.record, link.demographicsDigest)
  if (change === 'large') return suspend(link, 'record-changed', now)
  return {
    outcome: 'good',
    record: view.record,
    proxyEndsAt: view.proxyEndsAt,
    candidateVersion: view.record.version,
    ...(change === 'unknown' ? { demographicsDigest: digestDemographics(view.record) } : {}),
  }
}

/** A record that is gone is as closed as one that is not active. */
const reasons: Readonly<Record<Ineligible, LinkEndReason>> = {
  'under-age': 'under-age',
  merged: 'merged',
  inactive: 'inactive',
  deceased: 'deceased',
  'not-found': 'inactive',
  'proxy-ended': 'proxy-ended',
}

async function suspend(link: LinkFacts, why: LinkEndReason, now: Date): Promise<LinkLook> {
  const actor = { kind: 'system', id: 'vestibule:refresh' } as const
  await db().$transaction(async (tx) => {
    const isNew = await suspendLink(tx, link.id, { why, actor, now })
    if (isNew && why === 'record-changed') await alertLinkOnHold(tx, link.id, now)
  })
  return { outcome: 'suspended', reason: why }
}
