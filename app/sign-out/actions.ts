'use server'

import { redirect } from 'next/navigation'
import { cookieHeader, keepCookie } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { isFormToken } from '@/lib/http/form-token'
import { signOut } from '@/lib/identity/sign-out'
import { now } from '@/lib/time/clock'

/** Ends the session of this browser. */
export async function endVisit(form: FormData): Promise<void> {
  const kind = form.get('kind') === 'staff' ? 'staff' : 'patient'
  if (!isFormToken(form.get(formTokenField), 'sign-out', kind, now()))
    redirect(`/sign-out?kind=${kind}&said=expired`)
  await keepCookie(await signOut(kind, await cookieHeader(), now()))
  redirect(kind === 'staff' ? '/staff/sign-in?said=signed-out' : '/sign-in?said=signed-out')
}
