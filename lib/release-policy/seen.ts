import { hmac } from '@/lib/crypto/digest'
import { allKeys } from '@/lib/crypto/keys'
import { db } from '@/lib/db/database'
import { once } from '@/lib/process/once'

/** A chart whose results were seen. */
export type SeenChart = { readonly ehrId: string; readonly patientId: string }

const rememberAtMost = 50_000

/**
 * Keeps that results (`Type/id`) were shown while only the automatic end made them visible. What this process has kept
 * before is not written again, so that a chart that is read every day costs one write.
 */
export async function keepSeen(chart: SeenChart, keys: readonly string[], now: Date): Promise<void> {
  const known = once('release-seen', () => new Set<string>())
  const digests = keys.flatMap((key) => digestsOf(chart, key).slice(0, 1))
  const fresh = digests.filter((digest) => !known.has(nameOf(digest)))
  if (fresh.length === 0) return
  await db().releaseSeen.createMany({
    data: fresh.map((digest) => ({ digest, seenAt: now })),
    skipDuplicates: true,
  })
  if (known.size > rememberAtMost) known.clear()
  for (const digest of fresh) known.add(nameOf(digest))
}

/** Which of these results (`Type/id`) were seen. One query. */
export async function findSeen(chart: SeenChart, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const byDigest = new Map(
    keys.flatMap((key) => digestsOf(chart, key).map((digest) => [nameOf(digest), { key, digest }] as const)),
  )
  const rows = await db().releaseSeen.findMany({
    where: { digest: { in: [...byDigest.values()].map(({ digest }) => digest) } },
    select: { digest: true },
  })
  return new Set(rows.flatMap((row) => byDigest.get(nameOf(row.digest))?.key ?? []))
}

/** Under every secret, the newest first: a new one must not make a seen result unseen. */
function digestsOf({ ehrId, patientId }: SeenChart, key: string): Uint8Array<ArrayBuffer>[] {
  return allKeys('evidence').map((secret) => hmac(`seen:${ehrId}:${patientId}:${key}`, secret.key))
}

function nameOf(digest: Uint8Array): string {
  return Buffer.from(digest).toString('base64')
}
