'use server'

import { redirect } from 'next/navigation'
import { z } from 'zod'
import { keepCookie, requirePatient } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { linkAddress, returnPath } from '@/app/link/addresses'
import { isFormToken } from '@/lib/http/form-token'
import { parseEntry } from '@/lib/journeys/code-entry'
import { confirmLink, declineProposal } from '@/lib/journeys/confirm-link'
import { redeemCode } from '@/lib/journeys/redeem-code'
import { now } from '@/lib/time/clock'

const text = z.string().max(100).catch('')
const entrySchema = z.object({ code: text, month: text, day: text, year: text })

/** Code and birth date were entered. Whatever a guesser tries ends at one address with one answer. */
export async function redeem(form: FormData): Promise<void> {
  const to = returnPath(form.get('to'))
  const session = await requirePatient(linkAddress('/link', to))
  const at = now()
  if (!isFormToken(form.get(formTokenField), 'link-code', session.id, at))
    redirect(linkAddress('/link', to, { problem: 'expired' }))
  const typed = entrySchema.parse(
    Object.fromEntries(['code', 'month', 'day', 'year'].map((name) => [name, form.get(name)])),
  )
  const read = parseEntry(typed, at.toISOString().slice(0, 10))
  if (read.outcome === 'malformed') redirect(linkAddress('/link', to, { field: read.field }))
  const redeemed = await redeemCode(session, read.entry, { now: at })
  if (redeemed.outcome === 'proposed') redirect(linkAddress('/link/confirm', to))
  const wait = redeemed.retryAfterSeconds ? { wait: String(Math.ceil(redeemed.retryAfterSeconds / 60)) } : {}
  redirect(linkAddress('/link', to, { problem: redeemed.reason, ...wait }))
}

/** "Yes, open this chart." */
export async function confirm(form: FormData): Promise<void> {
  const to = returnPath(form.get('to'))
  const session = await requirePatient(linkAddress('/link/confirm', to))
  const proposal = z.uuid().safeParse(form.get('proposal'))
  const isOurs =
    proposal.success && isFormToken(form.get(formTokenField), `confirm:${proposal.data}`, session.id, now())
  if (!isOurs) redirect(linkAddress('/link', to, { problem: 'no-proposal' }))
  const confirmed = await confirmLink(session, proposal.data, { now: now() })
  if (confirmed.outcome === 'refused') redirect(linkAddress('/link', to, { problem: confirmed.reason }))
  await keepCookie(confirmed.setCookie)
  redirect(to || '/link/done')
}

/** "This is not my sign-in": it is ended here, the code stays good. */
export async function declineSignIn(form: FormData): Promise<void> {
  await decline(form, 'sign-in')
}

/** "This is not the right chart": the code ends. */
export async function declineChart(form: FormData): Promise<void> {
  await decline(form, 'chart')
}

async function decline(form: FormData, what: 'sign-in' | 'chart'): Promise<never> {
  const to = returnPath(form.get('to'))
  const session = await requirePatient(linkAddress('/link/confirm', to))
  const proposal = z.uuid().safeParse(form.get('proposal'))
  const isOurs =
    proposal.success && isFormToken(form.get(formTokenField), `confirm:${proposal.data}`, session.id, now())
  if (!isOurs) redirect(linkAddress('/link', to, { problem: 'no-proposal' }))
  await declineProposal(session, proposal.data, what, { now: now() })
  redirect(linkAddress('/link/declined', to, { what }))
}
