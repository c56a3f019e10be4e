import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import { findPatientRecord } from '@/lib/ehrs/patients'
import type { Job } from '@/lib/jobs/run'
import { findNoticeAddress } from '@/lib/journeys/write-link-notice'
import { writeNotice } from '@/lib/notifications/write-notice'
import { addSeconds, now as clock } from '@/lib/time/clock'

/** Tells people of apps that were stopped. Not in the refusal itself: whoever has a stolen token must not be made to wait for an EHR. */
export const tellReplaysJob: Job = { name: 'tell-replays', everySeconds: 60, run: () => tellReplays(clock()) }

/** After so long nobody is looked for any more: the line on the person's own page stays. */
const patienceSeconds = 7 * 86_400

/**
 * Writes a notice for each family of tokens that ended because a spent one came back (RFC 9700 §4.14), to a contact on
 * record at the EHR; with none the desk hands it over and the audit says so. An EHR out of reach is asked again next time.
 */
export async function tellReplays(now: Date): Promise<void> {
  const untold = await db().refreshFamily.findMany({
    where: { endedWhy: 'replayed', toldAt: null, endedAt: { gt: addSeconds(now, -patienceSeconds) } },
    include: { grant: { include: { link: true, account: { select: { language: true } } } } },
    orderBy: { endedAt: 'asc' },
    take: 50,
  })
  for (const family of untold) await tell(family, now)
}

type Untold = {
  readonly id: string
  readonly endedAt: Date | null
  readonly grant: {
    readonly id: string
    readonly appId: string
    readonly accountId: string
    readonly ehrId: string
    readonly patientId: string
    readonly linkId: string
    readonly link: { readonly relationship: string }
    readonly account: { readonly language: string | null }
  }
}

async function tell({ id, endedAt, grant }: Untold, now: Date): Promise<void> {
  const { appId, accountId, ehrId, patientId, linkId } = grant
  const ehr = findEhr(ehrId)
  if (!ehr) return
  const found = await findPatientRecord(ehr, patientId, {
    sub: accountId,
    app: 'vestibule:notices',
    patient: patientId,
    scope: 'system/Patient.rs',
    purpose: 'PATADMIN',
  })
  if (found.outcome === 'unreachable') return
  const relationship = grant.link.relationship === 'proxy' ? 'proxy' : 'self'
  const to =
    found.outcome === 'found' ? findNoticeAddress(found.record, { ehrId, relationship }, now) : undefined
  await db().$transaction(async (tx) => {
    const { count } = await tx.refreshFamily.updateMany({
      where: { id, toldAt: null },
      data: { toldAt: now },
    })
    if (count === 0) return
    const language = grant.account.language ?? undefined
    if (to) await writeNotice(tx, 'app-halted', { to, language, at: endedAt ?? now })
    await record(tx, 'notice.written', {
      actor: { kind: 'system', id: 'vestibule:tokens' },
      about: { accountId, ehrId, patientId, appId, grantId: grant.id, linkId },
      detail: { kind: 'app-halted', way: to ? 'mail' : 'desk' },
    })
  })
}
