import type { AccessFacts, StoredAuthority } from '@/lib/access/facts'
import { scopeForEhr, scopesFor } from '@/lib/access/scope-match'
import { findNeed, type StepUpNeed, type StepUpRule, unmetRules } from '@/lib/access/step-up'
import type { ClinicalScope } from '@/lib/fhir/clinical-scope'
import { listFhirUsers, personAtRecord } from '@/lib/linking/fhir-user'

/** Why a call is refused. */
export type RefusalReason =
  | 'token-unknown'
  | 'token-expired'
  | 'token-revoked'
  | 'token-mismatch'
  | 'app-removed'
  | 'app-paused'
  | 'ehr-paused'
  | 'grant-ended'
  | 'account-ended'
  | 'link-ended'
  | 'link-suspended'
  | 'out-of-scope'
  | 'another-patient'
  | 'step-up'
  | 'another-person'

/** What whoever enforces a permit has to do to every resource before it is sent. */
export type Obligations = {
  readonly patientId: string
  /** Only what one of these reaches may be shown. */
  readonly scopes: readonly ClinicalScope[]
  /** Scope of our own call to the EHR: what was granted, cut to what is needed. */
  readonly ehrScope: string
  /** The person at the EHR: `Patient/…` herself or `RelatedPerson/…`. */
  readonly fhirUser: string
  /** What these speak of is hidden: the person has not proven freshly enough to be there. */
  readonly unmetStepUps: readonly StepUpRule[]
}

/** The answer of the policy decision point. */
export type Decision =
  | { readonly permit: true; readonly obligations: Obligations }
  | { readonly permit: false; readonly because: RefusalReason; readonly need?: StepUpNeed }

type Known = Omit<AccessFacts, 'authority'> & { readonly authority: StoredAuthority }
type Check = (facts: Known) => RefusalReason | undefined

/** In this order: what an operator stopped comes before what a person ended, so that a pause tells an app to wait. */
const checks: readonly Check[] = [
  checkToken,
  checkApp,
  checkStops,
  checkGrant,
  checkLink,
  checkScopes,
  checkCompartment,
]

/** Whether a call may be made at all, and with what obligations. Pure: no clock, no database. */
export function decide(facts: AccessFacts): Decision {
  const { authority } = facts
  if (!authority) return { permit: false, because: 'token-unknown' }
  const known = { ...facts, authority }
  for (const check of checks) {
    const because = check(known)
    if (because) return { permit: false, because }
  }
  const unmet = unmetRules(facts.stepUpRules, facts.token, facts.now)
  const need = findNeed(unmet, facts.asked)
  if (need) return { permit: false, because: 'step-up', need }
  return { permit: true, obligations: { ...obligationsFor(known), unmetStepUps: unmet } }
}

function checkToken({ now, token, authority, asked }: Known): RefusalReason | undefined {
  if (authority.tokenExpiresAt <= now || token.expiresAt <= now) return 'token-expired'
  if (authority.tokenRevokedAt || authority.familyEndedAt) return 'token-revoked'
  if (authority.visitEndsAt && authority.visitEndsAt <= now) return 'token-revoked'
  const isSame =
    authority.appId === token.clientId &&
    authority.ehrId === asked.ehrId &&
    (token.patient === undefined || token.patient === authority.patientId)
  return isSame ? undefined : 'token-mismatch'
}

function checkApp({ authority }: Known): RefusalReason | undefined {
  return authority.appExists ? undefined : 'app-removed'
}

function checkStops({ authority }: Known): RefusalReason | undefined {
  if (authority.isEhrPaused) return 'ehr-paused'
  return authority.isAppPaused ? 'app-paused' : undefined
}

function checkGrant({ now, authority }: Known): RefusalReason | undefined {
  if (authority.accountEndedAt) return 'account-ended'
  return authority.grantEndedAt || authority.grantExpiresAt <= now ? 'grant-ended' : undefined
}

function checkLink({ authority }: Known): RefusalReason | undefined {
  if (authority.linkStatus === 'suspended') return 'link-suspended'
  if (authority.linkStatus !== 'active') return 'link-ended'
  return authority.relationship === 'proxy' && !authority.relatedPersonId ? 'link-ended' : undefined
}

/** Types that say who somebody is. The scope `fhirUser` alone opens them, and only who signed in. */
const identityTypes: ReadonlySet<string> = new Set(['RelatedPerson', 'Person'])

function checkScopes(known: Known): RefusalReason | undefined {
  const { asked, authority } = known
  if (isOfWhoSignedIn(known)) return undefined
  if (identityTypes.has(asked.type)) return knowsWhoSignedIn(authority) ? 'another-person' : 'out-of-scope'
  return scopesFor(authority.scopes, asked.type, asked.interaction).length > 0 ? undefined : 'out-of-scope'
}

function checkCompartment({ asked, authority }: Known): RefusalReason | undefined {
  return asked.patientId === undefined || asked.patientId === authority.patientId
    ? undefined
    : 'another-patient'
}

function knowsWhoSignedIn({ scopes }: StoredAuthority): boolean {
  return scopes.includes('openid') && scopes.includes('fhirUser')
}

/** Whether this reads the address that the token gives as `fhirUser` (spec S16, I2). */
function isOfWhoSignedIn({ asked, authority }: Known): boolean {
  if (asked.interaction !== 'read' || !knowsWhoSignedIn(authority)) return false
  return listFhirUsers(authority).includes(`${asked.type}/${asked.id}`)
}

function obligationsFor(known: Known): Omit<Obligations, 'unmetStepUps'> {
  const { asked, authority } = known
  const scopes: readonly ClinicalScope[] = isOfWhoSignedIn(known)
    ? [{ level: 'patient', type: asked.type, read: true, search: false, query: [] }]
    : scopesFor(authority.scopes, asked.type, asked.interaction)
  return {
    patientId: authority.patientId,
    scopes,
    ehrScope: [...new Set(scopes.map((scope) => scopeForEhr(scope, asked.type)))].join(' '),
    fhirUser: personAtRecord(authority),
  }
}
