import { inflateSync } from 'node:zlib'
import { type JWTVerifyGetKey, jwtVerify } from 'jose'
import { z } from 'zod'
import { type Refusal, refuse } from './fhir-errors'
import { sayFault } from './say-fault'

const claim = z.object({
  status_list: z.object({ idx: z.number().int().min(0), uri: z.url() }),
})

const listClaims = z.object({
  sub: z.string(),
  iat: z.number(),
  exp: z.number().optional(),
  ttl: z.number().positive().optional(),
  status_list: z.object({ bits: z.literal([1, 2, 4, 8]), lst: z.string() }),
})

/** A list as it was read, and until when it is believed, in milliseconds. */
type Kept = { readonly bits: number; readonly bytes: Uint8Array; readonly until: number }

/** Tells whether a token that names a status list has ended before its time. */
export type StatusLists = {
  /** `status`: that claim of a verified token, if it has one. A token without the claim is as good as its own end says. */
  check(status: unknown): Promise<Refusal | undefined>
}

/** No list is kept for longer, whatever it says of itself. */
const longestSeconds = 60
const largestBytes = 64 * 1024

/**
 * Reads the status lists of one issuer (Token Status List §8.3): only from its own origin, signed by it, `sub` the
 * address it was read from, kept for its `ttl` and no longer. While a list cannot be read, no token that names it is let in.
 */
export function makeStatusLists(
  issuer: string,
  findKeys: () => Promise<JWTVerifyGetKey>,
  now: () => number = Date.now,
): StatusLists {
  const kept = new Map<string, Kept>()
  const readings = new Map<string, Promise<Kept>>()

  /** One reading at a time for each list, however many tokens wait for it; a failed one is not kept. */
  async function find(uri: string): Promise<Kept> {
    const known = kept.get(uri)
    if (known && known.until > now()) return known
    const under = readings.get(uri)
    if (under) return under
    const reading = read(uri, findKeys, now).finally(() => readings.delete(uri))
    readings.set(uri, reading)
    const list = await reading
    for (const [name, { until }] of kept) if (until <= now()) kept.delete(name)
    kept.set(uri, list)
    return list
  }

  return {
    async check(status) {
      if (status === undefined) return undefined
      const parsed = claim.safeParse(status)
      if (!parsed.success) return ended('status-malformed')
      const { idx, uri } = parsed.data.status_list
      if (new URL(uri).origin !== new URL(issuer).origin) return ended('status-of-another-issuer')
      const list = await find(uri).catch((fault: unknown) => sayFault('reading a status list', fault))
      if (!list)
        return refuse(503, 'transient', 'status-unreachable', 'Whether the token still counts is not known.')
      const value = statusAt(list, idx)
      return value === 0 ? undefined : ended(value === undefined ? 'status-out-of-range' : `status-${value}`)
    },
  }
}

async function read(uri: string, findKeys: () => Promise<JWTVerifyGetKey>, now: () => number): Promise<Kept> {
  const response = await fetch(uri, {
    headers: { accept: 'application/statuslist+jwt' },
    redirect: 'error',
    signal: AbortSignal.timeout(3_000),
  })
  const text = await response.text()
  if (!response.ok || text.length > largestBytes) throw new Error(`the list answered ${response.status}`)
  const { payload } = await jwtVerify(text, await findKeys(), {
    typ: 'statuslist+jwt',
    algorithms: ['ES256'],
    subject: uri,
    currentDate: new Date(now()),
    clockTolerance: 5,
  })
  const { exp, ttl, status_list: list } = listClaims.parse(payload)
  const seconds = Math.min(ttl ?? longestSeconds, longestSeconds)
  const bytes = inflateSync(Buffer.from(list.lst, 'base64url'), { maxOutputLength: 1024 * 1024 })
  return { bits: list.bits, bytes, until: Math.min(now() + seconds * 1000, (exp ?? Infinity) * 1000) }
}

/** The value of one token; undefined beyond the list's end. */
function statusAt({ bits, bytes }: Kept, index: number): number | undefined {
  const byte = bytes[Math.floor((index * bits) / 8)]
  return byte === undefined ? undefined : (byte >> ((index * bits) % 8)) & ((1 << bits) - 1)
}

function ended(because: string): Refusal {
  return refuse(401, 'login', `token: ${because}`, 'The access token was refused.')
}
