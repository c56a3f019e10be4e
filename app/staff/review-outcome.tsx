import type { ReactNode } from 'react'
import { z } from 'zod'
import { pageTranslator } from '@/app/_language'
import { Notice } from '@/app/_ui/notice'
import { type ReviewOutcome, type ReviewReason, reviewReasons } from '@/lib/journeys/staff-reviews'

/** Every outcome has words: a new one does not compile until it has some. */
const words = {
  done: { tone: 'success', text: 'staff.review.done' },
  'nothing-to-do': { tone: 'info', text: 'staff.review.nothingToDo' },
  'own-record': { tone: 'problem', text: 'staff.chart.refused.own-record' },
  'not-eligible': { tone: 'problem', text: 'staff.review.notEligible' },
  unreachable: { tone: 'problem', text: 'staff.charts.unreachable' },
  expired: { tone: 'problem', text: 'staff.charts.expired' },
  incomplete: { tone: 'problem', text: 'staff.review.incomplete' },
} as const satisfies Record<ReviewOutcome | 'incomplete', { readonly tone: string; readonly text: string }>

/** What came of a review, by the name it has in the address. */
export async function ReviewNotice({ name }: { readonly name: unknown }): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const found = Object.entries(words).find(([key]) => key === name)?.[1]
  return found ? <Notice tone={found.tone}>{t(found.text)}</Notice> : null
}

/** What a review form says: what it is about, and why. */
export function readReview(
  form: FormData,
): { readonly about: string; readonly reason: ReviewReason } | undefined {
  const about = z.string().max(100).catch('').parse(form.get('about'))
  const reason = z.enum(reviewReasons).safeParse(form.get(`reason-${about}`))
  return reason.success ? { about, reason: reason.data } : undefined
}
