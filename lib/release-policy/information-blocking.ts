import type { Ehr } from '@/lib/config/config'

/**
 * What an operator in the US has to read at start when results wait for their orderer as a rule. Undefined when there is
 * nothing to warn of. 45 CFR part 171; ONC FAQ on delays "for any period"; 85 FR 25842.
 */
export function informationBlockingWarning(ehr: Ehr): string | undefined {
  const policy = ehr.releasePolicy
  if (policy.kind !== 'orderer-release' || policy.jurisdiction !== 'US') return undefined
  return (
    `ehrs.${ehr.id}: results wait for the clinician who ordered them, at most ${policy.automaticReleaseDays} day(s). ` +
    'In the United States a general practice of delaying results is likely information blocking (45 CFR part 171); ' +
    'only individual holds that meet 171.201, delays that a law requires and delays the patient asked for are not. ' +
    'Have counsel confirm this policy, or set releasePolicy.kind to "immediate".'
  )
}
