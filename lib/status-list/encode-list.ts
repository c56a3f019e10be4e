import { deflateSync } from 'node:zlib'

/** A token that is not valid (Token Status List §7.1): 1 is invalid for good, 2 suspended, which may become valid again. */
export type StatusEntry = { readonly index: number; readonly status: 1 | 2 }

const bitsEach = 2
const inOneByte = 8 / bitsEach

/**
 * `status_list` of a signed list (Token Status List §4.1): two bits for each token, packed from the least significant
 * bit, compressed as zlib, in base64url. What is not named is valid.
 */
export function encodeList(
  entries: readonly StatusEntry[],
  length: number,
): { readonly bits: 2; readonly lst: string } {
  const bytes = Buffer.alloc(length / inOneByte)
  for (const { index, status } of entries) {
    const at = Math.floor(index / inOneByte)
    bytes[at] = (bytes[at] ?? 0) | (status << ((index % inOneByte) * bitsEach))
  }
  return { bits: bitsEach, lst: deflateSync(bytes, { level: 9 }).toString('base64url') }
}
