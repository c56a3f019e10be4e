import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import { displayName, type PatientRecord } from '@/lib/ehrs/patients'
import { providerName } from '@/lib/identity/providers'
import type { PatientSession } from '@/lib/identity/session'
import { lookAtRecord } from '@/lib/journeys/look-at-record'
import { findCodeById, isBirthDateOf, type KnownCode } from '@/lib/linking/codes'
import type { Relationship } from '@/lib/linking/eligibility'
import { findProposal, type Proposal } from '@/lib/linking/proposals'

/** What the confirmation page shows: which sign-in will open which chart. Names are shown as text only. */
export type ProposalView = {
  readonly id: string
  readonly providerName: string
  readonly signedInAt: Date
  readonly clinicName: string
  readonly patientName: string
  readonly birthYear: string
  readonly relationship: Relationship
}

/** Why a link was not written after all. */
export type ConfirmRefusal =
  | 'no-proposal'
  | 'no-longer-live'
  | 'already-open'
  | 'other-chart-open'
  | 'call-clinic'
  | 'too-many-changes'
  | 'ehr-unreachable'
  | 'paused'

/** The open proposal of a session, with what to show. The chart is read from its EHR now. */
export async function describeProposal(
  session: PatientSession,
  now: Date,
): Promise<
  | { readonly outcome: 'open'; readonly view: ProposalView }
  | { readonly outcome: 'refused'; readonly reason: ConfirmRefusal }
> {
  const seen = await lookAgain(session, undefined, now)
  if (seen.outcome === 'refused') return seen
  const { proposal, code, patient, clinicName } = seen
  return {
    outcome: 'open',
    view: {
      id: proposal.id,
      providerName: providerName(session.provider),
      signedInAt: session.authTime,
      clinicName,
      patientName: displayName(patient),
      birthYear: patient.birthDate?.slice(0, 4) ?? '',
      relationship: code.relationship,
    },
  }
}

type Seen = {
  readonly outcome: 'seen'
  readonly proposal: Proposal
  readonly code: KnownCode
  readonly patient: PatientRecord
  readonly clinicName: string
}

/** Proposal, code and the EHR's view, as they are now. */
export async function lookAgain(
  session: PatientSession,
  proposalId: string | undefined,
  now: Date,
): Promise<Seen | { readonly outcome: 'refused'; readonly reason: ConfirmRefusal }> {
  const proposal = await findProposal(db(), holderOf(session), now)
  if (!proposal || (proposalId && proposal.id !== proposalId))
    return { outcome: 'refused', reason: 'no-proposal' }
  const code = await findCodeById(db(), proposal.activationCodeId, now)
  const ehr = code && findEhr(code.ehrId)
  if (!code || !ehr || code.status !== 'live') return { outcome: 'refused', reason: 'no-longer-live' }
  const view = await lookAtRecord(ehr, code, { sub: session.accountId, app: 'vestibule:linking', now })
  if (view.outcome === 'unreachable') return { outcome: 'refused', reason: 'ehr-unreachable' }
  if (view.outcome === 'ineligible') return { outcome: 'refused', reason: 'call-clinic' }
  if (!isBirthDateOf(code, view.record.birthDate ?? ''))
    return { outcome: 'refused', reason: 'no-longer-live' }
  return { outcome: 'seen', proposal, code, patient: view.record, clinicName: ehr.name }
}

/** Whose proposals a session may see and spend. */
export function holderOf(session: PatientSession): { sessionId: string; accountId: string } {
  return { sessionId: session.id, accountId: session.accountId }
}
