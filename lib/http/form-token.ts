import { hmac, isEqual } from '@/lib/crypto/digest'
import { allKeys, currentKey } from '@/lib/crypto/keys'
import { epochSeconds } from '@/lib/time/clock'

/** How long a page may stay open before its form is asked to be loaded again. */
const lifetimeSeconds = 2 * 60 * 60

/**
 * A token that proves a form was made by us for this holder and purpose. Next lets a post without Origin through, so
 * every form carries one. `holder` is what the browser is bound to: a session id, a request id.
 */
export function issueFormToken(purpose: string, holder: string, now: Date): string {
  const expires = epochSeconds(now) + lifetimeSeconds
  return `${expires}.${sign(purpose, holder, expires, currentKey('form-token').key)}`
}

/** Whether a token was issued for this purpose and holder and has not expired. */
export function isFormToken(token: unknown, purpose: string, holder: string, now: Date): boolean {
  if (typeof token !== 'string') return false
  const [expires, signature] = token.split('.')
  if (!expires || !signature || !(Number(expires) > epochSeconds(now))) return false
  return allKeys('form-token').some(({ key }) =>
    isEqual(signature, sign(purpose, holder, Number(expires), key)),
  )
}

function sign(purpose: string, holder: string, expires: number, key: Uint8Array): string {
  return Buffer.from(hmac(JSON.stringify([purpose, holder, expires]), key)).toString('base64url')
}
