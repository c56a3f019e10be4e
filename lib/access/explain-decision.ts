import type { RefusalReason } from '@/lib/access/decide'

const sentences = {
  'token-unknown': 'access.tokenUnknown',
  'token-expired': 'access.tokenExpired',
  'token-revoked': 'access.tokenRevoked',
  'token-mismatch': 'access.tokenMismatch',
  'app-removed': 'access.appRemoved',
  'app-paused': 'access.appPaused',
  'ehr-paused': 'access.ehrPaused',
  'grant-ended': 'access.grantEnded',
  'account-ended': 'access.accountEnded',
  'link-ended': 'access.linkEnded',
  'link-suspended': 'access.linkSuspended',
  'out-of-scope': 'access.outOfScope',
  'another-patient': 'access.anotherPatient',
  'step-up': 'access.stepUp',
  'another-person': 'access.anotherPerson',
} as const satisfies Record<RefusalReason, string>

/** Key of the sentence, for the help desk, that says why a call was refused. */
export function explainRefusal(because: RefusalReason): (typeof sentences)[RefusalReason] {
  return sentences[because]
}
