import type { HiddenReason, ReleaseDecision, ShownReason } from '@/lib/release-policy/evaluate-release'

/** Sentences for the help desk. The patient reads one standing sentence on how this clinic releases results. */
const sentences = {
  immediate: 'releasePolicy.immediate',
  released: 'releasePolicy.released',
  'released-by-cover': 'releasePolicy.releasedByCover',
  'automatic-end': 'releasePolicy.automaticEnd',
  'seen-before': 'releasePolicy.seenBefore',
  withdrawn: 'releasePolicy.withdrawn',
  held: 'releasePolicy.held',
  'not-final': 'releasePolicy.notFinal',
  'withdrawn-unseen': 'releasePolicy.withdrawnUnseen',
  'awaiting-release': 'releasePolicy.awaitingRelease',
  'order-unverified': 'releasePolicy.orderUnverified',
  'no-date': 'releasePolicy.noDate',
} as const satisfies Record<ShownReason | HiddenReason, string>

/** Key of the sentence that says why a result may or may not be seen. For staff: it tells that a result exists. */
export function explainRelease(decision: ReleaseDecision): (typeof sentences)[ShownReason | HiddenReason] {
  return sentences[decision.reason]
}
