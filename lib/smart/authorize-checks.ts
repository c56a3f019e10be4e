import type { PatientApp } from '@/lib/apps/apps'
import { checkRate, checkRedirectUri, identifyApp, loadPushedRequest } from '@/lib/smart/authorize-client'
import {
  type CheckedRequest,
  type Draft,
  type TrustedDraft,
  UntrustedRequest,
} from '@/lib/smart/authorize-draft'
import {
  checkAcrValues,
  checkKeyBinding,
  checkPkce,
  checkPrompt,
  checkPushed,
  checkRepeated,
  checkResponseType,
  checkState,
  refuseUnsupported,
} from '@/lib/smart/authorize-parameters'
import {
  checkAudience,
  checkHint,
  checkScopes,
  checkStops,
  refuseNotOffered,
  resolveLaunch,
} from '@/lib/smart/authorize-target'

type Check<D extends Draft> = (draft: D) => D | Promise<D>

/**
 * Until the redirect URI is proven to be the app's own, a problem is shown to the person: an error sent to an address
 * of a stranger's choosing would make us his open redirector (RFC 6749 §4.1.2.1, RFC 9700 §4.11).
 */
const beforeTrust: readonly Check<Draft>[] = [checkRate, loadPushedRequest, identifyApp, checkRedirectUri]

/** From here on it is reported to the app by redirect, with state and iss. New checks go below this line. */
const afterTrust: readonly Check<TrustedDraft>[] = [
  checkRepeated,
  checkPushed,
  checkState,
  refuseUnsupported,
  checkResponseType,
  checkPkce,
  checkKeyBinding,
  checkPrompt,
  checkAcrValues,
  checkHint,
  refuseNotOffered,
  checkAudience,
  checkScopes,
  checkStops,
  resolveLaunch,
]

/** Runs the checks before trust, in order. @throws UntrustedRequest */
export async function checkUntilTrust(draft: Draft): Promise<TrustedDraft> {
  let checked = draft
  for (const check of beforeTrust) checked = await check(checked)
  const { app, redirectUri } = checked
  if (!app || redirectUri === undefined) throw new UntrustedRequest('unknown-app')
  return { ...checked, app, redirectUri }
}

/** The same checks for a request pushed by an app that proved itself. @throws OAuthError and UntrustedRequest */
export async function checkPushedRequest(
  draft: Draft & { readonly app: PatientApp },
): Promise<CheckedRequest> {
  const { app, redirectUri } = checkRedirectUri(draft)
  if (!app || redirectUri === undefined) throw new UntrustedRequest('bad-redirect')
  return checkAfterTrust({ ...draft, app, redirectUri })
}

/** Runs the checks after trust, in order. @throws OAuthError, to be reported by redirect */
export async function checkAfterTrust(draft: TrustedDraft): Promise<CheckedRequest> {
  let checked = draft
  for (const check of afterTrust) checked = await check(checked)
  const { scopes, prompt } = checked
  if (!scopes || !prompt) throw new Error('an authorization request passed its checks incomplete')
  return { ...checked, scopes, prompt }
}
