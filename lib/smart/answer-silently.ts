import { record } from '@/lib/audit/record'
import { randomToken } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import type { Ehr } from '@/lib/ehrs/ehrs'
import type { Proof } from '@/lib/identity/assurance'
import { patientActor } from '@/lib/identity/session'
import { lookAgain } from '@/lib/journeys/recheck-link'
import { markLinkChecked } from '@/lib/linking/change-link'
import { findDemandedProof, isFreshEnough } from '@/lib/smart/authentication-demand'
import type { CheckedRequest } from '@/lib/smart/authorize-draft'
import { OAuthError } from '@/lib/smart/oauth-error'
import { readVisitor, type Visitor } from '@/lib/smart/read-visitor'
import { areCovered } from '@/lib/smart/scopes'
import { subjectFor } from '@/lib/smart/subject'
import { writeCode } from '@/lib/smart/write-code'

/**
 * `prompt=none`: a code without any page (OpenID Connect Core §3.1.2.6), for the person signed in here, as fresh as the
 * app demands, who said yes to the same app about the same chart and no less before, and whose yes still stands. Access
 * while away is never given so (X10). @returns the code @throws OAuthError that says what is missing
 */
export async function answerSilently(checked: CheckedRequest, cookieHeader: string | null): Promise<string> {
  const read = await readVisitor(cookieHeader, checked.app.id, checked.now)
  const { visitor, proof } = await requireSuitable(checked, read)
  const { session } = visitor
  const opens = checked.ehr
    ? { grantId: await requireGrant(checked, checked.ehr, visitor) }
    : { signInGrantId: requireSignInGrant(visitor) }
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

async function requireSuitable(
  checked: CheckedRequest,
  visitor: Visitor | undefined,
): Promise<{ readonly visitor: Visitor; readonly proof: Proof }> {
  const { app, prompt, maxAgeSeconds, acr, hintedSubject, now } = checked
  const demand = { prompt, maxAgeSeconds: maxAgeSeconds ?? null, acr: acr ?? null, requestedAt: now }
  if (!visitor || !isFreshEnough(visitor.session, demand))
    throw new OAuthError('login_required', 'The person has to sign in.')
  const { session } = visitor
  if (hintedSubject !== undefined && hintedSubject !== (await subjectFor(app, session.accountId)))
    throw new OAuthError('login_required', 'Somebody else is signed in.')
  const proof = findDemandedProof(session, demand)
  if (!proof) throw new OAuthError('unmet_authentication_requirements', 'The person has to prove more.')
  return { visitor, proof }
}

/** The grant to stand on. Which of several charts is meant is for the person to say. @returns its id */
async function requireGrant(checked: CheckedRequest, ehr: Ehr, visitor: Visitor): Promise<string> {
  const { scopes, now } = checked
  const active = visitor.links.filter((link) => link.ehrId === ehr.id && link.status === 'active')
  if (active.length === 0) throw new OAuthError('interaction_required', 'The person has no chart here yet.')
  if (scopes.includes('offline_access')) throw consentRequired()
  const usable = visitor.grants.filter(
    (grant) =>
      grant.ehrId === ehr.id &&
      areCovered(scopes, grant.scopes) &&
      active.some((link) => link.id === grant.linkId),
  )
  const [newest] = usable
  const link = active.find(({ id }) => id === newest?.linkId)
  if (!newest || !link) throw consentRequired()
  if (usable.some((grant) => grant.linkId !== link.id))
    throw new OAuthError('account_selection_required', 'The person has to say which chart.')
  const look = await lookAgain(link, now)
  if (look.outcome === 'ehr-unreachable')
    throw new OAuthError('temporarily_unavailable', 'The clinic cannot be reached now. Try again.')
  if (look.outcome !== 'good') throw new OAuthError('interaction_required', 'The chart cannot be opened now.')
  // a code lives as its grant does, and nothing outlives a proxy: the new end takes a new yes
  if (look.proxyEndsAt && look.proxyEndsAt < newest.expiresAt) throw consentRequired()
  await markLinkChecked(db(), link.id, { ...look, now })
  return newest.id
}

function requireSignInGrant({ signInGrantId }: Visitor): string {
  if (signInGrantId === undefined) throw consentRequired()
  return signInGrantId
}

function consentRequired(): OAuthError {
  return new OAuthError('consent_required', 'The person has to agree.')
}
