import { record } from '@/lib/audit/record'
import { keyedDigest } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import type { PatientRecord } from '@/lib/ehrs/patients'
import { endSession, renewSession } from '@/lib/identity/change-session'
import { isLinkingSuspended } from '@/lib/identity/linking-suspension'
import { type PatientSession, patientActor } from '@/lib/identity/session'
import { type ConfirmRefusal, holderOf, lookAgain } from '@/lib/journeys/look-at-proposal'
import { writeLinkNotice } from '@/lib/journeys/write-link-notice'
import { createLink } from '@/lib/linking/change-link'
import { findCodeById, type KnownCode, revokeCode, spendCode } from '@/lib/linking/codes'
import { digestDemographics } from '@/lib/linking/demographics'
import {
  checkCaps,
  countChange,
  hasAllowance,
  type LinkCap,
  type LinkPlan,
  spendAllowance,
} from '@/lib/linking/link-caps'
import { holdRoomForLink } from '@/lib/linking/links'
import { findProposedCode, spendProposal } from '@/lib/linking/proposals'
import { isStopped } from '@/lib/stops/stops'

/** `setCookie` carries the session's new id: whoever knew the old one gains nothing. */
export type Confirmation =
  | { readonly outcome: 'linked'; readonly linkId: string; readonly setCookie: string }
  | { readonly outcome: 'refused'; readonly reason: ConfirmRefusal }

/**
 * Second half of linking: the person said yes. The EHR is looked at again; then proposal and code are spent, the link
 * written with its evidence, audit and notice, and the session's id changed, in one transaction. Of N that try one code
 * at once, one wins. (spec A2, A7.1, A11)
 */
export async function confirmLink(
  session: PatientSession,
  proposalId: string,
  options: { readonly now: Date },
): Promise<Confirmation> {
  const { now } = options
  const seen = await lookAgain(session, proposalId, now)
  if (seen.outcome === 'refused') return seen
  const { code, patient } = seen
  return db()
    .$transaction(
      async (tx): Promise<Confirmation> => {
        const plan = { ...code, accountId: session.accountId, loginId: session.loginId }
        const obstacle = await findObstacle(tx, plan)
        if (obstacle) return { outcome: 'refused', reason: obstacle }
        const cap = await checkCaps(tx, plan, now)
        if (cap && !(await hasAllowance(tx, code, now)))
          return { outcome: 'refused', reason: cap === 'too-many-changes' ? cap : 'call-clinic' }
        if (!(await spendCode(tx, code.id, now))) return { outcome: 'refused', reason: 'no-longer-live' }
        if (!(await spendProposal(tx, proposalId, holderOf(session), now))) throw spentMeanwhile()
        if (cap) await passCap(tx, session, { cap, code }, now)
        const linkId = await writeLink(tx, session, { code, patient }, now)
        await countChange(tx, plan, now)
        await writeLinkNotice(
          tx,
          { kind: 'link-created', linkId, patient, code, accountId: session.accountId },
          now,
        )
        const { setCookie } = await renewSession(tx, session, now)
        return { outcome: 'linked', linkId, setCookie }
      },
      { maxWait: 15_000, timeout: 15_000 },
    )
    .catch((fault: unknown) => {
      if (isOvertaken(fault)) return { outcome: 'refused', reason: 'no-proposal' } as const
      throw fault
    })
}

async function findObstacle(tx: Tx, plan: LinkPlan): Promise<ConfirmRefusal | undefined> {
  const room = await holdRoomForLink(tx, plan)
  if (room === 'already-open' || room === 'other-chart-open') return room
  if (room !== 'free' || (await isLinkingSuspended(tx, plan.loginId))) return 'call-clinic'
  return (await isStopped(tx, [['linking'], ['ehr', plan.ehrId]])) ? 'paused' : undefined
}

/** Staff's leave for one more link is spent with the link that needs it. */
async function passCap(
  tx: Tx,
  session: PatientSession,
  past: { readonly cap: LinkCap; readonly code: KnownCode },
  now: Date,
): Promise<void> {
  const { ehrId, patientId } = past.code
  if (!(await spendAllowance(tx, past.code, now))) throw spentMeanwhile()
  await record(tx, 'link-allowance.used', {
    actor: patientActor(session),
    about: { accountId: session.accountId, ehrId, patientId },
    detail: { cap: past.cap },
  })
}

/**
 * "Not me". `sign-in`: someone else's sign-in stands in this browser; it is ended and the code stays good. `chart`: the
 * code opens a stranger's chart; it ends and the clinic sees it in its audit. What is meant is the proposal that was shown,
 * even if another tab has made a newer one.
 */
export async function declineProposal(
  session: PatientSession,
  proposalId: string,
  what: 'sign-in' | 'chart',
  options: { readonly now: Date },
): Promise<void> {
  const { now } = options
  await db().$transaction(async (tx) => {
    const codeId = await findProposedCode(tx, proposalId, holderOf(session))
    const code = codeId && (await findCodeById(tx, codeId, now))
    await spendProposal(tx, proposalId, holderOf(session), now)
    const about = {
      accountId: session.accountId,
      ...(code ? { ehrId: code.ehrId, patientId: code.patientId } : {}),
    }
    await record(tx, 'link.declined', { actor: patientActor(session), about, detail: { what } })
    if (what === 'sign-in') {
      await endSession(tx, session.id, 'ended-by-person', now)
      return
    }
    if (code && (await revokeCode(tx, code.id, 'not-me', now)))
      await record(tx, 'code.revoked', {
        actor: patientActor(session),
        about,
        detail: { codeId: code.id, why: 'not-me' },
      })
  })
}

async function writeLink(
  tx: Tx,
  session: PatientSession,
  proof: { readonly code: KnownCode; readonly patient: PatientRecord },
  now: Date,
): Promise<string> {
  const { code, patient } = proof
  const isDesk = code.receivedBy.endsWith('in-person') && code.identification === 'photo-id'
  return createLink(
    tx,
    {
      accountId: session.accountId,
      loginId: session.loginId,
      ehrId: code.ehrId,
      patientId: code.patientId,
      relationship: code.relationship,
      relatedPersonId: code.relatedPersonId,
      method: 'activation-code',
      level: isDesk ? 'L-desk' : 'L-code',
      evidence: {
        rule: 'activation-code/1',
        matched: ['activation-code', 'birth-date'],
        codeId: code.id,
        codeHmac: Buffer.from(code.digest).toString('base64url'),
        birthDateHmac: Buffer.from(keyedDigest(patient.birthDate ?? '', 'evidence')).toString('base64url'),
        receivedBy: code.receivedBy,
        identification: code.identification,
        issuedByKind: code.issuedByKind,
      },
      candidateVersion: patient.version,
      demographicsDigest: digestDemographics(patient),
    },
    { actor: patientActor(session), now },
  )
}

/** Rolls the transaction back: the code must not be spent by a proposal that another request has spent. */
function spentMeanwhile(): Error {
  return Object.assign(new Error('the proposal was spent meanwhile'), { code: 'proposal-spent' })
}

/** The proposal was spent, or the session ended in another tab, while this request was on its way. */
function isOvertaken(fault: unknown): boolean {
  const code = fault instanceof Error && 'code' in fault ? fault.code : undefined
  return code === 'proposal-spent' || code === 'session-ended'
}
