import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import type { PatientRecord } from '@/lib/ehrs/patients'
import { alertLinkOnHold } from '@/lib/journeys/alert-link-on-hold'
import { type Ineligible, lookAtRecord } from '@/lib/journeys/look-at-record'
import { markLinkChecked, suspendLink } from '@/lib/linking/change-link'
import { compareDemographics, digestDemographics } from '@/lib/linking/demographics'
import { findLink, type LinkEndReason, type LinkView } from '@/lib/linking/links'

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

/** Whether a link still holds. `ehr-unreachable` is no verdict: nothing was changed, ask again later. */
export type LinkCheck =
  | {
      readonly outcome: 'good'
      readonly link: LinkView
      readonly record: PatientRecord
      readonly proxyEndsAt: Date | undefined
    }
  | { readonly outcome: 'ended' | 'suspended'; readonly reason: string }
  | { readonly outcome: 'ehr-unreachable' }

/**
 * Looks again at a link, its account and the EHR's view of the person: at consent and at every refresh. A death, a
 * merge, a closed chart, an age below the limit, an ended proxy or a record that now describes someone else suspends
 * the link, with its audit row. (spec A10)
 */
export async function recheckLink(linkId: string, now: Date): Promise<LinkCheck> {
  const link = await findLink(db(), linkId)
  if (!link || link.status === 'ended') return { outcome: 'ended', reason: link?.endedWhy ?? 'not-found' }
  if (link.status === 'suspended') return { outcome: 'suspended', reason: link.endedWhy ?? 'suspended' }
  const account = await db().account.findUnique({ where: { id: link.accountId }, select: { endedAt: true } })
  if (!account || account.endedAt) return { outcome: 'ended', reason: 'account-ended' }
  const look = await lookAgain(link, now)
  if (look.outcome !== 'good') return look
  await markLinkChecked(db(), link.id, { ...look, now })
  return {
    outcome: 'good',
    link: { ...link, checkedAt: now },
    record: look.record,
    proxyEndsAt: look.proxyEndsAt,
  }
}

/**
 * The part of `recheckLink` that asks the EHR, for a caller that has read link and account itself and notes what was
 * found in a statement of its own. What may not stand any more is suspended here.
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
