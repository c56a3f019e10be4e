import { record } from '@/lib/audit/record'
import { db } from '@/lib/db/database'
import { proveSecondFactor } from '@/lib/identity/change-session'
import { parseAuthentication, parseRegistration } from '@/lib/identity/passkey-answers'
import type { ChallengePurpose } from '@/lib/identity/passkey-challenges'
import { type StaffSession, staffActor } from '@/lib/identity/session'
import {
  creationOptions,
  isCredential,
  type PasskeyCreation,
  type PasskeyRequest,
  requestOptions,
  spendChallenge,
  verifyAuthentication,
  verifyRegistration,
} from '@/lib/identity/webauthn'
import { addSeconds } from '@/lib/time/clock'

/** A first passkey is taken on the word of the sign-in alone, so only right after it. */
const firstPasskeyWithinSeconds = 5 * 60

/** What a staff member without a provider's second factor is asked for. */
export type SecondFactorStep = 'use-passkey' | 'register-passkey' | 'sign-in-again'

/** How an answer of the authenticator was taken. `setCookie`: the session's new cookie, for it gained rights. */
export type PasskeyOutcome =
  | { readonly outcome: 'proven'; readonly setCookie: string }
  | { readonly outcome: 'refused' }

/** Which step is due. A first passkey may be registered for five minutes after the sign-in. */
export async function findSecondFactorStep(session: StaffSession, now: Date): Promise<SecondFactorStep> {
  if ((await listCredentials(session)).length > 0) return 'use-passkey'
  const isRecent = session.createdAt > addSeconds(now, -firstPasskeyWithinSeconds)
  return isRecent ? 'register-passkey' : 'sign-in-again'
}

/** Options for registering a passkey, or undefined when this session may not register one now. */
export async function beginRegistration(
  session: StaffSession,
  now: Date,
): Promise<PasskeyCreation | undefined> {
  if (!(await mayRegister(session, now))) return undefined
  return creationOptions(session, await listCredentials(session), { now })
}

/**
 * Registers the passkey an authenticator made for `beginRegistration` (WebAuthn L3 §7.1): challenge spent once, our
 * origin and RP id, user verified. It counts as the second factor of this session.
 */
export async function finishRegistration(
  given: unknown,
  session: StaffSession,
  now: Date,
): Promise<PasskeyOutcome> {
  const answer = parseRegistration(given)
  if (!answer) return refuse(session, 'register', 'malformed')
  if (!(await mayRegister(session, now))) return refuse(session, 'register', 'not-now')
  const challenge = await spendChallenge(answer.response.response.clientDataJSON, session, {
    purpose: 'register',
    now,
  })
  if (!challenge) return refuse(session, 'register', 'challenge')
  const credential = await verifyRegistration(answer, challenge)
  if (!credential) return refuse(session, 'register', 'not-verified')
  const { issuer, subject } = session
  return db().$transaction(async (tx) => {
    const first = (await tx.staffPasskey.count({ where: { issuer, subject, removedAt: null } })) === 0
    await tx.staffPasskey.create({
      data: { issuer, subject, ...credential, createdAt: now, lastUsedAt: now },
    })
    await record(tx, 'passkey.registered', { actor: staffActor(session), detail: { first } })
    return { outcome: 'proven', setCookie: await proveSecondFactor(tx, session, now) }
  })
}

/** Options for proving a passkey registered by this staff member, or undefined when there is none. */
export async function beginAuthentication(
  session: StaffSession,
  now: Date,
): Promise<PasskeyRequest | undefined> {
  const own = await listCredentials(session)
  return own.length === 0 ? undefined : requestOptions(session, own, now)
}

/**
 * Takes the authenticator's answer (WebAuthn L3 §7.2): a passkey of this very staff member, challenge spent once, our
 * origin and RP id, user verified, the counter moved on.
 */
export async function finishAuthentication(
  given: unknown,
  session: StaffSession,
  now: Date,
): Promise<PasskeyOutcome> {
  const answer = parseAuthentication(given)
  if (!answer) return refuse(session, 'authenticate', 'malformed')
  const own = await listCredentials(session)
  const passkey = own.find((one) => isCredential(answer, one))
  const { clientDataJSON } = answer.response
  const challenge = await spendChallenge(clientDataJSON, session, { purpose: 'authenticate', now })
  if (!passkey || !challenge)
    return refuse(session, 'authenticate', passkey ? 'challenge' : 'unknown-passkey')
  const counter = await verifyAuthentication(answer, challenge, passkey)
  if (counter === undefined) return refuse(session, 'authenticate', 'not-verified')
  return db().$transaction(async (tx) => {
    await tx.staffPasskey.update({
      where: { id: passkey.id },
      data: { counter, lastUsedAt: now },
    })
    await record(tx, 'passkey.proven', { actor: staffActor(session), detail: {} })
    return { outcome: 'proven', setCookie: await proveSecondFactor(tx, session, now) }
  })
}

async function mayRegister(session: StaffSession, now: Date): Promise<boolean> {
  return session.mfa !== null || (await findSecondFactorStep(session, now)) === 'register-passkey'
}

function listCredentials({ issuer, subject }: StaffSession) {
  return db().staffPasskey.findMany({ where: { issuer, subject, removedAt: null } })
}

async function refuse(
  session: StaffSession,
  purpose: ChallengePurpose,
  reason: string,
): Promise<PasskeyOutcome> {
  const actor = staffActor(session)
  await record(db(), 'passkey.refused', { actor, outcome: 'refused', detail: { purpose, reason } })
  return { outcome: 'refused' }
}
