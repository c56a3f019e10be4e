import { randomToken } from '@/lib/crypto/digest'
import { currentKey } from '@/lib/crypto/keys'
import { seal, unseal } from '@/lib/crypto/seal'
import { db } from '@/lib/db/database'
import { once } from '@/lib/process/once'
import { now } from '@/lib/time/clock'

/** What a lasting key names. */
export type LastingKeyName = 'subject'

/**
 * A key that stays the same through every change of secrets, for names others keep (OpenID Connect Core §8.1: a pairwise
 * subject must not change). Random, made once, kept in the database sealed under the newest secret. Read once for each
 * process. @throws Error with code `key-sealed` when no configured secret opens it
 */
export function lastingKey(name: LastingKeyName): Promise<Uint8Array> {
  const kept = once('lasting-keys', () => new Map<LastingKeyName, Promise<Uint8Array>>())
  const known = kept.get(name)
  if (known) return known
  const loading = load(name)
  kept.set(name, loading)
  loading.catch(() => kept.delete(name))
  return loading
}

/** Of any number of processes that start at once, one makes the key and all read that one. */
async function load(name: LastingKeyName): Promise<Uint8Array> {
  const context = `lasting-key:${name}`
  await db().lastingKey.createMany({
    data: [{ name, sealed: seal(randomToken(), context), createdAt: now() }],
    skipDuplicates: true,
  })
  const { sealed } = await db().lastingKey.findUniqueOrThrow({ where: { name } })
  const opened = unseal(sealed, context)
  if (opened === undefined)
    throw Object.assign(new Error('A lasting key cannot be opened with the configured secrets.'), {
      code: 'key-sealed',
    })
  // a secret that leaves the configuration must not take the key with it
  if (Buffer.from(sealed).readUInt32BE(0) !== currentKey('seal').version)
    await db().lastingKey.updateMany({ where: { name, sealed }, data: { sealed: seal(opened, context) } })
  return Buffer.from(opened, 'base64url')
}
