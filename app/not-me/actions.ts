'use server'

import { redirect } from 'next/navigation'
import { formTokenField } from '@/app/_ui/form-token'
import { isFormToken } from '@/lib/http/form-token'
import { reportNotMe } from '@/lib/journeys/report-not-me'
import { now } from '@/lib/time/clock'

/** "This was not me." Needs no sign-in: whoever holds the number may only suspend the one link it names. */
export async function report(form: FormData): Promise<void> {
  if (!isFormToken(form.get(formTokenField), 'not-me', 'anyone', now())) redirect('/not-me')
  redirect(`/not-me?outcome=${await reportNotMe(String(form.get('number') ?? '').slice(0, 60), now())}`)
}
