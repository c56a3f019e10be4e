import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { config } from '@/lib/config/config'
import { allKeys, currentKey, type VersionedKey } from '@/lib/crypto/keys'
import { secretKeyOf } from '@/lib/crypto/secret-key'
import { once } from '@/lib/process/once'

/** Entries of one list. Every list is of this size, so that its size tells nobody how many tokens there are. */
export const listLength = 2 ** 16

/** Seconds for which a list takes tokens. It can be forgotten when the last of them has expired. */
export const listSeconds = 3_600

/** A list: the tokens that were issued in one hour and whose number lies in one block of 2^16. */
export type StatusListName = {
  /** Hours since the epoch. */
  readonly hour: number
  /** The number of each of its tokens, divided by 2^16. */
  readonly block: number
}

/** Where a list speaks of one token, as its `status` claim says (Token Status List §6.1). */
export type StatusClaim = { readonly status_list: { readonly idx: number; readonly uri: string } }

/**
 * The `status` claim of a token, from its number and the moment it was issued. The same values give the same claim, in
 * every process. Neither address nor index tells how many tokens there are or which came after which: the address is
 * encrypted, the index permuted, both under a key of ours.
 */
export function statusClaim(statusNumber: number, issuedAt: Date): StatusClaim {
  const key = currentKey('status-list')
  const name = listNameOf(statusNumber, issuedAt)
  const idx = permute(statusNumber % listLength, roundsOf(name, key))
  return { status_list: { idx, uri: listUri(encryptName(name, key)) } }
}

/** A list that is known by its id, and where in it a token of its own stands. */
export type FoundList = StatusListName & { indexOf(statusNumber: number): number }

/** The list of an id of ours, made under any secret still configured; undefined for anything else. */
export function findList(id: string): FoundList | undefined {
  if (!/^[A-Za-z0-9_-]{22}$/.test(id)) return undefined
  for (const key of allKeys('status-list')) {
    const name = decryptName(id, key)
    if (!name) continue
    const rounds = roundsOf(name, key)
    return { ...name, indexOf: (statusNumber) => permute(statusNumber % listLength, rounds) }
  }
  return undefined
}

/** The address of a list, which is also its `sub`. */
export function listUri(id: string): string {
  return `${config().issuer}/status-lists/${id}`
}

/** The list that speaks of a token. */
export function listNameOf(statusNumber: number, issuedAt: Date): StatusListName {
  return {
    hour: Math.floor(issuedAt.getTime() / (listSeconds * 1000)),
    block: Math.floor(statusNumber / listLength),
  }
}

/** One AES block: hour, block, and six zero bytes that prove it ours when it comes back. */
function encryptName({ hour, block }: StatusListName, { key }: VersionedKey): string {
  const plain = Buffer.alloc(16)
  plain.writeUInt32BE(hour, 0)
  plain.writeUIntBE(block, 4, 6)
  const cipher = createCipheriv('aes-256-ecb', secretKeyOf(key), null).setAutoPadding(false)
  return Buffer.concat([cipher.update(plain), cipher.final()]).toString('base64url')
}

function decryptName(id: string, { key }: VersionedKey): StatusListName | undefined {
  const decipher = createDecipheriv('aes-256-ecb', secretKeyOf(key), null).setAutoPadding(false)
  const plain = Buffer.concat([decipher.update(Buffer.from(id, 'base64url')), decipher.final()])
  const isOurs = plain.subarray(10).every((byte) => byte === 0)
  return isOurs ? { hour: plain.readUInt32BE(0), block: plain.readUIntBE(4, 6) } : undefined
}

const roundCount = 8

/** The round functions of a list's permutation, as one table of 256 bytes each. Made once per list and process. */
function roundsOf({ hour, block }: StatusListName, { key, version }: VersionedKey): Uint8Array {
  const kept = once('status-list-rounds', () => new Map<string, Uint8Array>())
  const name = `${version}.${hour}.${block}`
  const known = kept.get(name)
  if (known) return known
  const own = createHmac('sha256', secretKeyOf(key)).update(`permutation:${hour}:${block}`).digest()
  const made = createCipheriv('aes-256-ctr', own, Buffer.alloc(16)).update(Buffer.alloc(256 * roundCount))
  if (kept.size >= 16) kept.clear()
  kept.set(name, made)
  return made
}

/** A Feistel network over 16 bits: one to one, so no index is given twice. */
function permute(value: number, rounds: Uint8Array): number {
  let [left, right] = [value >> 8, value & 0xff]
  for (let round = 0; round < roundCount; round += 1)
    [left, right] = [right, left ^ (rounds[round * 256 + right] ?? 0)]
  return (left << 8) | right
}
