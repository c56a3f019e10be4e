import { z } from 'zod'
import { type App, parseApp } from '@/lib/apps/metadata'
import { type Actor, record } from '@/lib/audit/record'
import { isEqual, randomToken, sha256 } from '@/lib/crypto/digest'
import { pool, type Tx } from '@/lib/db/database'
import { addSeconds } from '@/lib/time/clock'

/** How long the secret before the newest stays good, so that a client can change over without a gap. */
const overlapSeconds = 7 * 86_400

/** Where a secret came from. */
export type SecretOrigin = 'configuration' | 'staff' | 'command' | 'registration'

/** A secret that is good now. The secret itself is nowhere. */
export type SecretView = {
  readonly id: string
  readonly origin: string
  readonly createdAt: Date
  readonly expiresAt: Date | null
}

/** A client with the digests of the secrets it may prove itself by. */
export type AppWithSecrets = { readonly app: App; readonly digests: readonly Uint8Array[] }

const rowSchema = z.object({
  id: z.string(),
  kind: z.string(),
  name: z.string(),
  metadata: z.json(),
  digests: z.array(z.instanceof(Uint8Array)),
})

/** The client of this id with its good secrets, in one query; undefined when it is unknown or was removed. */
export async function findAppWithSecrets(id: string, now: Date): Promise<AppWithSecrets | undefined> {
  const { rows } = await pool().query(
    `SELECT a.id, a.kind, a.name, a.metadata, ARRAY(SELECT s.digest FROM client_secret s
       WHERE s.app_id = a.id AND (s.expires_at IS NULL OR s.expires_at > $2)) AS digests
     FROM app a WHERE a.id = $1 AND a.removed_at IS NULL`,
    [id, now],
  )
  if (!rows[0]) return undefined
  const { digests, ...row } = rowSchema.parse(rows[0])
  return { app: parseApp(row), digests }
}

/** Whether a client proves itself by a secret. */
export function hasSecret(app: App): boolean {
  return app.kind === 'app' && app.tokenEndpointAuthMethod.startsWith('client_secret_')
}

/** Whether a secret is one of those stored. Every digest is looked at, in a time that tells nothing. */
export function isSecret(presented: string, digests: readonly Uint8Array[]): boolean {
  const digest = sha256(presented)
  return digests.map((known) => isEqual(known, digest)).includes(true)
}

/** Whether what was sent is a secret that is good now for this client or registration. */
export async function isSecretOf(
  tx: Tx,
  appId: string,
  sent: { readonly presented: unknown; readonly now: Date },
): Promise<boolean> {
  if (typeof sent.presented !== 'string') return false
  const rows = await tx.clientSecret.findMany({
    where: { appId, OR: [{ expiresAt: null }, { expiresAt: { gt: sent.now } }] },
    select: { digest: true },
  })
  return isSecret(
    sent.presented,
    rows.map(({ digest }) => digest),
  )
}

/**
 * Gives a client a new secret (256 bits of A-Z a-z 0-9 _ -, because many clients do not encode theirs) and the one
 * before it a week to live; older ones end now, so that at most two are good. The answer is the only place the secret
 * stands. Rotations of one client wait for one another.
 */
export async function rotateSecret(
  tx: Tx,
  appId: string,
  by: { readonly actor: Actor; readonly origin: SecretOrigin; readonly now: Date },
): Promise<string> {
  const secret = randomToken()
  await addSecret(tx, appId, { ...by, digest: sha256(secret) })
  return secret
}

/** Ends every secret of a client but the newest, now: for a secret that got out. @returns how many ended */
export async function endOlderSecrets(
  tx: Tx,
  appId: string,
  by: { readonly actor: Actor; readonly now: Date },
): Promise<number> {
  await holdSecrets(tx, appId)
  const { count } = await tx.clientSecret.updateMany({
    where: { appId, expiresAt: { gt: by.now } },
    data: { expiresAt: by.now },
  })
  if (count > 0)
    await record(tx, 'app.secrets-ended', { actor: by.actor, about: { appId }, detail: { ended: count } })
  return count
}

/** The secrets of a client that are good now, the newest first. */
export async function listSecrets(tx: Tx, appId: string, now: Date): Promise<readonly SecretView[]> {
  return tx.clientSecret.findMany({
    where: { appId, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
    orderBy: [{ expiresAt: { sort: 'desc', nulls: 'first' } }],
    select: { id: true, origin: true, createdAt: true, expiresAt: true },
  })
}

/**
 * Brings the secret of a configured client in line with its environment variable: a changed one is a rotation, a
 * variable that is gone ends what it gave. Safe to repeat and in several processes at once.
 */
export async function syncConfiguredSecret(
  tx: Tx,
  appId: string,
  given: { readonly secret: string | undefined; readonly now: Date },
): Promise<void> {
  const { secret, now } = given
  const actor = { kind: 'system', id: 'configuration' } as const
  await holdSecrets(tx, appId)
  const known = await tx.clientSecret.findMany({ where: { appId, origin: 'configuration' } })
  if (secret === undefined) {
    const { count } = await tx.clientSecret.updateMany({
      where: { appId, origin: 'configuration', OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
      data: { expiresAt: now },
    })
    if (count > 0)
      await record(tx, 'app.secrets-ended', { actor, about: { appId }, detail: { ended: count } })
    return
  }
  const digest = sha256(secret)
  if (known.some((one) => one.expiresAt === null && isEqual(one.digest, digest))) return
  await tx.clientSecret.deleteMany({ where: { appId, digest } })
  await addSecret(tx, appId, { actor, origin: 'configuration', now, digest })
}

/** Deletes secrets that are good no more. A job. */
export async function sweepSecrets(tx: Tx, now: Date): Promise<void> {
  await tx.clientSecret.deleteMany({ where: { expiresAt: { lt: now } } })
}

type NewSecret = {
  readonly actor: Actor
  readonly origin: SecretOrigin
  readonly now: Date
  readonly digest: Uint8Array<ArrayBuffer>
}

async function addSecret(tx: Tx, appId: string, given: NewSecret): Promise<void> {
  const { actor, origin, now, digest } = given
  await holdSecrets(tx, appId)
  // one that was given an end before is the third now
  await tx.clientSecret.updateMany({ where: { appId, expiresAt: { gt: now } }, data: { expiresAt: now } })
  const { count } = await tx.clientSecret.updateMany({
    where: { appId, expiresAt: null },
    data: { expiresAt: addSeconds(now, overlapSeconds) },
  })
  await tx.clientSecret.create({ data: { appId, digest, origin, createdAt: now } })
  await record(tx, 'app.secret-issued', { actor, about: { appId }, detail: { origin, replaced: count > 0 } })
}

async function holdSecrets(tx: Tx, appId: string): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`client-secret:${appId}`}, 0))`
}
