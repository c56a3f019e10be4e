import type { Decision, Obligations } from '@/lib/access/decide'
import type { AccessFacts, StoredAuthority } from '@/lib/access/facts'
import type { JudgeFacts } from '@/lib/access/judge'
import type { CallContext } from '@/lib/ehrs/door'
import type { Ehr } from '@/lib/ehrs/ehrs'
import type { Resource } from '@/lib/fhir/resource'
import type { ReleaseIndex } from '@/lib/release-policy/release-facts'

/** One permitted call: who, on whose behalf, with what obligations. Handed down to everything that enforces. */
export type Call = {
  readonly ehr: Ehr
  readonly now: Date
  readonly authority: StoredAuthority
  readonly obligations: Obligations
  /** Opens the EHR for what the app asked, within what was granted. */
  readonly dataContext: CallContext
  /** Opens the EHR for one type that has to be known to judge another; nothing of that is ever sent to the app. */
  readonly factsContext: (type: string) => CallContext
  /** The token is bound to a key (RFC 9449): challenges are by its scheme. */
  readonly isKeyBound: boolean
  /** What the audit will tell: never a value, only counts. */
  readonly tally: { hidden: number; returned: number }
  /** Which of the resources made ready for the answer only the automatic end made visible, by their key. */
  readonly byAutomaticEnd: WeakMap<Resource, string>
}

/** Types whose orders and releases have to be known. */
const resultTypes: ReadonlySet<string> = new Set(['Observation', 'DiagnosticReport'])
const releaseScopes = 'patient/ServiceRequest.rs patient/Provenance.rs'

/** Makes the call that a permit allows. */
export function openCall(
  ehr: Ehr,
  facts: AccessFacts & { readonly authority: StoredAuthority },
  decision: Extract<Decision, { permit: true }>,
): Call {
  const { authority, token, now, asked } = facts
  const { obligations } = decision
  const person = {
    // not the token's own `sub`: to the EHR a person is the same through every app
    sub: authority.accountId,
    app: authority.appId,
    fhirUser: obligations.fhirUser,
    patient: obligations.patientId,
    linkLevel: authority.linkLevel,
    linkMethod: authority.linkMethod,
    purpose: 'PATRQT',
  } as const
  return {
    ehr,
    now,
    authority,
    obligations,
    dataContext: { ...person, scope: withReleases(asked.type, obligations.ehrScope) },
    factsContext: (type) => ({ ...person, scope: withReleases(type, `patient/${type}.rs`) }),
    isKeyBound: token.jkt !== undefined,
    tally: { hidden: 0, returned: 0 },
    byAutomaticEnd: new WeakMap(),
  }
}

function withReleases(type: string, scope: string): string {
  return resultTypes.has(type) ? `${scope} ${releaseScopes}` : scope
}

/** Bases under which a reference names a resource of this EHR: its own, and ours in front of it. */
export function basesOf(ehr: Ehr): readonly string[] {
  return [ehr.fhirBase, ehr.gatewayBase]
}

/** What resources of this call are judged by. */
export function judgeFactsOf(call: Call, releases: ReleaseIndex): JudgeFacts {
  return {
    patientId: call.obligations.patientId,
    policy: call.ehr.releasePolicy,
    clock: { now: call.now, timeZone: call.ehr.timeZone },
    releases,
    bases: basesOf(call.ehr),
    unmetStepUps: call.obligations.unmetStepUps,
  }
}
