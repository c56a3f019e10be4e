import { record } from '@/lib/audit/record'
import { db, type Tx } from '@/lib/db/database'
import type { Job } from '@/lib/jobs/run'
import {
  activatableAt,
  algorithms,
  forgettableAt,
  rotationDays,
  type SigningAlgorithm,
} from '@/lib/keys/lifecycle'
import { forgetPublishedKeys, generatePair, insertKey, type KeyPair } from '@/lib/keys/store'
import { addSeconds, now as clock } from '@/lib/time/clock'

/** What came of a rotation. `waiting`: the next key has not been public long enough to sign. */
export type Rotation =
  | { readonly algorithm: SigningAlgorithm; readonly outcome: 'rotated'; readonly kid: string }
  | { readonly algorithm: SigningAlgorithm; readonly outcome: 'waiting'; readonly until: Date }
  | { readonly algorithm: SigningAlgorithm; readonly outcome: 'raced' }

/**
 * Makes the next key the active one, keeps the old one published until its last token has expired, and publishes a new
 * next key. A next key signs only after it has been public for the JWKS's max-age: `force` skips that wait, for a key
 * that must not sign any more. Of parallel rotations one wins.
 */
export async function rotateKeys(
  which: SigningAlgorithm | 'all',
  options: { readonly now: Date; readonly force?: boolean },
): Promise<readonly Rotation[]> {
  const chosen = which === 'all' ? algorithms : [which]
  const rotations: Rotation[] = []
  for (const algorithm of chosen)
    rotations.push(await rotateOne(algorithm, options.now, options.force ?? false))
  forgetPublishedKeys()
  return rotations
}

/** The keys' housekeeping: forgets keys whose last token has expired, replaces those that signed for long enough. */
export async function tendKeys(now: Date): Promise<void> {
  await forgetOldKeys(now)
  const due = await db().signingKey.findMany({
    where: { status: 'active', activatedAt: { lt: addSeconds(now, -rotationDays * 86_400) } },
    select: { algorithm: true },
  })
  for (const algorithm of algorithms)
    if (due.some((key) => key.algorithm === algorithm)) await rotateKeys(algorithm, { now })
}

/** Rotation by the clock. */
export const tendKeysJob: Job = { name: 'tend-keys', everySeconds: 300, run: () => tendKeys(clock()) }

async function rotateOne(algorithm: SigningAlgorithm, now: Date, force: boolean): Promise<Rotation> {
  const next = await db().signingKey.findFirst({ where: { algorithm, status: 'next' } })
  if (!next) return { algorithm, outcome: 'raced' }
  if (!force && activatableAt(next) > now)
    return { algorithm, outcome: 'waiting', until: activatableAt(next) }
  const pair = await generatePair(algorithm)
  const won = await db().$transaction((tx) => moveOn(tx, algorithm, { nextKid: next.id, pair, now }))
  return won ? { algorithm, outcome: 'rotated', kid: next.id } : { algorithm, outcome: 'raced' }
}

/** active → retiring, next → active, new next: all or nothing. The first update is where parallel rotations meet. */
async function moveOn(
  tx: Tx,
  algorithm: SigningAlgorithm,
  options: { readonly nextKid: string; readonly pair: KeyPair; readonly now: Date },
): Promise<boolean> {
  const { nextKid, pair, now } = options
  const held = await tx.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "signing_key" WHERE "id" = ${nextKid} AND "status" = 'next' FOR UPDATE`
  if (held.length === 0) return false
  const [old] = await tx.signingKey.updateManyAndReturn({
    where: { algorithm, status: 'active' },
    data: { status: 'retiring', retiredAt: now },
    select: { id: true },
  })
  await tx.signingKey.update({ where: { id: nextKid }, data: { status: 'active', activatedAt: now } })
  await insertKey(tx, algorithm, { status: 'next', pair, now })
  const actor = { kind: 'system', id: 'keys' } as const
  await record(tx, 'keys.rotated', { actor, detail: { algorithm, kid: nextKid, to: 'active' } })
  if (old) await record(tx, 'keys.rotated', { actor, detail: { algorithm, kid: old.id, to: 'retiring' } })
  return true
}

async function forgetOldKeys(now: Date): Promise<void> {
  const retiring = await db().signingKey.findMany({ where: { status: 'retiring' } })
  for (const key of retiring) {
    if (!key.retiredAt || forgettableAt({ retiredAt: key.retiredAt }) > now) continue
    await db().$transaction(async (tx) => {
      const { count } = await tx.signingKey.updateMany({
        where: { id: key.id, status: 'retiring' },
        data: { status: 'gone', goneAt: now, sealedPrivate: new Uint8Array() },
      })
      if (count === 0) return
      const detail = { algorithm: key.algorithm, kid: key.id, to: 'gone' }
      await record(tx, 'keys.rotated', { actor: { kind: 'system', id: 'keys' }, detail })
    })
  }
  forgetPublishedKeys()
}
