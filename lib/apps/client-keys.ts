import { z } from 'zod'
import type { App } from '@/lib/apps/metadata'
import { holdsPrivateKey, type PublicJwk, publicJwk } from '@/lib/crypto/public-jwks'
import { guardedFetch } from '@/lib/http/guarded-fetch'
import { log } from '@/lib/log/log'
import { once } from '@/lib/process/once'
import { takeHitFreely } from '@/lib/rate-limit/rate-limit'
import { addSeconds } from '@/lib/time/clock'

/** How long keys are kept when the client's server does not say, and at most, in seconds. */
const usualSeconds = 300
const longestSeconds = 3_600

type Kept = { readonly keys: readonly PublicJwk[]; readonly until: Date }

/**
 * The keys of a client that may have signed: those of this `kid`. By value they stand in its registration; by address
 * they are fetched, kept no longer than its Cache-Control allows, and fetched again at once, under a limit, when the
 * `kid` is not among them: a client that rotates is understood with its first new signature.
 * SMART App Launch 2.2, asymmetric authentication (@339–@342).
 */
export async function findClientKeys(app: App, kid: string, now: Date): Promise<readonly PublicJwk[]> {
  const named = (keys: readonly PublicJwk[]): readonly PublicJwk[] => keys.filter((key) => key.kid === kid)
  if (app.jwks) return named(app.jwks.keys)
  if (app.jwksUri === undefined) return []
  const kept = findKept(app.jwksUri, now)
  if (kept && named(kept).length > 0) return named(kept)
  const { allowed } = await takeHitFreely(kept ? 'clientKeysAgain' : 'clientKeys', app.id, now)
  if (!allowed) return []
  // another request may have brought them meanwhile
  const brought = findKept(app.jwksUri, now)
  if (brought && brought !== kept) return named(brought)
  return named(await fetchTogether(app.jwksUri, now))
}

function findKept(address: string, now: Date): readonly PublicJwk[] | undefined {
  const kept = cache().get(address)
  return kept && kept.until > now ? kept.keys : undefined
}

/** Requests that come while one is under way wait for its answer. */
async function fetchTogether(address: string, now: Date): Promise<readonly PublicJwk[]> {
  const running = once('client-keys-running', () => new Map<string, Promise<readonly PublicJwk[]>>())
  const waiting = running.get(address)
  if (waiting) return waiting
  const fetching = fetchKeys(address, now).finally(() => running.delete(address))
  running.set(address, fetching)
  return fetching
}

async function fetchKeys(address: string, now: Date): Promise<readonly PublicJwk[]> {
  const answer = await guardedFetch(address, { headers: { accept: 'application/json' } })
  const keys = answer.outcome === 'answered' && answer.status === 200 ? parseKeys(answer.body) : undefined
  if (answer.outcome !== 'answered' || keys === undefined) {
    log.warn('client-keys.unusable', { why: answer.outcome === 'failed' ? answer.why : 'not-keys' })
    return []
  }
  const seconds = freshSeconds(answer.headers)
  if (cache().size >= 1_000) cache().clear()
  if (seconds > 0) cache().set(address, { keys, until: addSeconds(now, seconds) })
  else cache().delete(address)
  return keys
}

/** Keys of kinds we do not know are left out; a set that gives away a private key is not believed at all. */
function parseKeys(body: string): readonly PublicJwk[] | undefined {
  const document = z.object({ keys: z.array(z.record(z.string(), z.unknown())).max(100) })
  const set = document.safeParse(parseJson(body))
  if (!set.success || set.data.keys.some(holdsPrivateKey)) return undefined
  return set.data.keys.flatMap((key) => {
    const known = publicJwk.safeParse(key)
    return known.success ? [known.data] : []
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Seconds an answer may be kept (RFC 9111 §5.2.2): nothing for no-store and no-cache, `max-age` less its age. */
function freshSeconds(headers: Headers): number {
  const directives = (headers.get('cache-control') ?? '')
    .toLowerCase()
    .split(',')
    .map((one) => one.trim())
  if (directives.some((one) => /^no-(store|cache)\b/.test(one))) return 0
  const maxAge = directives
    .map((one) => /^max-age="?(\d{1,9})/.exec(one)?.[1])
    .find((one) => one !== undefined)
  if (maxAge === undefined) return usualSeconds
  const age = /^\d{1,9}$/.exec(headers.get('age') ?? '')?.[0] ?? '0'
  return Math.min(longestSeconds, Math.max(0, Number(maxAge) - Number(age)))
}

function cache(): Map<string, Kept> {
  return once('client-keys', () => new Map<string, Kept>())
}
