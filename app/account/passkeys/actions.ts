'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { keepCookie, requireFresh, requirePatient } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { isFormToken } from '@/lib/http/form-token'
import { beginPasskey } from '@/lib/identity/account-passkeys'
import type { PasskeyCreation } from '@/lib/identity/webauthn'
import { makeOwnPasskey, removeOwnPasskey } from '@/lib/journeys/own-passkeys'
import { now } from '@/lib/time/clock'

const page = '/account/passkeys/new'
/** Text without control characters: a column has to take it, and it stands on a page. */
const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u)

/** Options for making a passkey, if this session may. */
export async function askToMake(token: string): Promise<PasskeyCreation | undefined> {
  const patient = await requirePatient(page)
  return isFormToken(token, 'new-passkey', patient.id, now()) ? beginPasskey(patient, now()) : undefined
}

/** Takes the passkey made. @returns whether it was */
export async function make(token: string, answer: unknown, name: string): Promise<boolean> {
  const patient = await requirePatient(page)
  const named = nameSchema.safeParse(name)
  if (!named.success || !isFormToken(token, 'new-passkey', patient.id, now())) return false
  const made = await makeOwnPasskey(patient, answer, { name: named.data, now: now() })
  if (made.outcome === 'made') await keepCookie(made.setCookie)
  return made.outcome === 'made'
}

/** Takes a passkey away. */
export async function remove(form: FormData): Promise<void> {
  const id = z.uuid().safeParse(form.get('passkey'))
  const patient = await requireFresh(id.success ? `/account/passkeys/${id.data}` : '/account', 'passkey')
  if (!id.success || !isFormToken(form.get(formTokenField), 'remove-passkey', patient.id, now()))
    redirect('/account?done=expired')
  await removeOwnPasskey(patient, id.data, now())
  redirect('/account?done=passkey-removed')
}
