import { z } from 'zod'
import { type App, metadataOf, type PatientApp, parseApp } from '@/lib/apps/metadata'
import { syncConfiguredSecret } from '@/lib/apps/secrets'
import { type Actor, record } from '@/lib/audit/record'
import { config } from '@/lib/config/config'
import { db, type Tx } from '@/lib/db/database'
import { hotQuery } from '@/lib/db/hot-query'
import { jsonRow } from '@/lib/db/json-row'
import { type LiveStops, liveStopsColumn, liveStopsSchema } from '@/lib/stops/stops'
import { now as clock } from '@/lib/time/clock'

export type { App, BackendApp, PatientApp } from '@/lib/apps/metadata'

/** The client of this id; undefined when it is unknown or was removed. Read at every use. */
export async function findApp(tx: Tx, id: string): Promise<App | undefined> {
  if (tx === db()) return findAppAtOnce(id)
  const row = await tx.app.findFirst({ where: { id, removedAt: null } })
  return row ? parseApp(row) : undefined
}

const appStatement = {
  name: 'app',
  text: 'SELECT id, kind, name, metadata FROM app WHERE id = $1 AND removed_at IS NULL',
}

/** The columns an app is read from. */
export const appRow = z.object({ id: z.string(), kind: z.string(), name: z.string(), metadata: z.json() })

const appAndStopsStatement = {
  name: 'app-and-stops',
  text: `SELECT (SELECT ${jsonRow('p', appRow)} FROM app p WHERE p.id = $1 AND p.removed_at IS NULL) AS "app",
    ${liveStopsColumn}`,
}
const appAndStops = z.object({ app: appRow.nullable(), stops: liveStopsSchema })

/** The client of this id and everything paused, of one moment. */
export async function findAppAndStops(
  id: string,
): Promise<{ readonly app: App | undefined; readonly stops: LiveStops }> {
  const { rows } = await hotQuery(appAndStopsStatement, [id])
  const { app, stops } = appAndStops.parse(rows[0])
  return { app: app ? parseApp(app) : undefined, stops }
}

/** Outside any transaction: it stands before every token that is given. */
async function findAppAtOnce(id: string): Promise<App | undefined> {
  const { rows } = await hotQuery(appStatement, [id])
  return rows[0] && parseApp(appRow.parse(rows[0]))
}

/** Names of apps, removed ones too: for lists of what a person once allowed. */
export async function listAppNames(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await db().app.findMany({ where: { id: { in: [...ids] } }, select: { id: true, name: true } })
  return new Map(rows.map((row) => [row.id, row.name]))
}

/** Every client that is not removed. */
export async function listApps(): Promise<readonly App[]> {
  return (await db().app.findMany({ where: { removedAt: null }, orderBy: { id: 'asc' } })).map(parseApp)
}

/**
 * Whether a browser app on this origin may call the token endpoint and the FHIR API (SMART App Launch 2.2, CORS): it is
 * registered by the client named, or by any client when none is. `null` is never registered.
 */
export async function isRegisteredOrigin(origin: string, clientId?: string): Promise<boolean> {
  const rows = await db().app.findMany({
    where: { removedAt: null, kind: 'app', ...(clientId === undefined ? {} : { id: clientId }) },
  })
  return rows.map(parseApp).some((app) => app.kind === 'app' && listOrigins(app).includes(origin))
}

/** The browser origins of an app: those registered, else those of its http(s) redirect URIs. */
export function listOrigins(app: PatientApp): readonly string[] {
  const given = app.origins ?? app.redirectUris.filter((uri) => /^https?:/.test(uri))
  return [...new Set(given.map((address) => new URL(address).origin))]
}

/**
 * Brings the table in line with the configuration, at start: an entry that is gone is a removed app. What staff decided
 * here about an app stays decided. Safe to repeat and to run in several processes at once.
 */
export async function syncApps(): Promise<void> {
  const entries = config().apps
  await db().$transaction(async (tx) => {
    for (const entry of entries) {
      const row = { kind: entry.kind, name: entry.name, metadata: metadataOf(entry), source: 'configuration' }
      await tx.app.createMany({ data: [{ id: entry.id, ...row }], skipDuplicates: true })
      await tx.app.updateMany({
        where: { id: entry.id, source: 'configuration' },
        data: { ...row, removedAt: null },
      })
      await syncConfiguredSecret(tx, entry.id, { secret: config().appSecrets.get(entry.id), now: clock() })
    }
    const gone = await tx.app.updateManyAndReturn({
      where: { source: 'configuration', removedAt: null, id: { notIn: entries.map((entry) => entry.id) } },
      data: { removedAt: clock() },
      select: { id: true },
    })
    for (const { id } of gone)
      await record(tx, 'app.removed', {
        actor: { kind: 'system', id: 'configuration' },
        about: { appId: id },
        detail: {},
      })
  })
}

/**
 * Removes a client: dead with the next request, its tokens at the gateway too. From then on the row is staff's, so that
 * the configuration does not bring it back. @returns false when it was removed already
 */
export async function removeApp(tx: Tx, id: string, actor: Actor): Promise<boolean> {
  const { count } = await tx.app.updateMany({
    where: { id, removedAt: null },
    data: { removedAt: clock(), source: 'staff' },
  })
  if (count === 0) return false
  await record(tx, 'app.removed', { actor, about: { appId: id }, detail: {} })
  return true
}
