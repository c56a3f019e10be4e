import { type Actor, record } from '@/lib/audit/record'
import { db, type Tx } from '@/lib/db/database'

/** That a person lets an app know them again, as their own page shows it. It opens no chart. */
export type SignInGrantView = {
  readonly id: string
  readonly appId: string
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly lastUsedAt: Date | null
}

/** A yes about to be written. */
export type NewSignInGrant = {
  readonly accountId: string
  readonly appId: string
  readonly textVersion: string
  readonly language: string
  readonly expiresAt: Date
}

/**
 * Writes that a person lets an app know them, with its audit row; a later yes to the same app renews the first.
 * @returns its id
 */
export async function allowSignIn(
  tx: Tx,
  grant: NewSignInGrant,
  options: { readonly actor: Actor; readonly now: Date },
): Promise<string> {
  const { actor, now } = options
  const { accountId, appId, textVersion, language, expiresAt } = grant
  const earlier = await tx.signInGrant.findFirst({
    where: { accountId, appId, endedAt: null, expiresAt: { gt: now } },
    orderBy: { createdAt: 'desc' },
    select: { id: true },
  })
  const { id } = earlier
    ? await tx.signInGrant.update({
        where: { id: earlier.id },
        data: { textVersion, language, expiresAt },
        select: { id: true },
      })
    : await tx.signInGrant.create({ data: { ...grant, createdAt: now }, select: { id: true } })
  await record(tx, 'sign-in-grant.allowed', {
    actor,
    about: { accountId, appId },
    detail: { signInGrantId: id, renewed: earlier !== null, textVersion, language },
  })
  return id
}

/** The live ones of a person, newest first, one for each app. */
export async function listSignInGrants(accountId: string, now: Date): Promise<readonly SignInGrantView[]> {
  return db().signInGrant.findMany({
    where: { accountId, endedAt: null, expiresAt: { gt: now } },
    orderBy: { createdAt: 'desc' },
    distinct: ['appId'],
    select: { id: true, appId: true, createdAt: true, expiresAt: true, lastUsedAt: true },
  })
}

/**
 * Ends what a person allowed an app to know, with its audit row: every one of that app, should two yeses have crossed.
 * Dead at once: userinfo and the token endpoint read it at every use.
 * @returns false when there is none such of this person
 */
export async function endSignInGrant(
  tx: Tx,
  id: string,
  options: {
    readonly why: 'person' | 'code-replayed'
    readonly accountId: string
    readonly actor: Actor
    readonly now: Date
  },
): Promise<boolean> {
  const { why, accountId, actor, now } = options
  const found = await tx.signInGrant.findFirst({ where: { id, accountId }, select: { appId: true } })
  if (!found) return false
  const { appId } = found
  const ended = await tx.signInGrant.updateManyAndReturn({
    where: { accountId, appId, endedAt: null },
    data: { endedAt: now, endedWhy: why },
    select: { id: true },
  })
  for (const one of ended)
    await record(tx, 'sign-in-grant.ended', {
      actor,
      about: { accountId, appId },
      detail: { signInGrantId: one.id, why },
    })
  return ended.length > 0
}
