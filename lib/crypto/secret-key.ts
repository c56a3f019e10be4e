import { createSecretKey, type KeyObject } from 'node:crypto'
import { once } from '@/lib/process/once'

/**
 * The key object of a secret's bytes, made once for each array and kept as long as it. Node takes four times as long to
 * begin an HMAC or a cipher with bare bytes. The bytes are copied: an array that is changed afterwards keeps its old key.
 */
export function secretKeyOf(bytes: Uint8Array): KeyObject {
  const kept = once('secret-keys', () => new WeakMap<Uint8Array, KeyObject>())
  const known = kept.get(bytes)
  if (known) return known
  const made = createSecretKey(bytes)
  kept.set(bytes, made)
  return made
}
