import type { CallContext } from '@/lib/ehrs/door'
import type { Ehr } from '@/lib/ehrs/ehrs'
import {
  findPatientRecord,
  listRelatedPersons,
  type PatientRecord,
  type RelatedPersonRecord,
} from '@/lib/ehrs/patients'
import { checkRecord, type Eligibility, type Relationship } from '@/lib/linking/eligibility'

/** A record and as whom it is opened. */
export type RecordTarget = {
  readonly patientId: string
  readonly relationship: Relationship
  readonly relatedPersonId?: string | undefined
}

/** Why the EHR's view of a person forbids a link. */
export type Ineligible = Exclude<Eligibility, 'eligible'> | 'not-found' | 'proxy-ended'

/** The EHR's view of a record now, judged. */
export type RecordView =
  | {
      readonly outcome: 'good'
      readonly record: PatientRecord
      /** When the EHR ends a proxy; nothing given now may outlive it. */
      readonly proxyEndsAt: Date | undefined
    }
  | { readonly outcome: 'ineligible'; readonly reason: Ineligible }
  | { readonly outcome: 'unreachable' }

/**
 * Looks at a record at its EHR and judges it. Issue, redemption, confirmation and every refresh see the same rules, for
 * the EHR is the source of truth about people. A proxy needs the EHR's RelatedPerson alive as well.
 */
export async function lookAtRecord(
  ehr: Ehr,
  target: RecordTarget,
  options: { readonly sub: string; readonly app: CallContext['app']; readonly now: Date },
): Promise<RecordView> {
  const context: CallContext = {
    sub: options.sub,
    app: options.app,
    patient: target.patientId,
    scope: 'system/Patient.rs',
    purpose: 'PATADMIN',
  }
  const found = await findPatientRecord(ehr, target.patientId, context)
  if (found.outcome === 'unreachable') return found
  if (found.outcome === 'not-found') return { outcome: 'ineligible', reason: 'not-found' }
  const verdict = checkRecord(found.record, {
    relationship: target.relationship,
    minimumSelfAgeYears: ehr.linking.minimumSelfAgeYears,
    timeZone: ehr.timeZone,
    now: options.now,
  })
  if (verdict !== 'eligible') return { outcome: 'ineligible', reason: verdict }
  let proxyEndsAt: Date | undefined
  if (target.relationship === 'proxy') {
    const proxy = await findLiveProxy(ehr, target, { ...context, scope: 'system/RelatedPerson.rs' })
    if (proxy === 'unreachable') return { outcome: 'unreachable' }
    if (!proxy) return { outcome: 'ineligible', reason: 'proxy-ended' }
    proxyEndsAt = proxy.endsAt
  }
  return { outcome: 'good', record: found.record, proxyEndsAt }
}

async function findLiveProxy(
  ehr: Ehr,
  target: RecordTarget,
  context: CallContext,
): Promise<RelatedPersonRecord | 'unreachable' | undefined> {
  const listed = await listRelatedPersons(ehr, target.patientId, context)
  if (listed.outcome === 'unreachable') return 'unreachable'
  return listed.persons.find((person) => person.id === target.relatedPersonId && person.live)
}
