import { hmac, isEqual } from '@/lib/crypto/digest'
import { currentKey, keyOfVersion } from '@/lib/crypto/keys'

/** What identifies a person in a record, for noticing that a record now describes someone else. */
export type Demographics = {
  readonly birthDate?: string
  readonly names: readonly { readonly family: string; readonly given: string }[]
}

/** How a record differs from what was linked. `unknown`: the secret of the digest is configured no more. */
export type DemographicsChange = 'same' | 'small' | 'large' | 'unknown'

/**
 * A digest that can later tell a small change (a married name) from a large one (another birth date, or both names).
 * Layout: version of the key (4 bytes), HMACs of birth date (16), family name (8) and given names (8).
 */
export function digestDemographics(person: Demographics): Uint8Array<ArrayBuffer> {
  const { key, version } = currentKey('evidence')
  const head = Buffer.alloc(4)
  head.writeUInt32BE(version)
  return new Uint8Array(Buffer.concat([head, ...parts(person, key)]))
}

/** Compares a record with the digest kept at linking. */
export function compareDemographics(person: Demographics, kept: Uint8Array): DemographicsChange {
  const bytes = Buffer.from(kept)
  const key = bytes.length === 36 ? keyOfVersion('evidence', bytes.readUInt32BE(0))?.key : undefined
  if (!key) return 'unknown'
  const [birthDate, family, given] = parts(person, key)
  const isBirthDate = isEqual(birthDate, bytes.subarray(4, 20))
  const isFamily = isEqual(family, bytes.subarray(20, 28))
  const isGiven = isEqual(given, bytes.subarray(28, 36))
  if (!isBirthDate || (!isFamily && !isGiven)) return 'large'
  return isFamily && isGiven ? 'same' : 'small'
}

function parts(person: Demographics, key: Uint8Array): readonly [Buffer, Buffer, Buffer] {
  const [name] = person.names
  const part = (label: string, value: string, length: number): Buffer =>
    Buffer.from(hmac(`${label}:${value}`, key)).subarray(0, length)
  return [
    part('birth-date', person.birthDate ?? '', 16),
    part('family', fold(name?.family), 8),
    part('given', fold(name?.given), 8),
  ]
}

/** Case, accents, spaces and punctuation do not make another person. */
function fold(text: string | undefined): string {
  return (text ?? '')
    .normalize('NFKD')
    .replace(/[\p{M}\p{P}\s]/gu, '')
    .toLowerCase()
}
