import { createHash, hkdfSync } from 'node:crypto'
import { config } from '@/lib/config/config'
import { once } from '@/lib/process/once'

/** What a derived key is for. One secret, many keys: a leak of one says nothing about another (RFC 5869 §3.2). */
export type Purpose =
  | 'seal'
  | 'code-pepper'
  | 'refresh-derivation'
  | 'cursor'
  | 'form-token'
  | 'evidence'
  | 'rate-limit'
  | 'next-auth'
  | 'dpop-nonce'
  | 'status-list'

/** A key and the version of the secret it came from: a positive 31-bit integer that survives a new secret in front. */
export type VersionedKey = { readonly version: number; readonly key: Uint8Array }

/** The key of a purpose under the newest secret: for making things. 32 bytes. */
export function currentKey(purpose: Purpose): VersionedKey {
  const [newest] = allKeys(purpose)
  if (!newest) throw new Error('no secret configured')
  return newest
}

/** The keys of a purpose under every secret, newest first: for recognising things made before a rotation. */
export function allKeys(purpose: Purpose): readonly VersionedKey[] {
  return once(`keys.${purpose}`, () => config().secrets.map((secret) => derive(secret, purpose)))
}

/** The key a thing was made with, or undefined when its secret is configured no more. */
export function keyOfVersion(purpose: Purpose, version: number): VersionedKey | undefined {
  return allKeys(purpose).find((entry) => entry.version === version)
}

function derive(secret: string, purpose: Purpose): VersionedKey {
  const version = createHash('sha256').update(`version:${secret}`).digest().readUInt32BE(0) >>> 1
  return { version, key: new Uint8Array(hkdfSync('sha256', secret, '', `vestibule/${purpose}`, 32)) }
}
