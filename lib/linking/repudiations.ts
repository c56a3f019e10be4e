import type { Tx } from '@/lib/db/database'
import { digestCode, listCodeDigests, newCode } from '@/lib/linking/activation-code'
import { addSeconds } from '@/lib/time/clock'

/** How long "this was not me" stays open after a notice (Login.gov: 240 hours). */
const repudiationSeconds = 240 * 3600

/** Makes the number a notice carries. It can only suspend the one link it names. */
export async function issueRepudiation(tx: Tx, linkId: string, now: Date): Promise<string> {
  const number = newCode()
  await tx.linkRepudiation.create({
    data: { ...digestCode(number), linkId, createdAt: now, expiresAt: addSeconds(now, repudiationSeconds) },
  })
  return number
}

/** Spends the number of a notice, once. @returns the link it names */
export async function consumeRepudiation(tx: Tx, number: string, now: Date): Promise<string | undefined> {
  const [row] = await tx.linkRepudiation.updateManyAndReturn({
    where: {
      digest: { in: listCodeDigests(number).map((one) => one.digest) },
      spentAt: null,
      expiresAt: { gt: now },
    },
    data: { spentAt: now },
    select: { linkId: true },
  })
  return row?.linkId
}
