import { raiseAlert } from '@/lib/alerts/alerts'
import type { Tx } from '@/lib/db/database'
import { findLink } from '@/lib/linking/links'

/** Shows staff a link that only a person can clear up, in the transaction that suspended it. (spec A11: open review) */
export async function alertLinkOnHold(tx: Tx, linkId: string, now: Date): Promise<void> {
  const link = await findLink(tx, linkId)
  if (!link) return
  const { ehrId, patientId, loginId } = link
  await raiseAlert(tx, 'link-on-hold', { subject: linkId, ehrId, patientId, loginId }, now)
}
