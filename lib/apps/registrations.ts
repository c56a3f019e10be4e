import { z } from 'zod'
import { metadataOf, type PatientApp, parseApp } from '@/lib/apps/metadata'
import { findResembled } from '@/lib/apps/resembled'
import { mayApproveItself } from '@/lib/apps/self-approval'
import { type Actor, record } from '@/lib/audit/record'
import { appEntrySchema } from '@/lib/config/app-entry'
import { db, type Tx } from '@/lib/db/database'
import { addSeconds } from '@/lib/time/clock'

/** How long a registration waits for someone to decide. */
const waitingSeconds = 30 * 86_400

/** How many may wait at once: more is a flood, and staff could not read them. */
const mostWaiting = 500

/** An app as it wants to be registered, with what it sent that only it reads back. */
export type NewRegistration = {
  readonly app: PatientApp
  readonly echoed: Readonly<Record<string, z.infer<ReturnType<typeof z.json>>>>
}

/** A registration as stored. The app in it is no client before it is approved. */
export type Registration = NewRegistration & {
  readonly state: 'waiting' | 'approved' | 'refused'
  /** Raised by every replacement. */
  readonly revision: number
  /** Names of other apps and of the clinic that its name resembles. */
  readonly resembles: readonly string[]
  readonly tokenDigest: Uint8Array
  readonly createdAt: Date
}

/** Who decides about a registration, and which replacement of it they looked at. */
type Decision = { readonly actor: Actor; readonly revision: number; readonly now: Date }

const rowSchema = z.object({
  state: z.enum(['waiting', 'approved', 'refused']),
  echoed: z.record(z.string(), z.json()),
})

/**
 * Keeps a registration. It is no client by that: it becomes one when staff approve it, or at once where the
 * configuration allows apps that read only what a patient opens to them, declare every rule of docs/app-statements and
 * resemble nobody. @returns its state, or undefined when too many wait already
 */
export async function keepRegistration(
  tx: Tx,
  given: NewRegistration,
  how: { readonly tokenDigest: Uint8Array<ArrayBuffer>; readonly now: Date },
): Promise<Registration['state'] | undefined> {
  const { app, echoed } = given
  if (await isFull(tx)) return undefined
  const resembles = await findResembled(tx, app)
  const metadata = metadataFor(app)
  const row = { kind: 'app', name: app.name, metadata, echoed: { ...echoed }, resembles: [...resembles] }
  const { revision } = await tx.appRegistration.create({
    data: { id: app.id, ...row, tokenDigest: how.tokenDigest, createdAt: how.now },
  })
  const actor = { kind: 'anonymous' } as const
  await record(tx, 'app.registered', {
    actor,
    about: { appId: app.id },
    detail: { resembles: resembles.length, statements: app.statements.length },
  })
  if (!mayApproveItself(app, resembles)) return 'waiting'
  const policy = { kind: 'system', id: 'configuration' } as const
  await approveRegistration(tx, app.id, { actor: policy, reviewed: false, revision, now: how.now })
  return 'approved'
}

/**
 * Replaces what an app registered. What staff approved was another app: it waits again unless the policy lets it in.
 * What they refused stays refused, and nothing of it changes; `full`: too many wait already for one more to.
 * @returns its state, or undefined when it was deleted or removed meanwhile: a removal that crosses with it stands
 */
export async function replaceRegistration(
  tx: Tx,
  given: NewRegistration,
  now: Date,
): Promise<Registration['state'] | 'full' | undefined> {
  const { app, echoed } = given
  const held = await holdRegistration(tx, app.id)
  if (held === undefined || held === 'refused') return held
  const resembles = await findResembled(tx, app)
  if (held === 'approved' && !mayApproveItself(app, resembles) && (await isFull(tx))) return 'full'
  const row = { name: app.name, metadata: metadataFor(app), echoed: { ...echoed }, resembles: [...resembles] }
  const { revision } = await tx.appRegistration.update({
    where: { id: app.id },
    data: { ...row, state: 'waiting', decidedAt: null, revision: { increment: 1 } },
  })
  await tx.app.updateMany({ where: { id: app.id, source: 'registration' }, data: { removedAt: now } })
  await record(tx, 'app.registration-changed', {
    actor: { kind: 'app', id: app.id },
    about: { appId: app.id },
    detail: { resembles: resembles.length },
  })
  if (!mayApproveItself(app, resembles)) return 'waiting'
  const policy = { kind: 'system', id: 'configuration' } as const
  await approveRegistration(tx, app.id, { actor: policy, reviewed: false, revision, now })
  return 'approved'
}

async function isFull(tx: Tx): Promise<boolean> {
  return (await tx.appRegistration.count({ where: { state: 'waiting' } })) >= mostWaiting
}

/** Holds a registration and its client until the transaction ends. @returns its state; undefined when either is gone */
async function holdRegistration(tx: Tx, id: string): Promise<Registration['state'] | undefined> {
  const [row] = await tx.$queryRaw<{ state: Registration['state'] }[]>`
    SELECT state FROM app_registration WHERE id = ${id} FOR UPDATE`
  if (row?.state !== 'approved') return row?.state
  const clients = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM app WHERE id = ${id} AND removed_at IS NULL FOR UPDATE`
  return clients.length === 1 ? row.state : undefined
}

/**
 * Makes a waiting registration a client, by one conditional statement: of many approvals at once one counts, and only
 * what was looked at is let in. `reviewed`: staff looked at it, and consent says so. @returns false when it does not wait
 * any more, or was replaced since
 */
export async function approveRegistration(
  tx: Tx,
  id: string,
  by: Decision & { readonly reviewed: boolean },
): Promise<boolean> {
  const [row] = await tx.appRegistration.updateManyAndReturn({
    where: { id, state: 'waiting', revision: by.revision },
    data: { state: 'approved', decidedAt: by.now },
  })
  if (!row) return false
  const app = parsePatientApp(row)
  const data = { kind: 'app', name: app.name, metadata: metadataFor({ ...app, reviewed: by.reviewed }) }
  await tx.app.upsert({
    where: { id },
    create: { id, ...data, source: 'registration' },
    update: { ...data, removedAt: null },
  })
  await record(tx, 'app.approved', {
    actor: by.actor,
    about: { appId: id },
    detail: { reviewed: by.reviewed },
  })
  return true
}

/** Turns a waiting registration down. @returns false when it does not wait any more, or was replaced since */
export async function refuseRegistration(tx: Tx, id: string, by: Decision): Promise<boolean> {
  const { count } = await tx.appRegistration.updateMany({
    where: { id, state: 'waiting', revision: by.revision },
    data: { state: 'refused', decidedAt: by.now },
  })
  if (count === 0) return false
  await record(tx, 'app.refused', { actor: by.actor, about: { appId: id }, detail: {} })
  return true
}

/** A registration by its client_id. */
export async function findRegistration(id: string): Promise<Registration | undefined> {
  const row = await db().appRegistration.findUnique({ where: { id } })
  return row ? { ...row, ...rowSchema.parse(row), app: parsePatientApp(row) } : undefined
}

/** Whether an id belongs to an app that registered itself and waits for a decision. */
export async function isWaiting(id: string): Promise<boolean> {
  return id.startsWith('reg-') && (await findRegistration(id))?.state === 'waiting'
}

/** Registrations that wait or were refused, the oldest waiting first. */
export async function listRegistrations(): Promise<readonly Registration[]> {
  const rows = await db().appRegistration.findMany({
    where: { state: { in: ['waiting', 'refused'] } },
    orderBy: [{ state: 'desc' }, { createdAt: 'asc' }],
    take: mostWaiting,
  })
  return rows.map((row) => ({ ...row, ...rowSchema.parse(row), app: parsePatientApp(row) }))
}

/** Deletes registrations nobody approved within 30 days, with their secrets. A job. */
export async function sweepRegistrations(tx: Tx, now: Date): Promise<void> {
  const old = { state: { in: ['waiting', 'refused'] }, createdAt: { lt: addSeconds(now, -waitingSeconds) } }
  const gone = await tx.appRegistration.findMany({ where: old, select: { id: true } })
  const ids = gone.map(({ id }) => id)
  await tx.clientSecret.deleteMany({ where: { appId: { in: ids } } })
  await tx.appRegistration.deleteMany({ where: { ...old, id: { in: ids } } })
}

function metadataFor(app: PatientApp): ReturnType<typeof metadataOf> {
  const { id, kind, name, logo: _, ...metadata } = app
  return metadataOf(appEntrySchema.parse({ id, kind, name, ...metadata }))
}

function parsePatientApp(row: Parameters<typeof parseApp>[0]): PatientApp {
  const app = parseApp(row)
  if (app.kind !== 'app') throw new Error('a registration of another kind')
  return app
}
