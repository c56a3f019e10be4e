import { type Actor, record } from '@/lib/audit/record'
import { db, type Tx } from '@/lib/db/database'

/** Why a grant ended. `replaced`: a later consent to the same app took back something this one allowed. */
export type GrantEnd =
  | 'person'
  | 'replaced'
  | 'token-replayed'
  | 'code-replayed'
  | 'link-ended'
  | 'app-revoked'
  | 'staff'

/** What a person allowed an app on one record, as their own page shows it. */
export type GrantView = {
  readonly id: string
  readonly appId: string
  readonly linkId: string
  readonly ehrId: string
  readonly scopes: readonly string[]
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly lastUsedAt: Date | null
  /** When its access ended because a spent refresh token came back; null while it has access, or never had any. */
  readonly haltedAt: Date | null
}

/** The live grants of a person, newest first. Whether link and app are still alive is the reader's to join. */
export async function listGrants(accountId: string, now: Date): Promise<readonly GrantView[]> {
  const found = await db().grant.findMany({
    where: { accountId, endedAt: null, expiresAt: { gt: now } },
    orderBy: { createdAt: 'desc' },
    select: viewColumns,
  })
  return found.map(viewOf)
}

/** A live grant of this person; undefined for another's, so that an id from a form opens nothing. */
export async function findGrant(
  accountId: string,
  grantId: string,
  now: Date,
): Promise<GrantView | undefined> {
  const found = await db().grant.findFirst({
    where: { id: grantId, accountId, endedAt: null, expiresAt: { gt: now } },
    select: viewColumns,
  })
  return found ? viewOf(found) : undefined
}

/**
 * Ends a grant with its audit row. Its tokens are dead at once: gateway and refresh read the grant at every use.
 * @returns false when it had ended already
 */
export async function endGrant(
  tx: Tx,
  grantId: string,
  options: { readonly why: GrantEnd; readonly actor: Actor; readonly now: Date },
): Promise<boolean> {
  const { why, actor, now } = options
  const [ended] = await tx.grant.updateManyAndReturn({
    where: { id: grantId, endedAt: null },
    data: { endedAt: now, endedWhy: why },
    select: { id: true, accountId: true, linkId: true, appId: true, ehrId: true, patientId: true },
  })
  if (!ended) return false
  await record(tx, 'grant.ended', { actor, about: aboutOf(ended), detail: { why } })
  return true
}

/** Ends every live grant of a link. @returns how many */
export async function endGrantsOfLink(
  tx: Tx,
  linkId: string,
  options: { readonly why: GrantEnd; readonly actor: Actor; readonly now: Date },
): Promise<number> {
  const live = await tx.grant.findMany({ where: { linkId, endedAt: null }, select: { id: true } })
  for (const { id } of live) await endGrant(tx, id, options)
  return live.length
}

const viewColumns = {
  id: true,
  appId: true,
  linkId: true,
  ehrId: true,
  scopes: true,
  createdAt: true,
  expiresAt: true,
  lastUsedAt: true,
  families: { select: { endedAt: true, endedWhy: true } },
} as const

type Stored = Omit<GrantView, 'haltedAt'> & {
  readonly families: readonly { readonly endedAt: Date | null; readonly endedWhy: string | null }[]
}

function viewOf({ families, ...grant }: Stored): GrantView {
  const isOver = families.every((family) => family.endedAt !== null)
  const ends = families.filter((family) => family.endedWhy === 'replayed').map((family) => family.endedAt)
  return { ...grant, haltedAt: isOver ? (ends.at(-1) ?? null) : null }
}

type Named = {
  readonly id: string
  readonly accountId: string
  readonly ehrId: string
  readonly patientId: string
  readonly appId: string
  readonly linkId: string
}

function aboutOf(grant: Named): Omit<Named, 'id'> & { grantId: string } {
  const { id, accountId, ehrId, patientId, appId, linkId } = grant
  return { accountId, ehrId, patientId, appId, grantId: id, linkId }
}
