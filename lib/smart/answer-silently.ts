import { record } from '@/lib/audit/record'
import { randomToken } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import type { Ehr } from '@/lib/ehrs/ehrs'
import { type GrantView, listGrants } from '@/lib/grants/grants'
import { listSignInGrants } from '@/lib/grants/sign-in-grants'
import type { Proof } from '@/lib/identity/assurance'
import { findPatient, type PatientSession, patientActor } from '@/lib/identity/session'
import { recheckLink } from '@/lib/journeys/recheck-link'
import { listLinks } from '@/lib/linking/links'
import { findDemandedProof, isFreshEnough } from '@/lib/smart/authentication-demand'
import type { CheckedRequest } from '@/lib/smart/authorize-draft'
import { OAuthError } from '@/lib/smart/oauth-error'
import { areCovered } from '@/lib/smart/scopes'
import { subjectFor } from '@/lib/smart/subject'
import { writeCode } from '@/lib/smart/write-code'

/**
 * `prompt=none`: a code without any page (OpenID Connect Core §3.1.2.6), for the person signed in here, as fresh as the
 * app demands, who said yes to the same app about the same chart and no less before, and whose yes still stands. Access
 * while away is never given so (X10). @returns the code @throws OAuthError that says what is missing
 */
export async function answerSilently(checked: CheckedRequest, cookieHeader: string | null): Promise<string> {
  const { session, proof } = await requireSuitableSession(checked, cookieHeader)
  const opens = checked.ehr
    ? { grantId: (await requireGrant(checked, checked.ehr, session)).id }
    : { signInGrantId: await requireSignInGrant(checked, session) }
  const { app, redirectUri, codeChallenge, nonce, dpopJkt, ehr, scopes, now } = checked
  const code = randomToken()
  const request = {
    appId: app.id,
    redirectUri,
    codeChallenge: codeChallenge ?? null,
    nonce: nonce ?? null,
    audience: ehr?.appBase ?? null,
    context: {},
    dpopJkt: dpopJkt ?? null,
  }
  await db().$transaction(async (tx) => {
    await writeCode(tx, code, { opens, request, session, proof, scopes, now })
    await record(tx, 'authorization.answered-silently', {
      actor: patientActor(session),
      about: {
        accountId: session.accountId,
        appId: app.id,
        ...(ehr && 'grantId' in opens ? { ehrId: ehr.id, grantId: opens.grantId } : {}),
      },
      detail: { scopes: [...scopes] },
    })
  })
  return code
}

async function requireSuitableSession(
  checked: CheckedRequest,
  cookieHeader: string | null,
): Promise<{ readonly session: PatientSession; readonly proof: Proof }> {
  const { app, prompt, maxAgeSeconds, acr, hintedSubject, now } = checked
  const session = await findPatient(cookieHeader, now)
  const demand = { prompt, maxAgeSeconds: maxAgeSeconds ?? null, acr: acr ?? null, requestedAt: now }
  if (!session || !isFreshEnough(session, demand))
    throw new OAuthError('login_required', 'The person has to sign in.')
  if (hintedSubject !== undefined && hintedSubject !== (await subjectFor(app, session.accountId)))
    throw new OAuthError('login_required', 'Somebody else is signed in.')
  const proof = findDemandedProof(session, demand)
  if (!proof) throw new OAuthError('unmet_authentication_requirements', 'The person has to prove more.')
  return { session, proof }
}

/** The grant to stand on. Which of several charts is meant is for the person to say. */
async function requireGrant(
  checked: CheckedRequest,
  ehr: Ehr,
  session: PatientSession,
): Promise<Pick<GrantView, 'id' | 'linkId'>> {
  const { app, scopes, now } = checked
  const links = (await listLinks(session.accountId)).filter((link) => link.ehrId === ehr.id)
  if (!links.some((link) => link.status === 'active'))
    throw new OAuthError('interaction_required', 'The person has no chart here yet.')
  if (scopes.includes('offline_access')) throw consentRequired()
  const live = await listGrants(session.accountId, now)
  const usable = live.filter(
    (grant) =>
      grant.appId === app.id &&
      grant.ehrId === ehr.id &&
      grant.haltedAt === null &&
      areCovered(scopes, grant.scopes) &&
      links.some((link) => link.id === grant.linkId && link.status === 'active'),
  )
  const [newest] = usable
  if (!newest) throw consentRequired()
  if (usable.some((grant) => grant.linkId !== newest.linkId))
    throw new OAuthError('account_selection_required', 'The person has to say which chart.')
  const check = await recheckLink(newest.linkId, now)
  if (check.outcome === 'ehr-unreachable')
    throw new OAuthError('temporarily_unavailable', 'The clinic cannot be reached now. Try again.')
  if (check.outcome !== 'good')
    throw new OAuthError('interaction_required', 'The chart cannot be opened now.')
  return newest
}

async function requireSignInGrant(checked: CheckedRequest, session: PatientSession): Promise<string> {
  const grants = await listSignInGrants(session.accountId, checked.now)
  const grant = grants.find((one) => one.appId === checked.app.id)
  if (!grant) throw consentRequired()
  return grant.id
}

function consentRequired(): OAuthError {
  return new OAuthError('consent_required', 'The person has to agree.')
}
