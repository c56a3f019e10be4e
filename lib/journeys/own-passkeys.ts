import { db } from '@/lib/db/database'
import { addPasskey, checkPasskey, removePasskey } from '@/lib/identity/account-passkeys'
import type { PatientSession } from '@/lib/identity/session'
import { findContactRecord } from '@/lib/journeys/end-link'
import { writeLinkNotice } from '@/lib/journeys/write-link-notice'
import { type LinkView, listLinks } from '@/lib/linking/links'

/** How the making of a passkey ended. */
export type MadePasskey =
  | { readonly outcome: 'made'; readonly setCookie: string }
  | { readonly outcome: 'refused' }

/**
 * Takes a passkey that was made for a session which may make one: written, audited, told to the contact on record, and
 * the session raised, in one transaction. (NIST SP 800-63B-4 §4.6)
 */
export async function makeOwnPasskey(
  session: PatientSession,
  given: unknown,
  options: { readonly name: string; readonly now: Date },
): Promise<MadePasskey> {
  const { name, now } = options
  const draft = await checkPasskey(given, session, { name, now })
  if (!draft) return { outcome: 'refused' }
  const told = await findTold(session.accountId)
  const made = await db()
    .$transaction(async (tx) => {
      const added = await addPasskey(tx, session, { draft, now })
      if (added && told) await writeLinkNotice(tx, noticeOf('passkey-added', told), now)
      return added
    })
    .catch((fault: unknown) => {
      // an authenticator that gives its key a number that is taken already is up to something
      if (fault instanceof Error && 'code' in fault && fault.code === 'P2002') return undefined
      throw fault
    })
  return made ? { outcome: 'made', ...made } : { outcome: 'refused' }
}

/** Removes a passkey of this account, with audit and notice. Whether the person has just been proven is asked before. */
export async function removeOwnPasskey(
  session: PatientSession,
  passkeyId: string,
  now: Date,
): Promise<'removed' | 'not-found'> {
  const told = await findTold(session.accountId)
  return db().$transaction(async (tx) => {
    if (!(await removePasskey(tx, session, { passkeyId, now }))) return 'not-found'
    if (told) await writeLinkNotice(tx, noticeOf('passkey-removed', told), now)
    return 'removed'
  })
}

type Told = { readonly link: LinkView; readonly patient: Awaited<ReturnType<typeof findContactRecord>> }

/** Who is told: the contact of the person's own chart, or of the first one they look after. */
async function findTold(accountId: string): Promise<Told | undefined> {
  const active = (await listLinks(accountId)).filter((link) => link.status === 'active')
  const link = active.find((one) => one.relationship === 'self') ?? active[0]
  return link && { link, patient: await findContactRecord(link) }
}

function noticeOf(kind: 'passkey-added' | 'passkey-removed', { link, patient }: Told) {
  return { kind, linkId: link.id, accountId: link.accountId, patient, code: link }
}
