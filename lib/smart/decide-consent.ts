import { z } from 'zod'
import { config } from '@/lib/config/config'
import type { Language } from '@/lib/config/file'
import { randomToken } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import { createGrant, listGrants } from '@/lib/grants/grants'
import { isFormToken } from '@/lib/http/form-token'
import { isFresh, type Proof } from '@/lib/identity/assurance'
import { patientActor } from '@/lib/identity/session'
import { nameProxy } from '@/lib/journeys/name-proxy'
import { recheckLink } from '@/lib/journeys/recheck-link'
import { translator } from '@/lib/language/translate'
import { findLiveLink, type LinkView, listLinks } from '@/lib/linking/links'
import { answerHeld, type ConsentOutcome, declineRequest } from '@/lib/smart/answer-held'
import { consentTextVersion, digestShown, grantSeconds, isInQuestion } from '@/lib/smart/consent'
import { consentFormPurpose, formHolder } from '@/lib/smart/consent-form'
import {
  allowedScopes,
  type ConsentItemId,
  consentTree,
  itemText,
  listItems,
  scopesOfItem,
} from '@/lib/smart/consent-items'
import { decideSignIn } from '@/lib/smart/decide-sign-in'
import { giveUp, type OpenRequest, openRequest } from '@/lib/smart/open-request'
import { holdRefused } from '@/lib/smart/refused-scopes'
import { areCovered } from '@/lib/smart/scopes'
import { earliest } from '@/lib/smart/token-lifetimes'
import { writeCode } from '@/lib/smart/write-code'
import { addSeconds } from '@/lib/time/clock'

const language = z.enum(['en', 'es'])

/**
 * Takes the answer of a consent page. It counts only from the browser and session the request belongs to, with a form
 * token of ours and the digest of exactly what was shown. Yes is one transaction: the request is answered by one
 * conditional update, the link is read again, grant and code are written. Nothing ticked is a no.
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
  const link = (await listLinks(state.session.accountId)).find((one) => one.id === form.get('chart'))
  if (!spoken.success || link?.status !== 'active' || !isInQuestion(state, link)) return seePage
  if (form.get('shown') !== digestShown(state, link, spoken.data)) return formExpired
  const tree = consentTree(state.request.scopes)
  const ticked = new Set(listItems(tree).filter((id) => form.get(`item.${id}`) !== undefined))
  const scopes = allowedScopes(state.request.scopes, tree, ticked)
  if (scopes.length === 0) return decline(state, now)
  const check = await recheckLink(link.id, now)
  if (check.outcome !== 'good') return seePage
  if (!isFresh(state.session, now) && (await isWidening(state, link.id, { scopes, now })))
    return { outcome: 'step-up' }
  if (scopes.includes('fhirUser')) await nameProxy(link.id, state.session.accountId)
  const { proxyEndsAt } = check
  const yes = { link, proof, scopes, ticked, language: spoken.data, now, proxyEndsAt }
  const approved = await db()
    .$transaction((tx) => approve(tx, state, yes))
    .catch((fault: unknown) => {
      if (fault instanceof Error && 'code' in fault && fault.code === 'link-ended') return false
      throw fault
    })
  return approved ? { outcome: 'leave' } : seePage
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
  const link = (await listLinks(state.session.accountId)).find((one) => one.id === form.get('chart'))
  if (link?.status !== 'active' || !isInQuestion(state, link)) return
  await db().authorizationRequest.updateMany({
    where: { id: state.request.id, status: 'open', accountId: state.session.accountId },
    data: { linkId: link.id },
  })
}

const seePage: ConsentOutcome = { outcome: 'look-again', why: 'see-page' }
const formExpired: ConsentOutcome = { outcome: 'look-again', why: 'form-expired' }

type Yes = {
  readonly link: LinkView
  readonly proof: Proof
  readonly scopes: readonly string[]
  readonly ticked: ReadonlySet<ConsentItemId>
  readonly language: Language
  readonly now: Date
  /** When the EHR ends the proxy it is given for. */
  readonly proxyEndsAt: Date | undefined
}

async function approve(tx: Tx, open: OpenRequest, yes: Yes): Promise<boolean> {
  const { request, session, app, ehr } = open
  const code = randomToken()
  if (!(await answerHeld(tx, open, { status: 'approved', answer: { code }, now: yes.now }))) return false
  const link = await findLiveLink(tx, yes.link.id)
  if (link?.accountId !== session.accountId || link.patientId !== yes.link.patientId)
    throw Object.assign(new Error('the link ended while consent was given'), { code: 'link-ended' })
  const grant = {
    accountId: session.accountId,
    linkId: link.id,
    appId: app.id,
    ehrId: ehr.id,
    patientId: link.patientId,
    scopes: yes.scopes,
    textVersion: consentTextVersion(yes.language),
    language: yes.language,
    shown: shownItems(request.scopes, yes),
    expiresAt: earliest(addSeconds(yes.now, grantSeconds(yes.scopes, app.grantDays)), yes.proxyEndsAt),
  }
  const grantId = await createGrant(tx, grant, {
    actor: patientActor(session),
    now: yes.now,
    isTakenBack: (scopes) => holdRefused(scopes, consentTree(request.scopes), yes.ticked),
  })
  const { proof, scopes, now } = yes
  await writeCode(tx, code, { opens: { grantId }, request, session, proof, scopes, now })
  return true
}

/**
 * Whether a yes would let an app that may read this chart already read more of it. A first yes is no widening: it comes
 * right after signing in and linking, and nothing is asked twice.
 */
async function isWidening(
  { session, app }: OpenRequest,
  linkId: string,
  { scopes, now }: { readonly scopes: readonly string[]; readonly now: Date },
): Promise<boolean> {
  const earlier = (await listGrants(session.accountId, now)).filter(
    (grant) => grant.appId === app.id && grant.linkId === linkId,
  )
  const allowed = earlier.flatMap((grant) => grant.scopes)
  return earlier.length > 0 && !areCovered(scopes, allowed)
}

async function decline(open: OpenRequest, now: Date): Promise<ConsentOutcome> {
  return (await declineRequest(open, now)) ? { outcome: 'leave' } : seePage
}

function shownItems(
  asked: readonly string[],
  { ticked, language }: Yes,
): { id: string; scopes: readonly string[]; text: string; allowed: boolean }[] {
  const tree = consentTree(asked)
  const t = translator(config().languages.includes(language) ? language : 'en')
  return listItems(tree).map((id) => ({
    id,
    scopes: scopesOfItem(tree, id),
    text: itemText(id, t),
    allowed: ticked.has(id),
  }))
}
