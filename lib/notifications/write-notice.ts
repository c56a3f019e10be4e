import { randomUUID } from 'node:crypto'
import { seal } from '@/lib/crypto/seal'
import type { Tx } from '@/lib/db/database'
import { chooseLanguage } from '@/lib/language/translate'
import type { NoticeKind } from '@/lib/notifications/catalogue'

/**
 * Writes a notice in the transaction of the act it tells of; the job `send-notices` sends it. Address and number are
 * sealed together and erased once sent.
 */
export async function writeNotice(
  tx: Tx,
  kind: NoticeKind,
  notice: {
    readonly to: string
    /** The "this was not me" number, if the act can be undone. */
    readonly number?: string
    /** BCP 47, as the person chose it. */
    readonly language: string | undefined
    readonly at: Date
  },
): Promise<void> {
  const id = randomUUID()
  await tx.notification.create({
    data: {
      id,
      kind,
      language: chooseLanguage(notice.language, undefined),
      sealedTo: seal(JSON.stringify({ to: notice.to, number: notice.number ?? '' }), `notice:${id}`),
      parameters: { at: notice.at.toISOString() },
      createdAt: notice.at,
      notBefore: notice.at,
    },
  })
}
