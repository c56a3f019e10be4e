import { z } from 'zod'
import type { StoredAuthority } from '@/lib/access/facts'
import { seal, unseal } from '@/lib/crypto/seal'
import { pageExpired } from '@/lib/gateway/ask-ehr'
import type { OfferedTypeName } from '@/lib/gateway/offered'
import type { Search } from '@/lib/gateway/parse-search'
import { refuse } from '@/lib/gateway/refusal'
import { epochSeconds } from '@/lib/time/clock'

/** Where to go on: in the EHR's page behind `link` (its first page when there is none), after so many entries. */
export type Position = { readonly link: string | undefined; readonly skip: number }

/** Whom a page link is for. */
export type CursorHolder = {
  readonly now: Date
  readonly authority: Pick<StoredAuthority, 'accountId' | 'patientId' | 'appId' | 'grantId' | 'ehrId'>
}

/** A further page of a search. */
export type Continuation = { readonly search: Search; readonly position: Position }

const lifetimeSeconds = 600
/** Room for a position beside what the EHR repeats of the search in its own link, in bytes. */
const roomForPosition = 1_024

const content = z.object({
  filters: z.array(z.tuple([z.string(), z.string()])),
  sort: z.string().optional(),
  count: z.number().int().positive(),
  link: z.string().optional(),
  skip: z.number().int().nonnegative(),
  expires: z.number().int(),
})

/**
 * Seals a position into a page link (AES-256-GCM): what the EHR's own link says, and how many hidden entries were passed
 * over, stays with us, also out of its length: a position takes room that only the search decides. It opens only for the
 * same person, patient, app and grant, for ten minutes. lab-release B6, B7.2
 */
export function issueCursor(call: CursorHolder, type: OfferedTypeName, next: Continuation): string {
  const { filters, sort, count } = next.search
  const plain = JSON.stringify({
    filters,
    sort,
    count,
    ...next.position,
    expires: epochSeconds(call.now) + lifetimeSeconds,
  })
  const room =
    roomForPosition + new URLSearchParams(filters.map(([name, value]) => [name, value])).toString().length
  const taken = Buffer.byteLength(JSON.stringify(next.position))
  const padded = plain + ' '.repeat(Math.ceil(taken / room) * room - taken)
  return Buffer.from(seal(padded, boundTo(call, type), 'cursor')).toString('base64url')
}

/** Opens a page link. @throws FhirRefusal 410 for one that is altered, somebody else's, or too old */
export function openCursor(call: CursorHolder, type: OfferedTypeName, cursor: string): Continuation {
  const plain = /^[A-Za-z0-9_-]+$/.test(cursor)
    ? unseal(Buffer.from(cursor, 'base64url'), boundTo(call, type), 'cursor')
    : undefined
  const parsed = plain === undefined ? undefined : content.safeParse(JSON.parse(plain))
  if (!parsed?.success || parsed.data.expires < epochSeconds(call.now)) return refuse(pageExpired)
  const { filters, sort, count, link, skip } = parsed.data
  return {
    search: { filters, sort, count, patientId: undefined, cursor: undefined },
    position: { link, skip },
  }
}

function boundTo(call: CursorHolder, type: OfferedTypeName): string {
  const { accountId, patientId, appId, grantId, ehrId } = call.authority
  return JSON.stringify(['cursor', accountId, patientId, appId, grantId, ehrId, type])
}
