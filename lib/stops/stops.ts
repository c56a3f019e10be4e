import { z } from 'zod'
import { type Actor, record } from '@/lib/audit/record'
import { db, type Tx } from '@/lib/db/database'
import { now } from '@/lib/time/clock'

/** What an operator can pause. App, provider and EHR are named by id. */
export type StopTarget = 'linking' | 'token-issue' | 'app' | 'provider' | 'ehr'

/** Something paused now. */
export type StopView = {
  readonly target: StopTarget
  readonly targetId: string
  readonly reason: string
  readonly since: Date
}

/** What a request asks about: a target, and which one of its kind. */
export type StopKey = readonly [StopTarget, string?]

/** Everything paused, as far as a request has to know: target and id. */
export type LiveStops = readonly (readonly [string, string])[]

/** Everything paused now, as a column of a statement that reads more. Read with `liveStopsSchema`. */
export const liveStopsColumn = `COALESCE((SELECT jsonb_agg(jsonb_build_array(x.target, x.target_id)) FROM stop x
  WHERE x.lifted_at IS NULL), '[]') AS "stops"`

/** What `liveStopsColumn` reads. */
export const liveStopsSchema = z.array(z.tuple([z.string(), z.string()]))

/** Whether any of these is among what a statement read as paused. */
export function isAmongStops(stops: LiveStops, keys: readonly StopKey[]): boolean {
  return keys.some(([target, id = '']) => stops.some((stop) => stop[0] === target && stop[1] === id))
}

/** Whether any of these is paused. Read at every use, so that a stop holds from the next request. */
export async function isStopped(tx: Tx, targets: readonly StopKey[]): Promise<boolean> {
  const found = await tx.stop.findFirst({
    where: {
      liftedAt: null,
      OR: targets.map(([target, targetId]) => ({ target, targetId: targetId ?? '' })),
    },
    select: { id: true },
  })
  return found !== null
}

/** Everything paused now, newest first. */
export async function listStops(): Promise<readonly StopView[]> {
  const rows = await db().stop.findMany({ where: { liftedAt: null }, orderBy: { since: 'desc' } })
  return rows.map(({ target, targetId, reason, since }) => ({
    target: target as StopTarget,
    targetId,
    reason,
    since,
  }))
}

/** Pauses. Pausing what is paused already changes nothing and says so. */
export async function setStop(
  target: StopTarget,
  targetId: string,
  options: { readonly reason: string; readonly actor: Actor },
): Promise<'stopped' | 'was-stopped'> {
  return db().$transaction(async (tx) => {
    const row = { target, targetId, reason: options.reason, by: options.actor.id ?? options.actor.kind }
    const { count } = await tx.stop.createMany({ data: [row], skipDuplicates: true })
    if (count === 0) return 'was-stopped'
    await record(tx, 'stop.set', {
      actor: options.actor,
      detail: { target, targetId, reason: options.reason },
    })
    return 'stopped'
  })
}

/** Resumes. */
export async function liftStop(
  target: StopTarget,
  targetId: string,
  actor: Actor,
): Promise<'lifted' | 'was-not-stopped'> {
  return db().$transaction(async (tx) => {
    const { count } = await tx.stop.updateMany({
      where: { target, targetId, liftedAt: null },
      data: { liftedAt: now(), liftedBy: actor.id ?? actor.kind },
    })
    if (count === 0) return 'was-not-stopped'
    await record(tx, 'stop.lifted', { actor, detail: { target, targetId } })
    return 'lifted'
  })
}
