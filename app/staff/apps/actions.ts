'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import { z } from 'zod'
import { requireStaff } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { appDecisions, decideOnApp, giveNewSecret } from '@/lib/apps/review'
import { isFormToken } from '@/lib/http/form-token'
import { type StaffSession, staffActor } from '@/lib/identity/session'
import { now } from '@/lib/time/clock'

/** What asking for a new secret shows: the secret this once, or why there is none. */
export type SecretState =
  | { readonly outcome: 'idle' | 'expired' | 'none' }
  | { readonly outcome: 'issued'; readonly secret: string }

const appId = z.string().regex(/^[a-z0-9][a-z0-9-]{0,40}$/)

/** Lets an app in, turns it down, removes it, or ends its older secrets. */
export async function decide(form: FormData): Promise<void> {
  const staff = await requireAdmin()
  const id = appId.safeParse(form.get('app'))
  const decision = z.enum(appDecisions).safeParse(form.get('decision'))
  const revision = z.coerce.number().int().safeParse(form.get('revision'))
  if (!id.success || !decision.success || !revision.success) redirect('/staff/apps')
  if (!isFormToken(form.get(formTokenField), 'app', staff.id, now()))
    redirect(`/staff/apps/${id.data}?done=expired`)
  const by = { actor: staffActor(staff), revision: revision.data, now: now() }
  const isDone = await decideOnApp(id.data, decision.data, by)
  const said = new URLSearchParams({ done: isDone ? decision.data : 'too-late' })
  redirect(isDone && decision.data === 'remove' ? `/staff/apps?${said}` : `/staff/apps/${id.data}?${said}`)
}

/** Gives an app a new secret. It is in this answer and nowhere else. */
export async function giveSecret(_: SecretState, form: FormData): Promise<SecretState> {
  const staff = await requireAdmin()
  const id = appId.safeParse(form.get('app'))
  if (!id.success || !isFormToken(form.get(formTokenField), 'app-secret', staff.id, now()))
    return { outcome: 'expired' }
  const secret = await giveNewSecret(id.data, { actor: staffActor(staff), now: now() })
  if (secret === undefined) return { outcome: 'none' }
  revalidatePath(`/staff/apps/${id.data}`)
  return { outcome: 'issued', secret }
}

function requireAdmin(): Promise<StaffSession> {
  return requireStaff({ roles: ['admin'], returnTo: '/staff/apps' })
}
