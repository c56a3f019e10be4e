'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { requireFresh, requirePatient } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { isFormToken } from '@/lib/http/form-token'
import { endOtherSessions } from '@/lib/identity/own-sign-ins'
import { patientActor } from '@/lib/identity/session'
import { endLink } from '@/lib/journeys/end-link'
import { endOwnGrant, endOwnSignIn } from '@/lib/journeys/end-own-grant'
import { now } from '@/lib/time/clock'

const id = z.uuid()

/** Closes a chart to this account, and with it every app that reads it. */
export async function closeChart(form: FormData): Promise<void> {
  const linkId = id.safeParse(form.get('link'))
  const patient = await requireFresh(linkId.success ? `/account/charts/${linkId.data}` : '/account', 'chart')
  if (!linkId.success || !isFormToken(form.get(formTokenField), 'close-chart', patient.id, now()))
    redirect('/account?done=expired')
  const { accountId } = patient
  await endLink(linkId.data, { why: 'person', actor: patientActor(patient), accountId, now: now() })
  redirect('/account?done=chart')
}

/** Stops an app from reading. */
export async function stopApp(form: FormData): Promise<void> {
  const patient = await requirePatient('/account')
  const grantId = id.safeParse(form.get('grant'))
  if (!grantId.success || !isFormToken(form.get(formTokenField), 'stop-app', patient.id, now()))
    redirect('/account?done=expired')
  await endOwnGrant(patient.accountId, grantId.data, now())
  redirect('/account?done=app')
}

/** Ends that an app may know who the person is. */
export async function stopAppSignIn(form: FormData): Promise<void> {
  const patient = await requirePatient('/account')
  const signInId = id.safeParse(form.get('sign-in'))
  if (!signInId.success || !isFormToken(form.get(formTokenField), 'stop-app-sign-in', patient.id, now()))
    redirect('/account?done=expired')
  await endOwnSignIn(patient.accountId, signInId.data, now())
  redirect('/account?done=app-sign-in')
}

/** Ends every other session of this account. */
export async function signOutElsewhere(form: FormData): Promise<void> {
  const patient = await requirePatient('/account')
  if (!isFormToken(form.get(formTokenField), 'sign-out-elsewhere', patient.id, now()))
    redirect('/account?done=expired')
  await endOtherSessions(patient, now())
  redirect('/account?done=sessions')
}
