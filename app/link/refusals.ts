import type { ConfirmRefusal } from '@/lib/journeys/look-at-proposal'
import type { RedeemRefusal } from '@/lib/journeys/redeem-code'

/** Every refusal a person can be told, with its words: a new one does not compile until it has some. */
export const refusals = {
  'not-matched': { title: 'link.problem.notMatched', text: 'link.problem.notMatchedText' },
  limited: { title: 'link.problem.limited', text: 'link.problem.limitedText' },
  paused: { title: 'link.problem.paused', text: 'link.problem.pausedText' },
  'no-longer-live': { title: 'link.problem.noLongerLive', text: 'link.problem.noLongerLiveText' },
  'already-open': { title: 'link.problem.alreadyOpen', text: 'link.problem.alreadyOpenText' },
  'other-chart-open': { title: 'link.problem.otherChartOpen', text: 'link.problem.otherChartOpenText' },
  'call-clinic': { title: 'link.problem.callClinic', text: 'link.problem.callClinicText' },
  'too-many-changes': { title: 'link.problem.tooManyChanges', text: 'link.problem.tooManyChangesText' },
  'ehr-unreachable': { title: 'link.problem.ehrUnreachable', text: 'link.problem.ehrUnreachableText' },
  'no-proposal': { title: 'link.problem.noProposal', text: 'link.problem.noProposalText' },
} as const satisfies Record<RedeemRefusal | ConfirmRefusal, { readonly title: string; readonly text: string }>

/** A refusal by the name it has in an address. */
export function findRefusal(name: unknown): (typeof refusals)[keyof typeof refusals] | undefined {
  return Object.entries(refusals).find(([key]) => key === name)?.[1]
}
