import { type KeyObject, sign } from 'node:crypto'

/**
 * An ES256 signature as a JWS has it (RFC 7518 §3.4). Asking Node for this form doubles the time, so its DER is taken
 * apart here.
 */
export function signEs256(bytes: Uint8Array, privateKey: KeyObject): Buffer {
  return plainSignature(sign('sha256', bytes, privateKey))
}

/** R and S of a DER signature over P-256 (RFC 3279 §2.2.3), 32 bytes each. @throws RangeError for anything else */
export function plainSignature(der: Uint8Array): Buffer {
  const r = readInteger(der, 2)
  const s = readInteger(der, r.end)
  if (der[0] !== 0x30 || der[1] !== der.length - 2 || s.end !== der.length) throw notOurs()
  const plain = Buffer.alloc(64)
  plain.set(r.digits, 32 - r.digits.length)
  plain.set(s.digits, 64 - s.digits.length)
  return plain
}

function readInteger(der: Uint8Array, at: number): { readonly digits: Uint8Array; readonly end: number } {
  const start = at + 2
  const end = start + (der[at + 1] ?? 0)
  // a zero in front keeps a number from reading as negative
  const digits = der.subarray(der[start] === 0 ? start + 1 : start, end)
  if (der[at] !== 0x02 || end > der.length || digits.length > 32) throw notOurs()
  return { digits, end }
}

function notOurs(): RangeError {
  return new RangeError('This is no DER signature over P-256.')
}
