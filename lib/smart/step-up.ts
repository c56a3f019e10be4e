import type { Acr } from '@/lib/config/acr-values'
import { issueFormToken } from '@/lib/http/form-token'
import { hasPasskey, mayAddPasskey } from '@/lib/identity/account-passkeys'
import { freshSeconds, isFresh } from '@/lib/identity/assurance'
import { findProvider, provesWhen } from '@/lib/identity/providers'
import { findPatient, type PatientSession } from '@/lib/identity/session'
import { listLinks } from '@/lib/linking/links'
import { demandOf, takesTwoFactors } from '@/lib/smart/authentication-demand'
import { consentFormPurpose, formHolder } from '@/lib/smart/consent-form'
import { type HeldRequest, openRequest } from '@/lib/smart/open-request'
import { addSeconds } from '@/lib/time/clock'

/** What somebody wants to do that needs a fresh proof. `app`: what an app's request demands. */
export const stepUpReasons = ['chart', 'passkey', 'more', 'app'] as const
export type StepUpReason = (typeof stepUpReasons)[number]

/** The ways a person can prove to be there, as far as they would do here. */
export type StepUpWays = {
  /** Sign in again: with this provider. */
  readonly signIn:
    | { readonly provider: string; readonly name: string; readonly isStrong: boolean }
    | undefined
  readonly passkey: boolean
  readonly addPasskey: boolean
  readonly deskCode: boolean
}

/** What the step-up page shows. `go-on`: nothing is missing. */
export type StepUpView =
  | { readonly step: 'sign-in' }
  | { readonly step: 'go-on' }
  | {
      readonly step: 'prove'
      readonly why: StepUpReason
      readonly ways: StepUpWays
      readonly session: PatientSession
      /** The app that waits, and the token of the form that tells it no. */
      readonly app: { readonly name: string; readonly formToken: string } | undefined
    }

/**
 * What a person who is to go on to `to` has to prove, and how. The address of a request decides itself what it needs:
 * `why` only names the reason, and can open nothing.
 */
export async function describeStepUp(
  cookieHeader: string | null,
  options: { readonly to: string; readonly why: StepUpReason; readonly now: Date },
): Promise<StepUpView> {
  const { to, why, now } = options
  const session = await findPatient(cookieHeader, now)
  if (!session) return { step: 'sign-in' }
  const id = /^\/authorize\/([0-9a-f-]{36})$/.exec(to)?.[1]
  if (id === undefined) {
    if (isFresh(session, now)) return { step: 'go-on' }
    const ways = await listWays(session, { acr: null, now })
    return { step: 'prove', why: why === 'passkey' ? why : 'chart', ways, session, app: undefined }
  }
  const state = await openRequest(id, cookieHeader, now)
  if (state.outcome !== 'open' && state.outcome !== 'open-sign-in') return { step: 'go-on' }
  const isForMore = state.proof !== undefined && why === 'more'
  if (state.proof && (!isForMore || isFresh(session, now))) return { step: 'go-on' }
  const formToken = issueFormToken(consentFormPurpose, formHolder(state), now)
  return {
    step: 'prove',
    why: isForMore ? 'more' : 'app',
    ways: await listWays(session, { acr: isForMore ? null : demandOf(state.request).acr, now }),
    session,
    app: { name: state.app.name, formToken },
  }
}

/** Whether anything this person can do would prove what a request demands. If not, the app is told at once. */
export async function canStepUp({ request, session }: HeldRequest, now: Date): Promise<boolean> {
  const { signIn, ...others } = await listWays(session, { acr: demandOf(request).acr, now })
  return signIn !== undefined || Object.values(others).includes(true)
}

async function listWays(
  session: PatientSession,
  { acr, now }: { readonly acr: readonly Acr[] | null; readonly now: Date },
): Promise<StepUpWays> {
  const takes = (value: Acr): boolean =>
    acr === null || acr.includes(value) || acr.includes('urn:vestibule:acr:signed-in')
  const [owns, mayAdd, links] = await Promise.all([
    hasPasskey(session.accountId),
    mayAddPasskey(session, now),
    listLinks(session.accountId),
  ])
  const takesPasskey = takes('urn:vestibule:acr:passkey')
  const isKnownAtDesk = links.some((link) => link.status === 'active')
  return {
    signIn: mayProveBySignIn(session, acr, now),
    passkey: takesPasskey && owns,
    addPasskey: takesPasskey && !owns && mayAdd,
    // with a code from the desk a passkey can be made
    deskCode: isKnownAtDesk && (takes('urn:vestibule:acr:desk') || (takesPasskey && !owns && !mayAdd)),
  }
}

/** Not offered where it was just tried in vain, and not where the provider cannot prove what is wanted. */
function mayProveBySignIn(
  session: PatientSession,
  acr: readonly Acr[] | null,
  now: Date,
): StepUpWays['signIn'] {
  const provider = findProvider(session.provider)
  if (!provider) return undefined
  const isAnySignIn = acr === null || acr.includes('urn:vestibule:acr:signed-in')
  const { mfa } = provider
  const hasTwoFactors = mfa.acr.length + mfa.amr.length > 0
  if (!isAnySignIn && !(acr.includes('urn:vestibule:acr:two-factor') && hasTwoFactors)) return undefined
  const wasTried = !session.authTimeProven && session.createdAt > addSeconds(now, -freshSeconds)
  if (isAnySignIn && (wasTried || !provesWhen(provider))) return undefined
  return { provider: provider.id, name: provider.name, isStrong: takesTwoFactors({ acr }) }
}
