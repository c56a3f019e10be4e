import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { currentKey, type Purpose } from '@/lib/crypto/keys'
import { secretKeyOf } from '@/lib/crypto/secret-key'

type Bytes = Uint8Array<ArrayBuffer>

/** A new secret for a person or program to carry: base64url of `bytes` random bytes (32 → 256 bits). */
export function randomToken(bytes = 32): string {
  return randomBytes(bytes).toString('base64url')
}

/** SHA-256 of a value that is random enough (≥ 128 bits) to need no key. */
export function sha256(value: string | Uint8Array): Bytes {
  return new Uint8Array(createHash('sha256').update(value).digest())
}

/** HMAC-SHA256 of a value that could be guessed, under the current key of a purpose. */
export function keyedDigest(value: string, purpose: Purpose): Bytes {
  return hmac(value, currentKey(purpose).key)
}

/** HMAC-SHA256 under a key given. */
export function hmac(value: string | Uint8Array, key: Uint8Array): Bytes {
  return new Uint8Array(createHmac('sha256', secretKeyOf(key)).update(value).digest())
}

/** Compares two strings or byte arrays in a time that does not depend on where they differ. */
export function isEqual(a: string | Uint8Array, b: string | Uint8Array): boolean {
  const [x, y] = [Buffer.from(sha256(a)), Buffer.from(sha256(b))]
  return timingSafeEqual(x, y)
}
