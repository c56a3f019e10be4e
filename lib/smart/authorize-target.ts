import { db } from '@/lib/db/database'
import { findEhrByAudience } from '@/lib/ehrs/ehrs'
import type { TrustedDraft } from '@/lib/smart/authorize-draft'
import { readIdTokenHint } from '@/lib/smart/id-token-hint'
import { findLaunch, unknownLaunch } from '@/lib/smart/launches'
import { OAuthError } from '@/lib/smart/oauth-error'
import { asksForChart, describeNotOffered, listNotOffered, negotiateScopes } from '@/lib/smart/scopes'
import { isAmongStops, isStopped, type StopKey } from '@/lib/stops/stops'

/** Whom the app expects. The hint may be old (OpenID Connect Core §3.1.2.1), but it is an ID token of ours for this app. */
export async function checkHint(draft: TrustedDraft): Promise<TrustedDraft> {
  const hint = draft.parameters.values.get('id_token_hint')
  if (hint === undefined) return draft
  const proven = await readIdTokenHint(hint)
  if (proven?.appId !== draft.app.id)
    throw new OAuthError('invalid_request', 'id_token_hint is not an ID token of this server for this app.')
  return { ...draft, hintedSubject: proven.subject }
}

/**
 * A clinician's launch and a backend client's access are refused by name, also beside scopes of a patient: an app that
 * counts on them must not find out later that they were dropped (spec S10, L4).
 */
export function refuseNotOffered(draft: TrustedDraft): TrustedDraft {
  const { values } = draft.parameters
  const names = listNotOffered(values.get('scope') ?? '', { isLaunched: values.has('launch') })
  if (names.length > 0) throw new OAuthError('invalid_scope', describeNotOffered(names))
  return draft
}

/**
 * `aud` (SMART) and `resource` (RFC 8707) name the same thing: a FHIR base this server protects. Who asks for nothing
 * of a chart names none (X5).
 */
export function checkAudience(draft: TrustedDraft): TrustedDraft {
  const { values } = draft.parameters
  const [aud, resource] = [values.get('aud'), values.get('resource')]
  if (aud === undefined && resource === undefined) {
    if (!asksForChart(values.get('scope') ?? '')) return draft
    throw new OAuthError('invalid_request', 'aud is required: the FHIR base the app will call.')
  }
  const ehr = findEhrByAudience(aud ?? resource ?? '')
  const same = aud === undefined || resource === undefined || ehr === findEhrByAudience(resource)
  if (!ehr) throw new OAuthError('invalid_target', 'aud is not a FHIR base of this server.')
  if (!same) throw new OAuthError('invalid_target', 'aud and resource name different servers.')
  return { ...draft, ehr }
}

/** What of the scopes can be put before the person, in the order of S21; with nothing left the request fails. */
export function checkScopes(draft: TrustedDraft): TrustedDraft {
  const asked = draft.parameters.values.get('scope')
  if (asked === undefined) throw new OAuthError('invalid_scope', 'scope is required.')
  const negotiated = negotiateScopes(asked, draft.app.scopes)
  // without a chart there is nobody to name in it and nothing to come back for
  const scopes = draft.ehr ? negotiated : negotiated.filter((scope) => scope === 'openid')
  const opensSomething = scopes.some((scope) => scope === 'openid' || scope.startsWith('patient/'))
  if (!opensSomething)
    throw new OAuthError('invalid_scope', 'None of the scopes is known here and registered for this app.')
  return { ...draft, scopes }
}

/** What an operator paused begins nothing new. */
export async function checkStops(draft: TrustedDraft): Promise<TrustedDraft> {
  const { app, ehr, stops } = draft
  const keys: readonly StopKey[] = [
    ['token-issue'],
    ['app', app.id],
    ...(ehr ? [['ehr', ehr.id] as const] : []),
  ]
  if (stops ? isAmongStops(stops, keys) : await isStopped(db(), keys))
    throw new OAuthError('temporarily_unavailable', 'Authorization is paused at the moment.')
  return draft
}

/**
 * `launch` is resolved or refused, never ignored, and never becomes a standalone request (SMART App Launch 2.2 L2): an
 * app that believes it shows the chart its portal showed must not show another. Only looked at here; the request spends
 * it.
 */
export async function resolveLaunch(draft: TrustedDraft): Promise<TrustedDraft> {
  const { app, ehr, scopes = [], now, prompt = [] } = draft
  const handle = draft.parameters.values.get('launch')
  const asksContext = scopes.includes('launch')
  if (handle === undefined) {
    if (asksContext)
      throw new OAuthError(
        'invalid_request',
        'The scope launch needs the parameter launch. Without a launch, ask for launch/patient.',
      )
    return draft
  }
  if (!asksContext)
    throw new OAuthError(
      'invalid_request',
      'The parameter launch needs the scope launch, asked for and registered.',
    )
  if (prompt.includes('none'))
    throw new OAuthError('interaction_required', 'A launch is always shown to the person.')
  const launch = ehr && (await findLaunch(handle, { appId: app.id, ehrId: ehr.id, now }))
  if (!launch) throw unknownLaunch()
  return { ...draft, launch }
}
