import { record } from '@/lib/audit/record'
import { sha256 } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import { isFresh } from '@/lib/identity/assurance'
import { raiseSession } from '@/lib/identity/change-session'
import { parseAuthentication, parseRegistration } from '@/lib/identity/passkey-answers'
import { type PatientSession, patientActor } from '@/lib/identity/session'
import {
  creationOptions,
  isCredential,
  type NewCredential,
  type PasskeyCreation,
  type PasskeyRequest,
  requestOptions,
  spendChallenge,
  verifyAuthentication,
  verifyRegistration,
} from '@/lib/identity/webauthn'
import { addSeconds } from '@/lib/time/clock'

/** A passkey as its owner sees it. */
export type OwnPasskey = {
  readonly id: string
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
}

/** How the proof of a passkey was taken. `setCookie`: the session's new cookie, for it gained rights. */
export type PasskeyProof =
  | { readonly outcome: 'proven'; readonly setCookie: string }
  | { readonly outcome: 'refused' }

/** A passkey that was made and verified, and is not written yet. */
export type PasskeyDraft = {
  readonly name: string
  readonly credential: NewCredential
}

/** More than this nobody can keep apart. */
export const mostPasskeys = 10

/** A chart proven in this session speaks for the person so long. Seconds */
const linkedWithinSeconds = 15 * 60

/**
 * Whether this session may make a passkey now. A passkey speaks for the person later, so that only a session that has
 * just been proven may make one: by a chart opened in it, a fresh sign-in, another passkey, or the desk; and only once
 * there is a chart to guard.
 */
export async function mayAddPasskey(session: PatientSession, now: Date): Promise<boolean> {
  const { linkedAt, accountId } = session
  const isLinked = linkedAt !== null && linkedAt > addSeconds(now, -linkedWithinSeconds)
  if (!isLinked && !isFresh(session, now)) return false
  const [links, passkeys] = await Promise.all([
    db().link.count({ where: { accountId, status: 'active' } }),
    db().accountPasskey.count({ where: { accountId, removedAt: null } }),
  ])
  return links > 0 && passkeys < mostPasskeys
}

/** The passkeys of an account, oldest first. */
export async function listPasskeys(accountId: string): Promise<readonly OwnPasskey[]> {
  return db().accountPasskey.findMany({
    where: { accountId, removedAt: null },
    orderBy: { createdAt: 'asc' },
    select: { id: true, name: true, createdAt: true, lastUsedAt: true },
  })
}

/** Whether an account has a passkey that could prove its person. */
export async function hasPasskey(accountId: string): Promise<boolean> {
  return (await db().accountPasskey.count({ where: { accountId, removedAt: null } })) > 0
}

/** Options for making a passkey, or undefined when this session may not make one now. */
export async function beginPasskey(session: PatientSession, now: Date): Promise<PasskeyCreation | undefined> {
  if (!(await mayAddPasskey(session, now))) return undefined
  const userId = sha256(`account-passkey:${session.accountId}`)
  return creationOptions(session, await listCredentials(session), { userId, now })
}

/**
 * Verifies what an authenticator made for `beginPasskey`: challenge spent once, our origin, user verified. Nothing is
 * written yet: `addPasskey` does, together with the notice.
 */
export async function checkPasskey(
  given: unknown,
  session: PatientSession,
  { name, now }: { readonly name: string; readonly now: Date },
): Promise<PasskeyDraft | undefined> {
  const answer = parseRegistration(given)
  if (!answer) return refuseMaking(session, 'malformed')
  if (!(await mayAddPasskey(session, now))) return refuseMaking(session, 'not-now')
  const { clientDataJSON } = answer.response.response
  const challenge = await spendChallenge(clientDataJSON, session, { purpose: 'register', now })
  if (!challenge) return refuseMaking(session, 'challenge')
  const credential = await verifyRegistration(answer, challenge)
  return credential ? { name, credential } : refuseMaking(session, 'not-verified')
}

/**
 * Writes a passkey and raises the session that made it: the person has just shown to be there. Whoever makes several at
 * once waits for one another, so that there are never more than ten. @returns undefined when there are ten
 */
export async function addPasskey(
  tx: Tx,
  session: PatientSession,
  { draft, now }: { readonly draft: PasskeyDraft; readonly now: Date },
): Promise<{ readonly setCookie: string } | undefined> {
  const { accountId } = session
  await tx.$queryRaw`SELECT "id" FROM "account" WHERE "id" = ${accountId}::uuid FOR UPDATE`
  if ((await tx.accountPasskey.count({ where: { accountId, removedAt: null } })) >= mostPasskeys)
    return undefined
  const { id } = await tx.accountPasskey.create({
    data: { accountId, name: draft.name, ...draft.credential, createdAt: now, lastUsedAt: now },
    select: { id: true },
  })
  const actor = patientActor(session)
  await record(tx, 'account-passkey.added', { actor, about: { accountId }, detail: { passkeyId: id } })
  return { setCookie: await raiseSession(tx, session, { by: 'passkey', now }) }
}

/** Takes a passkey away. It proves nothing from the next request on. @returns false when it is none of this account's */
export async function removePasskey(
  tx: Tx,
  session: PatientSession,
  { passkeyId, now }: { readonly passkeyId: string; readonly now: Date },
): Promise<boolean> {
  const { accountId } = session
  const { count } = await tx.accountPasskey.updateMany({
    where: { id: passkeyId, accountId, removedAt: null },
    data: { removedAt: now },
  })
  if (count === 0) return false
  const actor = patientActor(session)
  await record(tx, 'account-passkey.removed', { actor, about: { accountId }, detail: { passkeyId } })
  return true
}

/** Options for proving a passkey of this account, or undefined when there is none. */
export async function beginProof(session: PatientSession, now: Date): Promise<PasskeyRequest | undefined> {
  const own = await listCredentials(session)
  return own.length === 0 ? undefined : requestOptions(session, own, now)
}

/**
 * Takes an authenticator's proof and raises the session: a passkey of this very account, challenge spent once, our origin
 * and RP id, user verified, the counter moved on. It raises a session that exists, and never makes one.
 */
export async function finishProof(given: unknown, session: PatientSession, now: Date): Promise<PasskeyProof> {
  const answer = parseAuthentication(given)
  if (!answer) return refuseProof(session, 'malformed')
  const passkey = (await listCredentials(session)).find((one) => isCredential(answer, one))
  const { clientDataJSON } = answer.response
  const challenge = await spendChallenge(clientDataJSON, session, { purpose: 'authenticate', now })
  if (!passkey || !challenge) return refuseProof(session, passkey ? 'challenge' : 'unknown-passkey')
  const counter = await verifyAuthentication(answer, challenge, passkey)
  if (counter === undefined) return refuseProof(session, 'not-verified')
  return db().$transaction(async (tx) => {
    const { count } = await tx.accountPasskey.updateMany({
      where: { id: passkey.id, removedAt: null },
      data: { counter, lastUsedAt: now },
    })
    if (count === 0) return { outcome: 'refused' }
    return { outcome: 'proven', setCookie: await raiseSession(tx, session, { by: 'passkey', now }) }
  })
}

function listCredentials({ accountId }: PatientSession) {
  return db().accountPasskey.findMany({ where: { accountId, removedAt: null } })
}

async function refuseMaking(session: PatientSession, reason: string): Promise<undefined> {
  const { accountId } = session
  const actor = patientActor(session)
  const refused = { actor, outcome: 'refused', about: { accountId }, detail: { reason } } as const
  await record(db(), 'account-passkey.refused', refused)
  return undefined
}

async function refuseProof(session: PatientSession, reason: string): Promise<PasskeyProof> {
  const { accountId } = session
  const actor = patientActor(session)
  const detail = { by: 'passkey', reason } as const
  await record(db(), 'session.step-up-refused', { actor, outcome: 'refused', about: { accountId }, detail })
  return { outcome: 'refused' }
}
