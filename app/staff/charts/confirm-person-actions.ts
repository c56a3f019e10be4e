'use server'

import { z } from 'zod'
import { formatTime } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { requireStaff } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { isFormToken } from '@/lib/http/form-token'
import { giveStepUpCode, type StepUpCodeRefusal } from '@/lib/journeys/step-up-code'
import { deskIdentifications } from '@/lib/linking/step-up-codes'
import { now } from '@/lib/time/clock'

/** What giving a code shows: the code this once, or why there is none. */
export type ConfirmState =
  | { readonly outcome: 'idle' | 'incomplete' }
  | { readonly outcome: 'refused'; readonly reason: StepUpCodeRefusal }
  | { readonly outcome: 'issued'; readonly code: string; readonly until: string }

const schema = z.object({ link: z.uuid(), seen: z.enum(deskIdentifications) })

/** Gives a code for the person who stands at the desk. It is in this answer and nowhere else. */
export async function confirmPerson(_: ConfirmState, form: FormData): Promise<ConfirmState> {
  const staff = await requireStaff({ roles: ['desk', 'records', 'admin'], returnTo: '/staff/charts' })
  const token = form.get(formTokenField)
  if (!isFormToken(token, 'confirm-person', staff.id, now())) return { outcome: 'refused', reason: 'expired' }
  const parsed = schema.safeParse(Object.fromEntries(form))
  if (!parsed.success) return { outcome: 'incomplete' }
  const { link: linkId, seen: identification } = parsed.data
  const handle = String(form.get('chart'))
  const formKey = `confirm:${staff.id}:${handle}:${String(token)}`
  const given = await giveStepUpCode(staff, handle, { linkId, identification, formKey, now: now() })
  if (given.outcome === 'refused') return given
  const { language } = await pageTranslator()
  return { outcome: 'issued', code: given.code, until: formatTime(given.expiresAt, language) }
}
