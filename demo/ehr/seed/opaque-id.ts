import { createHash } from 'node:crypto'

const alphabet = 'ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789'

/**
 * An id that looks like an EHR's own and says nothing, derived from where the resource stands in the seed:
 * leaving one resource out never moves the id of another.
 */
export function opaqueId(prefix: string, ...path: readonly string[]): string {
  const digest = createHash('sha256').update(path.join('\u0000')).digest()
  let id = prefix
  for (const byte of digest.subarray(0, 17)) id += alphabet.charAt(byte % alphabet.length)
  return id
}
