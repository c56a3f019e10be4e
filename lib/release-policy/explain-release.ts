import type { HiddenReason, ReleaseDecision, ShownReason } from '@/lib/release-policy/evaluate-release'

/** Sentences for the help desk; the patient reads only the standing sentence on how this clinic releases results. */
const sentences = {
  immediate: 'releasePolicy.immediate',
  released: 'releasePolicy.released',
  'released-by-cover': 'releasePolicy.releasedByCover',
  'automatic-end': 'releasePolicy.automaticEnd',
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

/** Key of the sentence that every patient of a clinic reads, whether anything is held or not. */
export function standingSentence(policy: {
  readonly kind: 'immediate' | 'orderer-release'
}): 'releasePolicy.standingImmediate' | 'releasePolicy.standingOrderer' {
  return policy.kind === 'immediate' ? 'releasePolicy.standingImmediate' : 'releasePolicy.standingOrderer'
}
