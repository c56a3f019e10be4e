'use server'

import { keepCookie, requireStaffSignIn } from '@/app/_session'
import { isFormToken } from '@/lib/http/form-token'
import {
  beginAuthentication,
  beginRegistration,
  finishAuthentication,
  finishRegistration,
} from '@/lib/identity/passkeys'
import type { PasskeyCreation, PasskeyRequest } from '@/lib/identity/webauthn'
import { now } from '@/lib/time/clock'

const page = '/staff/second-factor'

/** Options for making a passkey, if this session may. */
export async function askToRegister(token: string): Promise<PasskeyCreation | undefined> {
  const session = await requireStaffSignIn(page)
  return isFormToken(token, 'passkey', session.id, now()) ? beginRegistration(session, now()) : undefined
}

/** Takes the passkey made. @returns whether the second factor is proven */
export async function register(token: string, answer: unknown): Promise<boolean> {
  const session = await requireStaffSignIn(page)
  if (!isFormToken(token, 'passkey', session.id, now())) return false
  const outcome = await finishRegistration(answer, session, now())
  if (outcome.outcome === 'proven') await keepCookie(outcome.setCookie)
  return outcome.outcome === 'proven'
}

/** Options for proving a passkey, if there is one. */
export async function askToProve(token: string): Promise<PasskeyRequest | undefined> {
  const session = await requireStaffSignIn(page)
  return isFormToken(token, 'passkey', session.id, now()) ? beginAuthentication(session, now()) : undefined
}

/** Takes the proof. @returns whether the second factor is proven */
export async function prove(token: string, answer: unknown): Promise<boolean> {
  const session = await requireStaffSignIn(page)
  if (!isFormToken(token, 'passkey', session.id, now())) return false
  const outcome = await finishAuthentication(answer, session, now())
  if (outcome.outcome === 'proven') await keepCookie(outcome.setCookie)
  return outcome.outcome === 'proven'
}
