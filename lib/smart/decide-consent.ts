import { z } from 'zod'
import { db } from '@/lib/db/database'
import { isFormToken } from '@/lib/http/form-token'
import { isFresh } from '@/lib/identity/assurance'
import { nameProxy } from '@/lib/journeys/name-proxy'
import { lookAgain } from '@/lib/journeys/recheck-link'
import { type ConsentOutcome, declineRequest } from '@/lib/smart/answer-held'
import { approveRequest } from '@/lib/smart/approve-request'
import { isInQuestion } from '@/lib/smart/chart-choices'
import { consentFormPurpose, formHolder } from '@/lib/smart/consent-form'
import { listItems } from '@/lib/smart/consent-items'
import { digestShown } from '@/lib/smart/consent-shown'
import { allowedScopes, type ConsentItemId, consentTree } from '@/lib/smart/consent-tree'
import { decideSignIn } from '@/lib/smart/decide-sign-in'
import { giveUp, type OpenRequest, openRequest } from '@/lib/smart/open-request'
import { areCovered } from '@/lib/smart/scopes'

const language = z.enum(['en', 'es'])

/**
 * Takes the answer of a consent page. It counts only from the browser and session the request belongs to, with a form
 * token of ours and the digest of exactly what was shown. Yes is one statement: the request is answered by its
 * conditions, the link is read again, grant and code are written. Nothing ticked is a no.
 */
export async function decideConsent(
  requestId: string,
  cookieHeader: string | null,
  options: { readonly form: ReadonlyMap<string, string>; readonly now: Date },
): Promise<ConsentOutcome> {
  const { form, now } = options
  const state = await openRequest(requestId, cookieHeader, now)
  if (state.outcome === 'leave') return { outcome: 'leave' }
  if (state.outcome === 'open-sign-in') return decideSignIn(state, options)
  if (state.outcome !== 'open') return seePage
  if (!isFormToken(form.get('form_token'), consentFormPurpose, formHolder(state), now)) return formExpired
  if (form.get('decision') === 'unproven')
    return !state.proof && (await giveUp(state, now)) ? { outcome: 'leave' } : seePage
  if (form.get('decision') !== 'accept') return decline(state, now)
  const { proof } = state
  if (!proof) return seePage
  const spoken = language.safeParse(form.get('language'))
  const link = state.links.find((one) => one.id === form.get('chart'))
  if (!spoken.success || link?.status !== 'active' || !isInQuestion(state, link)) return seePage
  if (form.get('shown') !== digestShown(state, link, spoken.data)) return formExpired
  const tree = consentTree(state.request.scopes)
  const ticked = new Set(listItems(tree).filter((id) => form.get(`item.${id}`) !== undefined))
  const scopes = allowedScopes(state.request.scopes, tree, ticked)
  if (scopes.length === 0) return decline(state, now)
  const look = await lookAgain(link, now)
  if (look.outcome !== 'good') return seePage
  if (!isFresh(state.session, now) && isWidening(state, link.id, { scopes, now }))
    return (await keepTicks(state, link.id, ticked)) ? { outcome: 'step-up' } : seePage
  if (scopes.includes('fhirUser') && link.relationship === 'proxy')
    await nameProxy(link.id, state.session.accountId)
  const yes = { link, look, proof, scopes, ticked, language: spoken.data, now }
  return (await approveRequest(state, yes)) ? { outcome: 'leave' } : seePage
}

/** Notes which of several charts the person picked. The consent page names it again before anything is given. */
export async function chooseChart(
  requestId: string,
  cookieHeader: string | null,
  options: { readonly form: ReadonlyMap<string, string>; readonly now: Date },
): Promise<void> {
  const { form, now } = options
  const state = await openRequest(requestId, cookieHeader, now)
  if (state.outcome !== 'open') return
  if (!isFormToken(form.get('form_token'), consentFormPurpose, formHolder(state), now)) return
  const link = state.links.find((one) => one.id === form.get('chart'))
  if (link?.status !== 'active' || !isInQuestion(state, link)) return
  await db().authorizationRequest.updateMany({
    where: { id: state.request.id, status: 'open', accountId: state.session.accountId },
    // what was unticked for one chart says nothing of another
    data: { linkId: link.id, ...(link.id === state.request.linkId ? {} : { untickedItems: [] }) },
  })
}

/**
 * Keeps what was unticked while the person proves that they are there. On our side and only as a no: the page they come
 * back to shows fewer ticks by it, never more, and is answered anew like any other. @returns false when the request was
 * answered or given back meanwhile
 */
async function keepTicks(
  { request, session }: OpenRequest,
  linkId: string,
  ticked: ReadonlySet<ConsentItemId>,
): Promise<boolean> {
  const untickedItems = listItems(consentTree(request.scopes)).filter((id) => !ticked.has(id))
  const { count } = await db().authorizationRequest.updateMany({
    where: { id: request.id, status: 'open', accountId: session.accountId, sessionId: session.id },
    data: { linkId, untickedItems },
  })
  return count === 1
}

const seePage: ConsentOutcome = { outcome: 'look-again', why: 'see-page' }
const formExpired: ConsentOutcome = { outcome: 'look-again', why: 'form-expired' }

/**
 * Whether a yes would let an app that may read this chart already read more of it. A first yes is no widening: it comes
 * right after signing in and linking, and nothing is asked twice.
 */
function isWidening(
  { earlier }: OpenRequest,
  linkId: string,
  { scopes, now }: { readonly scopes: readonly string[]; readonly now: Date },
): boolean {
  const live = earlier.filter((grant) => grant.linkId === linkId && grant.expiresAt > now)
  const allowed = live.flatMap((grant) => grant.scopes)
  return live.length > 0 && !areCovered(scopes, allowed)
}

async function decline(open: OpenRequest, now: Date): Promise<ConsentOutcome> {
  return (await declineRequest(open, now)) ? { outcome: 'leave' } : seePage
}
