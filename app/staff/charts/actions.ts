'use server'

import { revalidatePath } from 'next/cache'
import { redirect } from 'next/navigation'
import QRCode from 'qrcode'
import { z } from 'zod'
import { formatDate, formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { requireStaff } from '@/app/_session'
import { formTokenField } from '@/app/_ui/form-token'
import { readReview } from '@/app/staff/review-outcome'
import { isFormToken } from '@/lib/http/form-token'
import { type StaffSession, staffActor } from '@/lib/identity/session'
import { findChart, lookupReasons } from '@/lib/journeys/chart-handle'
import { type IssueRefusal, issueCode } from '@/lib/journeys/issue-code'
import { endChartLink, revokeChartCode, searchCharts } from '@/lib/journeys/staff-charts'
import {
  allowOneLink,
  liftChartLink,
  type ReviewOutcome,
  type ReviewReason,
  unlockChart,
} from '@/lib/journeys/staff-reviews'
import { identifications, receivers } from '@/lib/linking/codes'
import { now } from '@/lib/time/clock'

/** What a search shows: charts in words, each with its handle. */
export type SearchState =
  | { readonly outcome: 'idle' | 'none' | 'unreachable' | 'expired' | 'incomplete' }
  | {
      readonly outcome: 'found'
      readonly hits: readonly { handle: string; name: string; birthDate: string; mrn: string }[]
    }

/** What issuing shows: the code this once, or why there is none. */
export type IssueState =
  | { readonly outcome: 'idle' | 'incomplete' }
  | { readonly outcome: 'refused'; readonly reason: IssueRefusal | 'expired' }
  | {
      readonly outcome: 'issued'
      readonly code: string
      /** The QR as an SVG data URI. */
      readonly picture: string
      readonly until: string
      readonly hasContact: boolean
    }

const searchSchema = z.object({
  ehr: z.string().max(60),
  reason: z.enum(lookupReasons),
  mrn: z.string().trim().max(60).default(''),
  name: z.string().trim().max(100).default(''),
  birthDate: z.union([z.iso.date(), z.literal('')]).default(''),
})

const issueSchema = z.object({
  who: z
    .string()
    .regex(/^(self|proxy:[A-Za-z0-9.-]{1,64})$/)
    .or(z.literal('self-post')),
  receivedBy: z.enum(receivers).default('representative-in-person'),
  identification: z.enum(identifications),
})

/** Searches charts. What was typed stands in no address: the answer to this post shows the charts. */
export async function search(_: SearchState, form: FormData): Promise<SearchState> {
  const staff = await requireDesk()
  if (!isFormToken(form.get(formTokenField), 'chart-search', staff.id, now())) return { outcome: 'expired' }
  const parsed = searchSchema.safeParse(Object.fromEntries(form))
  if (!parsed.success) return { outcome: 'incomplete' }
  const { ehr, reason, mrn, name, birthDate } = parsed.data
  if (!mrn && !(name && birthDate)) return { outcome: 'incomplete' }
  const query = mrn ? ({ by: 'mrn', mrn } as const) : ({ by: 'name', name, birthDate } as const)
  const found = await searchCharts(staff, { ehrId: ehr, reason, query }, now())
  if (found.outcome === 'unreachable') return { outcome: 'unreachable' }
  const [only] = found.hits
  if (mrn && only && found.hits.length === 1) redirect(`/staff/charts/${only.handle}`)
  if (!only) return { outcome: 'none' }
  const { language } = await pageTranslator()
  const hits = found.hits.map((hit) => ({ ...hit, birthDate: formatDate(hit.birthDate, language) }))
  return { outcome: 'found', hits }
}

/** Issues a code for the chart that is open. The code is in this answer and nowhere else. */
export async function issue(_: IssueState, form: FormData): Promise<IssueState> {
  const staff = await requireDesk()
  const handle = String(form.get('chart'))
  const chart = findChart(staff, handle, now())
  if (!chart || !isFormToken(form.get(formTokenField), 'issue-code', staff.id, now()))
    return { outcome: 'refused', reason: 'expired' }
  const parsed = issueSchema.safeParse(Object.fromEntries(form))
  if (!parsed.success) return { outcome: 'incomplete' }
  const { who, identification, receivedBy } = parsed.data
  const { ehrId, patientId } = chart
  const target = who.startsWith('proxy:')
    ? { relationship: 'proxy' as const, relatedPersonId: who.slice('proxy:'.length), receivedBy }
    : {
        relationship: 'self' as const,
        receivedBy: who === 'self' ? ('patient-in-person' as const) : ('post' as const),
      }
  const issuer = { kind: 'staff', actor: staffActor(staff), login: staff } as const
  const formKey = `${staff.id}:${handle}:${String(form.get(formTokenField))}`
  const issued = await issueCode(
    issuer,
    { ehrId, patientId, identification, ...target },
    { now: now(), formKey },
  )
  if (issued.outcome === 'refused') return issued
  const svg = await QRCode.toString(issued.link, { type: 'svg', margin: 1, errorCorrectionLevel: 'M' })
  const { language } = await pageTranslator()
  // the list of codes beside the form shows the new one
  revalidatePath(`/staff/charts/${handle}`)
  return {
    outcome: 'issued',
    code: issued.code,
    picture: `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`,
    until: formatDay(issued.expiresAt, language),
    hasContact: issued.hasContact,
  }
}

/** Ends a code of the chart that is open. */
export async function revoke(handle: string, form: FormData): Promise<void> {
  const staff = await requireDesk()
  const id = z.uuid().safeParse(form.get('code'))
  if (id.success && isFormToken(form.get(formTokenField), 'chart', staff.id, now()))
    await revokeChartCode(staff, handle, id.data, now())
  redirect(`/staff/charts/${handle}?done=1`)
}

/** Ends a link to the chart that is open, and every grant on it. */
export async function endLinkOfChart(handle: string, form: FormData): Promise<void> {
  const staff = await requireDesk()
  const id = z.uuid().safeParse(form.get('link'))
  if (id.success && isFormToken(form.get(formTokenField), 'chart', staff.id, now()))
    await endChartLink(staff, handle, id.data, now())
  redirect(`/staff/charts/${handle}?done=1`)
}

/** Opens a locked chart to linking again. */
export async function unlock(handle: string, form: FormData): Promise<void> {
  await review(handle, form, (staff, reason) => unlockChart(staff, handle, reason, now()))
}

/** Lets one more link to the chart be made past the caps. */
export async function allowOne(handle: string, form: FormData): Promise<void> {
  await review(handle, form, (staff, reason) => allowOneLink(staff, handle, reason, now()))
}

/** Brings a link on hold back. */
export async function liftLink(handle: string, form: FormData): Promise<void> {
  await review(handle, form, (staff, reason, about) => {
    const linkId = z.uuid().safeParse(about)
    return linkId.success
      ? liftChartLink(staff, handle, { linkId: linkId.data, reason, now: now() })
      : Promise.resolve('nothing-to-do')
  })
}

async function review(
  handle: string,
  form: FormData,
  act: (staff: StaffSession, reason: ReviewReason, about: string) => Promise<ReviewOutcome>,
): Promise<never> {
  const staff = await requireDesk()
  const page = `/staff/charts/${encodeURIComponent(handle)}`
  if (!isFormToken(form.get(formTokenField), 'chart', staff.id, now())) redirect(`${page}?said=expired`)
  const read = readReview(form)
  redirect(`${page}?said=${read ? await act(staff, read.reason, read.about) : 'incomplete'}`)
}

function requireDesk(): Promise<StaffSession> {
  return requireStaff({ roles: ['desk', 'records', 'admin'], returnTo: '/staff/charts' })
}
