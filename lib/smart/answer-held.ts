import { record } from '@/lib/audit/record'
import { db, type Tx } from '@/lib/db/database'
import { patientActor } from '@/lib/identity/session'
import type { HeldRequest } from '@/lib/smart/open-request'
import { type Answer, answerRequest } from '@/lib/smart/requests'

/** What became of an answer. `look-again`: the page shows what stands in the way, or the form anew. */
export type ConsentOutcome =
  | { readonly outcome: 'leave' }
  | { readonly outcome: 'look-again'; readonly why: 'form-expired' | 'see-page' }
  /** More than this app may read already: who says so has to be proven to be there. */
  | { readonly outcome: 'step-up' }

/** Answers a request for the person who holds it; false when it was answered, expired or is someone else's. */
export function answerHeld(
  tx: Tx,
  { request, session }: HeldRequest,
  given: { readonly status: 'approved' | 'declined'; readonly answer: Answer; readonly now: Date },
): Promise<boolean> {
  const bound = { sessionId: session.id, accountId: session.accountId }
  return answerRequest(tx, request, { ...given, bound })
}

/** The person's no, with its audit row. The app learns that and nothing else. @returns false when it came too late */
export async function declineRequest(held: HeldRequest, now: Date): Promise<boolean> {
  const { request, session, app } = held
  const no = { error: 'access_denied', description: 'The person did not allow access.' } as const
  return db().$transaction(async (tx) => {
    if (!(await answerHeld(tx, held, { status: 'declined', answer: no, now }))) return false
    await record(tx, 'consent.declined', {
      actor: patientActor(session),
      about: { accountId: session.accountId, appId: app.id, ehrId: request.ehrId ?? undefined },
      detail: { scopes: [...request.scopes] },
    })
    return true
  })
}
