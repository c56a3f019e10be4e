'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { requireSecondFactor } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { isFormToken } from '@/lib/http/form-token'
import { redeemStaffInvitation } from '@/lib/identity/invitations'
import { now } from '@/lib/time/clock'

const page = '/staff/invitation'
const numberSchema = z.string().trim().min(1).max(200)

/** Redeems an invitation for the staff member signed in. */
export async function redeem(form: FormData): Promise<void> {
  const session = await requireSecondFactor(page)
  if (!isFormToken(form.get(formTokenField), 'invitation', session.id, now()))
    redirect(`${page}?said=expired`)
  const number = numberSchema.safeParse(form.get('number'))
  const result = number.success && (await redeemStaffInvitation(number.data, session, now()))
  redirect(result && result.outcome === 'given' ? `${page}?said=given` : `${page}?said=refused`)
}
