'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { requireStaff } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { readReview } from '@/app/staff/review-outcome'
import { isFormToken } from '@/lib/http/form-token'
import { closeStaffAlert } from '@/lib/journeys/staff-reviews'
import { now } from '@/lib/time/clock'

/** Clears up an alert, with its reason. */
export async function clearUp(form: FormData): Promise<void> {
  const staff = await requireStaff({ roles: ['records', 'admin'], returnTo: '/staff/alerts' })
  if (!isFormToken(form.get(formTokenField), 'alert', staff.id, now())) redirect('/staff/alerts?said=expired')
  const review = readReview(form)
  const alert = z.uuid().safeParse(review?.about)
  if (!review || !alert.success) redirect('/staff/alerts?said=incomplete')
  redirect(`/staff/alerts?said=${await closeStaffAlert(staff, alert.data, review.reason, now())}`)
}
