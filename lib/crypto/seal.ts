import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { currentKey, keyOfVersion, type Purpose } from '@/lib/crypto/keys'
import { secretKeyOf } from '@/lib/crypto/secret-key'

/**
 * Encrypts for storage: AES-256-GCM under a key that is not in the database. Layout: version (4 bytes), nonce (12),
 * tag (16), ciphertext. `context` is authenticated, so that a sealed value cannot be moved to another row.
 */
export function seal(plain: string, context: string, purpose: Purpose = 'seal'): Uint8Array<ArrayBuffer> {
  const { version, key } = currentKey(purpose)
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', secretKeyOf(key), nonce).setAAD(Buffer.from(context))
  const body = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
  const head = Buffer.alloc(4)
  head.writeUInt32BE(version)
  return new Uint8Array(Buffer.concat([head, nonce, cipher.getAuthTag(), body]))
}

/** Decrypts what `seal` made. Undefined when it was altered, belongs to another context, or its secret is gone. */
export function unseal(sealed: Uint8Array, context: string, purpose: Purpose = 'seal'): string | undefined {
  const bytes = Buffer.from(sealed)
  if (bytes.length < 32) return undefined
  const found = keyOfVersion(purpose, bytes.readUInt32BE(0))
  if (!found) return undefined
  const decipher = createDecipheriv('aes-256-gcm', secretKeyOf(found.key), bytes.subarray(4, 16))
  decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(16, 32))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(32)), decipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}
