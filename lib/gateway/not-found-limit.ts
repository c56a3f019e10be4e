import type { RefusalShape } from '@/lib/gateway/refusal'
import { once } from '@/lib/process/once'
import { takeHitFreely } from '@/lib/rate-limit/rate-limit'

const keepAtMost = 10_000

/**
 * Counts an answer "not found" of one access token. Too many, and every call of the token is answered 429 until the
 * window has passed: nobody finds out ids by trying them all. Hidden and unknown count alike. Only what found nothing
 * costs a statement; who waits is kept in this process, and another one learns it with the next "not found".
 */
export async function countNotFound(jti: string, now: Date): Promise<RefusalShape | undefined> {
  const state = await takeHitFreely('gatewayNotFound', jti, now)
  if (state.allowed) return undefined
  const until = blockedUntil()
  if (until.size >= keepAtMost) until.clear()
  until.set(jti, now.getTime() + state.retryAfterSeconds * 1000)
  return tooMany(state.retryAfterSeconds)
}

/** Whether a token has to wait, without asking the database. */
export function findWait(jti: string, now: Date): RefusalShape | undefined {
  const milliseconds = (blockedUntil().get(jti) ?? 0) - now.getTime()
  return milliseconds > 0 ? tooMany(Math.ceil(milliseconds / 1000)) : undefined
}

function blockedUntil(): Map<string, number> {
  return once('gateway-not-found', () => new Map<string, number>())
}

/** RFC 6585 §4 */
function tooMany(seconds: number): RefusalShape {
  return {
    status: 429,
    issue: 'throttled',
    text: `Too many resources were asked for that are not there. Wait ${seconds} seconds.`,
    because: 'too-many-not-found',
    headers: { 'retry-after': String(seconds) },
  }
}
