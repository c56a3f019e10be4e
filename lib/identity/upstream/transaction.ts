import { z } from 'zod'
import { sha256 } from '@/lib/crypto/digest'
import { seal, unseal } from '@/lib/crypto/seal'
import { cookieName, findCookie, setCookie } from '@/lib/http/cookies'
import { addSeconds, epochSeconds } from '@/lib/time/clock'

/** A sign-in may take so long at the provider. */
const lifetimeSeconds = 15 * 60
/** Sign-ins under way in one browser: more would outgrow the header. */
const maxOpen = 3

const transactionSchema = z.strictObject({
  /** Id of the provider the browser was sent to: an answer at another's callback is refused (mix-up, RFC 9700 §4.4). */
  provider: z.string(),
  /** Where the person is sent after signing in. */
  to: z.string(),
  /** Address at the provider, shown and followed by our leaving page. */
  leaveTo: z.string(),
  /** next-auth's own cookies: state, PKCE verifier, nonce. */
  checks: z.record(z.string(), z.string()),
  /** A fresh authentication asked for: at most so many seconds old. */
  maxAgeSeconds: z.number().optional(),
  /** Two factors asked for, in the provider's own words. */
  isStrong: z.boolean().optional(),
  /** Who comes back is compared with who was expected: the provider need not ask which account. */
  isExpected: z.boolean().optional(),
  /** Epoch seconds. */
  begunAt: z.number(),
})

/** A sign-in on its way: between our form and the provider's answer. Kept sealed in a cookie of its own. */
export type Transaction = z.infer<typeof transactionSchema>

/**
 * The name of the transaction with this `state`. Each has its own cookie, so that two tabs signing in do not undo one
 * another. Not a secret.
 */
export function transactionName(state: string): string {
  return Buffer.from(sha256(`sign-in:${state}`))
    .toString('hex')
    .slice(0, 16)
}

/** `Set-Cookie` values that keep a new transaction and drop the oldest beyond three. */
export function keepTransaction(
  name: string,
  transaction: Transaction,
  cookieHeader: string | null,
): readonly string[] {
  const sealed = Buffer.from(seal(JSON.stringify(transaction), `sign-in:${name}`, 'next-auth')).toString(
    'base64url',
  )
  const surplus = openNames(cookieHeader)
    .filter((open) => open !== name)
    .slice(0, -(maxOpen - 1))
  return [
    setCookie(`sign-in-${name}`, sealed, { maxAgeSeconds: lifetimeSeconds }),
    ...surplus.map(dropTransaction),
  ]
}

/** The transaction of this name, if this browser began it and it is not too old. */
export function findTransaction(
  name: string,
  cookieHeader: string | null,
  now: Date,
): Transaction | undefined {
  const value = /^[0-9a-f]{16}$/.test(name) ? findCookie(cookieHeader, `sign-in-${name}`) : undefined
  const plain = value && unseal(Buffer.from(value, 'base64url'), `sign-in:${name}`, 'next-auth')
  if (!plain) return undefined
  const transaction = transactionSchema.parse(JSON.parse(plain))
  return transaction.begunAt > epochSeconds(addSeconds(now, -lifetimeSeconds)) ? transaction : undefined
}

/** `Set-Cookie` value that removes a transaction: one answer each. */
export function dropTransaction(name: string): string {
  return setCookie(`sign-in-${name}`, '', { maxAgeSeconds: 0 })
}

function openNames(cookieHeader: string | null): readonly string[] {
  const prefix = `${cookieName('sign-in-')}`
  return (cookieHeader ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part.startsWith(prefix))
    .map((part) => part.slice(prefix.length).split('=')[0] ?? '')
}
