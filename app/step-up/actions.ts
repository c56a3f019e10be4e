'use server'

import { redirect } from 'next/navigation'
import { keepCookie, requirePatient } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { stepUpAddress } from '@/app/step-up/addresses'
import { isFormToken } from '@/lib/http/form-token'
import { beginProof, finishProof } from '@/lib/identity/account-passkeys'
import { safeReturnPath } from '@/lib/identity/return-path'
import type { PasskeyRequest } from '@/lib/identity/webauthn'
import { redeemStepUpCode } from '@/lib/journeys/step-up-code'
import { now } from '@/lib/time/clock'

/** Options for proving a passkey, if there is one. */
export async function askToProve(token: string): Promise<PasskeyRequest | undefined> {
  const patient = await requirePatient('/account')
  return isFormToken(token, 'step-up', patient.id, now()) ? beginProof(patient, now()) : undefined
}

/** Takes the proof. @returns whether it was one */
export async function prove(token: string, answer: unknown): Promise<boolean> {
  const patient = await requirePatient('/account')
  if (!isFormToken(token, 'step-up', patient.id, now())) return false
  const proof = await finishProof(answer, patient, now())
  if (proof.outcome === 'proven') await keepCookie(proof.setCookie)
  return proof.outcome === 'proven'
}

/** A code of the desk was typed. */
export async function redeem(form: FormData): Promise<void> {
  const to = safeReturnPath(form.get('to'), '/account')
  const why = String(form.get('for'))
  const patient = await requirePatient(to)
  if (!isFormToken(form.get(formTokenField), 'step-up', patient.id, now()))
    redirect(stepUpAddress(to, why, { problem: 'expired' }))
  const redeemed = await redeemStepUpCode(patient, String(form.get('code') ?? '').slice(0, 100), now())
  if (redeemed.outcome === 'limited')
    redirect(
      stepUpAddress(to, why, {
        problem: 'limited',
        wait: String(Math.ceil(redeemed.retryAfterSeconds / 60)),
      }),
    )
  if (redeemed.outcome === 'refused') redirect(stepUpAddress(to, why, { problem: 'code' }))
  await keepCookie(redeemed.setCookie)
  redirect(to)
}
