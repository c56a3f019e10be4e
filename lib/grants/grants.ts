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

/** A line of the consent page as it was shown, with the person's answer. */
export type ShownItem = {
  readonly id: string
  readonly scopes: readonly string[]
  readonly text: string
  readonly allowed: boolean
}

/** A consent about to be written. */
export type NewGrant = {
  readonly accountId: string
  readonly linkId: string
  readonly appId: string
  readonly ehrId: string
  readonly patientId: string
  readonly scopes: readonly string[]
  readonly textVersion: string
  readonly language: string
  readonly shown: readonly ShownItem[]
  readonly expiresAt: Date
}

/**
 * Writes a grant with its audit row. Earlier grants of the same app on the same link that hold something the person now
 * refused (`isTakenBack`) end with it: the latest "no" counts on every device. @returns its id
 */
export async function createGrant(
  tx: Tx,
  grant: NewGrant,
  options: {
    readonly actor: Actor
    readonly now: Date
    readonly isTakenBack: (scopes: readonly string[]) => boolean
  },
): Promise<string> {
  const { actor, now, isTakenBack } = options
  const refused = grant.shown.filter((item) => !item.allowed).flatMap((item) => item.scopes)
  const earlier = await tx.grant.findMany({
    where: { linkId: grant.linkId, appId: grant.appId, endedAt: null },
    select: { id: true, scopes: true },
  })
  for (const { id } of earlier.filter(({ scopes }) => isTakenBack(scopes)))
    await endGrant(tx, id, { why: 'replaced', actor, now })
  const { id } = await tx.grant.create({
    data: {
      ...grant,
      scopes: [...grant.scopes],
      shown: grant.shown.map((item) => ({ ...item, scopes: [...item.scopes] })),
      createdAt: now,
    },
    select: { id: true },
  })
  const detail = {
    scopes: [...grant.scopes],
    refused,
    textVersion: grant.textVersion,
    language: grant.language,
  }
  await record(tx, 'grant.created', { actor, about: aboutOf({ id, ...grant }), detail })
  return id
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

type Named = Pick<NewGrant, 'accountId' | 'ehrId' | 'patientId' | 'appId' | 'linkId'> & {
  readonly id: string
}

function aboutOf(
  grant: Named,
): Pick<NewGrant, 'accountId' | 'ehrId' | 'patientId' | 'appId' | 'linkId'> & { grantId: string } {
  const { id, accountId, ehrId, patientId, appId, linkId } = grant
  return { accountId, ehrId, patientId, appId, grantId: id, linkId }
}
