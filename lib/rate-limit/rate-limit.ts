import { randomUUID } from 'node:crypto'
import { isIP } from 'node:net'
import { hmac, keyedDigest } from '@/lib/crypto/digest'
import { allKeys } from '@/lib/crypto/keys'
import { pool, type Tx } from '@/lib/db/database'
import { type Limit, type LimitName, limitOf } from '@/lib/rate-limit/limits'
import { addSeconds } from '@/lib/time/clock'

/** Whether another act is allowed, and from when if not. */
export type LimitState =
  | { readonly allowed: true }
  | { readonly allowed: false; readonly retryAfterSeconds: number }

/** Looks at a limit without counting. `key` may be personal: only its HMAC is stored. */
export async function checkLimit(tx: Tx, limit: LimitName, key: string, now: Date): Promise<LimitState> {
  const inForce = limitOf(limit)
  const hits = await tx.rateLimitHit.findMany({
    where: { key: { in: keysOf(limit, key) }, at: { gt: addSeconds(now, -memorySeconds(inForce)) } },
    orderBy: { at: 'desc' },
    take: inForce.doubles ? inForce.count * mostDoublings : inForce.count,
    select: { at: true },
  })
  const window = windowAfter(inForce, hits.length)
  const oldest = hits[inForce.count - 1]?.at
  return stateOf(window, oldest && oldest > addSeconds(now, -window) ? oldest : undefined, now)
}

/** Counts one act against a limit. */
export async function countHit(tx: Tx, limit: LimitName, key: string, now: Date): Promise<void> {
  await tx.rateLimitHit.create({
    data: { key: keyOf(limit, key), at: now, expiresAt: addSeconds(now, memorySeconds(limitOf(limit))) },
  })
}

/**
 * Counts one act and says whether it was within the limit. A refused act is not counted against the person. Call it in
 * a transaction: takers of one key wait for one another, so that parallel guesses cannot slip past together.
 */
export async function takeHit(tx: Tx, limit: LimitName, key: string, now: Date): Promise<LimitState> {
  await holdLimit(tx, limit, key)
  const state = await checkLimit(tx, limit, key, now)
  if (state.allowed) await countHit(tx, limit, key, now)
  return state
}

const freelyStatement = `
WITH oldest AS (
  SELECT at FROM rate_limit_hit WHERE key = ANY($1::bytea[]) AND at > $2 ORDER BY at DESC OFFSET $3 LIMIT 1),
counted AS (
  INSERT INTO rate_limit_hit (id, key, at, expires_at)
  SELECT $4::uuid, ($1::bytea[])[1], $5, $6 WHERE NOT EXISTS (SELECT 1 FROM oldest))
SELECT at FROM oldest`

/**
 * Counts one act and says whether it was within the limit, in one statement that waits for nobody: for limits against
 * floods, where a queue behind one key would hold the connections everybody needs. Acts of the same moment may slip past
 * together, so what guesses are counted by takes `takeHit`.
 */
export async function takeHitFreely(limit: LimitName, key: string, now: Date): Promise<LimitState> {
  const { count, windowSeconds } = limitOf(limit)
  const { rows } = await pool().query<{ at: Date }>(freelyStatement, [
    keysOf(limit, key).map((one) => Buffer.from(one)),
    addSeconds(now, -windowSeconds),
    count - 1,
    randomUUID(),
    now,
    addSeconds(now, windowSeconds),
  ])
  return stateOf(windowSeconds, rows[0]?.at, now)
}

/** Makes others who ask about this key wait until the transaction ends: for limits that count only what failed. */
export async function holdLimit(tx: Tx, limit: LimitName, key: string): Promise<void> {
  const lock = Buffer.from(keyOf(limit, key)).readBigInt64BE(0)
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(${lock})`
}

/** Forgets what was counted against one key: staff looked at it. */
export async function clearHits(tx: Tx, limit: LimitName, key: string): Promise<void> {
  await tx.rateLimitHit.deleteMany({ where: { key: { in: keysOf(limit, key) } } })
}

/** Deletes hits that no longer count. A job. */
export async function sweepHits(tx: Tx, now: Date): Promise<void> {
  await tx.rateLimitHit.deleteMany({ where: { expiresAt: { lt: now } } })
}

/** The network of an address: its /24 (IPv4) or /48 (IPv6). What limits by origin are counted on. */
export function networkOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (isIP(plain) === 4) return plain.split('.').slice(0, 3).join('.')
  if (isIP(plain) !== 6) return 'unknown'
  const [head = '', tail = ''] = plain.split('::')
  const left = head.split(':').filter(Boolean)
  const right = tail.split(':').filter(Boolean)
  const groups = plain.includes('::')
    ? [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right]
    : left
  return groups
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}

const longestSeconds = 86_400
const mostDoublings = 12

/** How long hits are remembered: a limit that doubles looks back a day. */
function memorySeconds({ windowSeconds, doubles }: Limit): number {
  return doubles ? Math.max(windowSeconds, longestSeconds) : windowSeconds
}

/** The window once the limit has been reached `hits / count` times within memory. */
function windowAfter({ count, windowSeconds, doubles }: Limit, hits: number): number {
  if (!doubles) return windowSeconds
  const reached = Math.max(1, Math.floor(hits / count))
  return Math.min(windowSeconds * 2 ** (reached - 1), Math.max(windowSeconds, longestSeconds))
}

/** `oldest`: the hit that has to leave the window before another is allowed, if the window is full. */
function stateOf(windowSeconds: number, oldest: Date | undefined, now: Date): LimitState {
  if (!oldest) return { allowed: true }
  const free = addSeconds(oldest, windowSeconds).getTime()
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil((free - now.getTime()) / 1000)) }
}

function keyOf(limit: LimitName, key: string): Uint8Array<ArrayBuffer> {
  return keyedDigest(`${limit}:${key}`, 'rate-limit')
}

/** What hits may be stored under: a new secret in front must not give a guesser his tries back. */
function keysOf(limit: LimitName, key: string): Uint8Array<ArrayBuffer>[] {
  return allKeys('rate-limit').map((secret) => hmac(`${limit}:${key}`, secret.key))
}
