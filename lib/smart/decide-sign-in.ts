import { z } from 'zod'
import type { Language } from '@/lib/config/file'
import { randomToken } from '@/lib/crypto/digest'
import { db, type Tx } from '@/lib/db/database'
import { allowSignIn } from '@/lib/grants/sign-in-grants'
import { isFormToken } from '@/lib/http/form-token'
import type { Proof } from '@/lib/identity/assurance'
import { patientActor } from '@/lib/identity/session'
import { answerHeld, type ConsentOutcome, declineRequest } from '@/lib/smart/answer-held'
import { consentFormPurpose, formHolder } from '@/lib/smart/consent-form'
import { digestShownSignIn, signInTextVersion } from '@/lib/smart/consent-shown'
import { giveUp, type HeldRequest } from '@/lib/smart/open-request'
import { writeCode } from '@/lib/smart/write-code'
import { addSeconds } from '@/lib/time/clock'

const spokenLanguage = z.enum(['en', 'es'])

/**
 * Takes the answer of the page that asks whether an app may know who signed in. The same rules as for a chart: our form
 * token, the digest of exactly what was shown, one transaction. No chart, link or patient takes part.
 */
export async function decideSignIn(
  held: HeldRequest,
  options: { readonly form: ReadonlyMap<string, string>; readonly now: Date },
): Promise<ConsentOutcome> {
  const { form, now } = options
  if (!isFormToken(form.get('form_token'), consentFormPurpose, formHolder(held), now))
    return { outcome: 'look-again', why: 'form-expired' }
  if (form.get('decision') === 'unproven') return outcomeOf(!held.proof && (await giveUp(held, now)))
  if (form.get('decision') !== 'accept') return outcomeOf(await declineRequest(held, now))
  const { proof } = held
  if (!proof) return outcomeOf(false)
  const language = spokenLanguage.safeParse(form.get('language'))
  if (!language.success || form.get('shown') !== digestShownSignIn(held, language.data))
    return { outcome: 'look-again', why: 'form-expired' }
  const yes = { proof, language: language.data, now }
  return outcomeOf(await db().$transaction((tx) => approve(tx, held, yes)))
}

async function approve(
  tx: Tx,
  held: HeldRequest,
  { proof, language, now }: { readonly proof: Proof; readonly language: Language; readonly now: Date },
): Promise<boolean> {
  const { request, session, app } = held
  const code = randomToken()
  if (!(await answerHeld(tx, held, { status: 'approved', answer: { code }, now }))) return false
  const grant = {
    accountId: session.accountId,
    appId: app.id,
    textVersion: signInTextVersion(language),
    language,
    expiresAt: addSeconds(now, app.grantDays * 86_400),
  }
  const signInGrantId = await allowSignIn(tx, grant, { actor: patientActor(session), now })
  await writeCode(tx, code, {
    opens: { signInGrantId },
    request,
    session,
    proof,
    scopes: request.scopes,
    now,
  })
  return true
}

function outcomeOf(done: boolean): ConsentOutcome {
  return done ? { outcome: 'leave' } : { outcome: 'look-again', why: 'see-page' }
}
