import { hmac, isEqual } from '@/lib/crypto/digest'
import { allKeys, currentKey } from '@/lib/crypto/keys'
import { epochSeconds } from '@/lib/time/clock'

/** Seconds a nonce is the newest. It is taken in the slot after as well, so it lives two to four minutes. */
const slotSeconds = 120

/**
 * The nonce of the moment (RFC 9449 §8). It is made from the time under a key of ours, so every replica gives and takes
 * the same ones and nothing is stored: a proof that carries it was made just now, whatever the client's clock says.
 */
export function currentNonce(now: Date): string {
  return nonceOf(slotOf(now), currentKey('dpop-nonce').key)
}

/** Whether a nonce is ours and still good: of this slot, the one before, or, for a replica whose clock runs ahead, the next. */
export function isNonce(value: string, now: Date): boolean {
  const slot = slotOf(now)
  return allKeys('dpop-nonce').some(({ key }) =>
    [slot, slot - 1, slot + 1].some((one) => isEqual(value, nonceOf(one, key))),
  )
}

function slotOf(now: Date): number {
  return Math.floor(epochSeconds(now) / slotSeconds)
}

function nonceOf(slot: number, key: Uint8Array): string {
  return Buffer.from(hmac(`dpop-nonce:${slot}`, key)).toString('base64url')
}
