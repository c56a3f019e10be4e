import { removeApp } from '@/lib/apps/apps'
import { type App, parseApp } from '@/lib/apps/metadata'
import {
  approveRegistration,
  findRegistration,
  listRegistrations,
  refuseRegistration,
} from '@/lib/apps/registrations'
import { endOlderSecrets, hasSecret, listSecrets, rotateSecret, type SecretView } from '@/lib/apps/secrets'
import type { Actor } from '@/lib/audit/record'
import { db } from '@/lib/db/database'

/** Where an app stands: `configured` in the file, let in here, waiting, refused. */
export type AppState = 'configured' | 'approved' | 'waiting' | 'refused'

/** A line of the list of apps. */
export type AppSummary = {
  readonly id: string
  readonly name: string
  readonly kind: App['kind']
  readonly state: AppState
  readonly isLookAlike: boolean
}

/** Everything staff see of one app before they decide. */
export type AppDetails = {
  readonly app: App
  readonly state: AppState
  readonly resembles: readonly string[]
  /** Of a registration, what is shown here of it: a decision names it. */
  readonly revision: number
  readonly registeredAt: Date
  readonly secrets: readonly SecretView[]
  readonly hasSecret: boolean
}

/** Apps that wait first, then those in use, then refused ones. Removed apps are not listed. */
export async function listAppsForStaff(): Promise<readonly AppSummary[]> {
  const registrations = (await listRegistrations()).map(({ app, state, resembles }): AppSummary => {
    const { id, name, kind } = app
    return { id, name, kind, state, isLookAlike: resembles.length > 0 }
  })
  const rows = await db().app.findMany({ where: { removedAt: null }, orderBy: { name: 'asc' } })
  const inUse = rows.map((row): AppSummary => {
    const { id, name, kind } = parseApp(row)
    return { id, name, kind, state: stateOf(row.source), isLookAlike: false }
  })
  const waiting = registrations.filter(({ state }) => state === 'waiting')
  return [...waiting, ...inUse, ...registrations.filter(({ state }) => state === 'refused')]
}

/** One app, registered or only asking to be; undefined when it is unknown or was removed. */
export async function describeApp(id: string, now: Date): Promise<AppDetails | undefined> {
  const [row, registration] = await Promise.all([
    db().app.findFirst({ where: { id, removedAt: null } }),
    findRegistration(id),
  ])
  if (!row && registration?.state === 'approved') return undefined
  const app = row ? parseApp(row) : registration?.app
  if (!app) return undefined
  return {
    app,
    state: row ? stateOf(row.source) : (registration?.state ?? 'waiting'),
    resembles: registration?.resembles ?? [],
    revision: registration?.revision ?? 0,
    registeredAt: registration?.createdAt ?? row?.createdAt ?? now,
    secrets: await listSecrets(db(), id, now),
    hasSecret: hasSecret(app),
  }
}

/** What staff can do with an app. */
export const appDecisions = ['approve', 'refuse', 'remove', 'end-old-secrets'] as const

export type AppDecision = (typeof appDecisions)[number]

/**
 * Carries out what staff decided, in one transaction with its audit row. `revision`: what they were shown. @returns
 * false when somebody else was faster, the app among them, and nothing changed
 */
export async function decideOnApp(
  id: string,
  decision: AppDecision,
  by: { readonly actor: Actor; readonly revision: number; readonly now: Date },
): Promise<boolean> {
  return db().$transaction(async (tx) => {
    if (decision === 'approve') return approveRegistration(tx, id, { ...by, reviewed: true })
    if (decision === 'refuse') return refuseRegistration(tx, id, by)
    if (decision === 'remove') return removeApp(tx, id, by.actor)
    return (await endOlderSecrets(tx, id, by)) > 0
  })
}

/** A new secret for an app that proves itself by one, to be shown this once; undefined for any other. */
export async function giveNewSecret(
  id: string,
  by: { readonly actor: Actor; readonly now: Date },
): Promise<string | undefined> {
  const row = await db().app.findFirst({ where: { id, removedAt: null } })
  if (!row || !hasSecret(parseApp(row))) return undefined
  return db().$transaction((tx) => rotateSecret(tx, id, { ...by, origin: 'staff' }))
}

function stateOf(source: string): AppState {
  return source === 'configuration' ? 'configured' : 'approved'
}
