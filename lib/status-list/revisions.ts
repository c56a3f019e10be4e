import { z } from 'zod'
import { sha256 } from '@/lib/crypto/digest'
import { db, pool, type Tx } from '@/lib/db/database'
import { signJwt } from '@/lib/keys/keys'
import { encodeList, type StatusEntry } from '@/lib/status-list/encode-list'
import { type FoundList, findList, listLength, listSeconds, listUri } from '@/lib/status-list/list-address'
import { tokenStatus, tokenStatusJoins } from '@/lib/status-list/token-status'
import { addSeconds, epochSeconds } from '@/lib/time/clock'

/** How long whoever reads a list may keep it, in seconds: what has ended is good for so long at an EHR of its own. */
export const listTtlSeconds = 60

/** A list older than this is not believed. It is signed again after half of it. */
const signatureSeconds = 600

/** How long what was read of the entries is served before they are read again. */
const checkSeconds = 2

/** The longest life of a token, and the clocks of those who verify it. */
const keepSeconds = 3_600 + 120

/**
 * The signed list of an id, as of at most two seconds ago. Which replica signed a revision is decided by one conditional
 * statement, and all serve what it stored: the same bytes. Ending a grant, link or account needs no word to this module,
 * for every reading looks at what stands behind the tokens. @returns undefined for an id that no live token can name
 */
export async function findSignedList(id: string, now: Date): Promise<string | undefined> {
  const list = findList(id)
  if (!list) return undefined
  const expiresAt = new Date((list.hour + 1) * listSeconds * 1000 + keepSeconds * 1000)
  if (expiresAt <= now || list.hour * listSeconds * 1000 > now.getTime() + checkSeconds * 1000)
    return undefined
  const stored = await db().statusList.findUnique({ where: { id } })
  if (stored && isYounger(stored.checkedAt, checkSeconds, now)) return stored.signed
  const entries = await listEntries(list, now)
  const entriesDigest = sha256(JSON.stringify(entries))
  const isSame =
    stored !== null &&
    Buffer.compare(stored.entriesDigest, entriesDigest) === 0 &&
    isYounger(stored.signedAt, signatureSeconds / 2, now)
  if (isSame) {
    await db().statusList.updateMany({ where: { id, checkedAt: stored.checkedAt }, data: { checkedAt: now } })
    return stored.signed
  }
  const signed = await sign(id, entries, now)
  return store({ id, entriesDigest, signed, expiresAt, now, before: stored?.checkedAt })
}

/** Forgets lists whose last token has expired. */
export async function sweepStatusLists(tx: Tx, now: Date): Promise<void> {
  await tx.statusList.deleteMany({ where: { expiresAt: { lte: now } } })
}

const entrySchema = z.object({
  number: z.coerce.number().int(),
  status: z.union([z.literal(1), z.literal(2)]),
})

/** The tokens of a list that are not valid. A token that expired is nobody's question any more. */
async function listEntries(list: FoundList, now: Date): Promise<readonly StatusEntry[]> {
  const first = list.block * listLength
  const from = new Date(list.hour * listSeconds * 1000)
  const { rows } = await pool().query(
    `SELECT * FROM (SELECT t.status_number AS "number", ${tokenStatus('$1')} AS "status"
       FROM access_token t ${tokenStatusJoins}
       WHERE t.status_number >= $2 AND t.status_number < $3 AND t.issued_at >= $4 AND t.issued_at < $5
         AND t.expires_at > $6) one
     WHERE one."status" <> 0 ORDER BY one."number"`,
    [now, first, first + listLength, from, addSeconds(from, listSeconds), addSeconds(now, -120)],
  )
  return z
    .array(entrySchema)
    .parse(rows)
    .map(({ number, status }) => ({ index: list.indexOf(number), status }))
}

function sign(id: string, entries: readonly StatusEntry[], now: Date): Promise<string> {
  const iat = epochSeconds(now)
  const claims = {
    sub: listUri(id),
    iat,
    exp: iat + signatureSeconds,
    ttl: listTtlSeconds,
    status_list: encodeList(entries, listLength),
  }
  return signJwt(claims, { algorithm: 'ES256', typ: 'statuslist+jwt' })
}

type Revision = {
  readonly id: string
  readonly entriesDigest: Uint8Array<ArrayBuffer>
  readonly signed: string
  readonly expiresAt: Date
  readonly now: Date
  /** When the revision this one follows was last checked. */
  readonly before: Date | undefined
}

/** Of parallel revisions that follow the same one, the first counts. @returns what everybody serves */
async function store(revision: Revision): Promise<string> {
  const { id, entriesDigest, signed, expiresAt, now, before } = revision
  const fields = { entriesDigest, signed, signedAt: now, checkedAt: now, expiresAt }
  const { count } = before
    ? await db().statusList.updateMany({ where: { id, checkedAt: before }, data: fields })
    : await db().statusList.createMany({ data: [{ id, ...fields }], skipDuplicates: true })
  if (count === 1) return signed
  return (await db().statusList.findUniqueOrThrow({ where: { id }, select: { signed: true } })).signed
}

function isYounger(date: Date, seconds: number, now: Date): boolean {
  return now.getTime() - date.getTime() < seconds * 1000 && date.getTime() - now.getTime() < seconds * 1000
}
