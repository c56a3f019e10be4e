'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { pageTranslator } from '@/app/_language'
import { requireStaff } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { listTargets, parseTarget } from '@/app/staff/stops/targets'
import { isFormToken } from '@/lib/http/form-token'
import { staffActor } from '@/lib/identity/session'
import { liftStop, setStop } from '@/lib/stops/stops'
import { now } from '@/lib/time/clock'

/** A line without control characters: the command that lists what is paused writes it to a terminal. */
const reasonSchema = z
  .string()
  .trim()
  .min(3)
  .max(200)
  .regex(/^[^\p{Cc}\p{Cs}]+$/u)

/** Pauses what the form names, with its reason. */
export async function pause(form: FormData): Promise<void> {
  const staff = await requireStaff({ roles: ['admin'], returnTo: '/staff/stops' })
  if (!isFormToken(form.get(formTokenField), 'pause', staff.id, now())) redirect('/staff/stops?done=expired')
  const { t } = await pageTranslator()
  const isKnown = (await listTargets(t)).some(({ value }) => value === form.get('target'))
  const chosen = isKnown ? parseTarget(form.get('target')) : undefined
  const reason = reasonSchema.safeParse(form.get('reason'))
  if (!chosen || !reason.success) redirect('/staff/stops?done=incomplete')
  const outcome = await setStop(chosen.target, chosen.targetId, {
    reason: reason.data,
    actor: staffActor(staff),
  })
  redirect(`/staff/stops?done=${outcome}`)
}

/** Resumes what the form names. */
export async function lift(form: FormData): Promise<void> {
  const staff = await requireStaff({ roles: ['admin'], returnTo: '/staff/stops' })
  if (!isFormToken(form.get(formTokenField), 'lift-stop', staff.id, now()))
    redirect('/staff/stops?done=expired')
  const chosen = parseTarget(form.get('target'))
  if (!chosen) redirect('/staff/stops?done=incomplete')
  redirect(`/staff/stops?done=${await liftStop(chosen.target, chosen.targetId, staffActor(staff))}`)
}
