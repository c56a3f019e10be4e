import { findApp } from '@/lib/apps/apps'
import { config } from '@/lib/config/config'
import type { Language } from '@/lib/config/file'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { findEhr } from '@/lib/ehrs/ehrs'
import { displayName, type PatientRecord } from '@/lib/ehrs/patients'
import { issueFormToken } from '@/lib/http/form-token'
import type { PatientSession } from '@/lib/identity/session'
import { sessionLimits } from '@/lib/identity/session-limits'
import { portalOfProvider } from '@/lib/identity/vouched-session'
import { recheckLink } from '@/lib/journeys/recheck-link'
import { messagesOf } from '@/lib/language/translate'
import { type LinkView, listLinks } from '@/lib/linking/links'
import { consentFormPurpose, formHolder } from '@/lib/smart/consent-form'
import { type ConsentItemId, consentTree, listItems } from '@/lib/smart/consent-items'
import {
  giveUp,
  type HeldRequest,
  type OpenRequest,
  openRequest,
  type RequestRefusal,
} from '@/lib/smart/open-request'
import { canStepUp } from '@/lib/smart/step-up'
import { addSeconds } from '@/lib/time/clock'

/** A chart that can be chosen. The name is the EHR's and shown as text. */
export type ChartChoice = {
  readonly linkId: string
  readonly clinic: string
  readonly relationship: LinkView['relationship']
  readonly name?: string
  readonly birthYear?: string
}

/** Everything the consent page shows, and what its form sends back. */
export type ConsentView = {
  readonly app: {
    readonly name: string
    readonly developer: string
    readonly website?: string | undefined
    readonly logo?: string | undefined
    readonly reviewed: boolean
  }
  readonly chart: ChartChoice
  /** Name of the provider the person signed in with. */
  readonly provider: string
  readonly items: readonly ConsentItemId[]
  /** The last day of a grant with access while away. */
  readonly until: Date
  /** The longest a visit lasts, and with it a grant with access for the visit. */
  readonly visitHours: number
  /** Digest of what is shown: the answer counts for that and nothing else. */
  readonly shown: string
  readonly formToken: string
  readonly language: Language
}

/** What the page shows that asks only whether an app may know who signed in. */
export type SignInView = Pick<ConsentView, 'app' | 'provider' | 'until' | 'shown' | 'formToken' | 'language'>

/** What the person has to do next. The web plane turns each into a page or a redirect. */
export type ConsentStep =
  | {
      readonly step: 'sign-in'
      readonly fresh?: number
      readonly provider?: string
      readonly isStrong?: true
    }
  | { readonly step: 'link'; readonly formToken: string }
  | {
      readonly step: 'choose'
      readonly choices: readonly ChartChoice[]
      readonly app: string
      /** The clinic the app asked for. */
      readonly clinic: string
      /** Other clinics where the person has charts: not in question here. */
      readonly elsewhere: readonly string[]
      readonly formToken: string
    }
  | { readonly step: 'consent'; readonly view: ConsentView }
  | { readonly step: 'step-up' }
  | { readonly step: 'consent-sign-in'; readonly view: SignInView }
  | { readonly step: 'on-hold'; readonly formToken: string }
  | { readonly step: 'unreachable' }
  | { readonly step: 'leave' }
  | { readonly step: 'refused'; readonly reason: RequestRefusal }

/**
 * Seconds a grant lasts. While away: as long as the app may keep it. During the visit: until it must end at the latest,
 * and every refresh looks whether it has (spec S17). Neither: one access token.
 */
export function grantSeconds(scopes: readonly string[], grantDays: number): number {
  if (scopes.includes('offline_access')) return grantDays * 86_400
  return scopes.includes('online_access') ? sessionLimits.patient.absoluteSeconds : 900 + 60
}

/**
 * Says what is next for a request in this browser: sign in, link a chart, choose one, consent, leave. The chart's name
 * and the EHR's view of the person are read now. Nothing is granted here.
 */
export async function describeConsent(
  requestId: string,
  cookieHeader: string | null,
  options: { readonly now: Date; readonly language: Language },
): Promise<ConsentStep> {
  const { now } = options
  const state = await openRequest(requestId, cookieHeader, now)
  if (state.outcome === 'sign-in') {
    const { outcome: step, ...demand } = state
    return { step, ...demand }
  }
  if (state.outcome === 'leave') return { step: 'leave' }
  if (state.outcome === 'refused') return { step: 'refused', reason: state.reason }
  if (state.outcome === 'open-sign-in')
    return state.proof
      ? { step: 'consent-sign-in', view: await describeSignIn(state, options) }
      : proveFirst(state, now)
  const formToken = issueFormToken(consentFormPurpose, formHolder(state), now)
  const all = await listLinks(state.session.accountId)
  const links = all.filter((link) => isInQuestion(state, link))
  const active = links.filter((link) => link.status === 'active')
  const [first] = active
  // the chart of a launch was linked when it was launched: without it there is nothing to link, but to clear up
  const isLost = links.length > 0 || state.request.launchId !== null
  if (!first) return isLost ? { step: 'on-hold', formToken } : { step: 'link', formToken }
  const picked =
    active.find((link) => link.id === state.request.linkId) ?? (active.length === 1 ? first : undefined)
  if (!picked) return chooseStep(state, active, { now, formToken, elsewhere: clinicsElsewhere(state, all) })
  const check = await recheckLink(picked.id, now)
  if (check.outcome === 'ehr-unreachable') return { step: 'unreachable' }
  if (check.outcome !== 'good') return { step: 'on-hold', formToken }
  if (!state.proof) return proveFirst(state, now)
  const provider = await nameOfSignIn(state.session)
  return {
    step: 'consent',
    view: describeView(state, picked, { ...options, provider, record: check.record }),
  }
}

/** Whether a chart may be given to this request: one of the EHR it names and, after a launch, the launch's alone. */
export function isInQuestion({ request, ehr }: OpenRequest, link: LinkView): boolean {
  return link.ehrId === ehr.id && (request.launchId === null || link.id === request.linkId)
}

/** The app demands more than the session proves: the person proves it, or the app is told that they cannot. */
async function proveFirst(held: HeldRequest, now: Date): Promise<ConsentStep> {
  const isPossible = (await canStepUp(held, now)) || !(await giveUp(held, now))
  return { step: isPossible ? 'step-up' : 'leave' }
}

/** Version of the words of the consent page in a language: kept with every grant. */
export function consentTextVersion(language: Language): string {
  return digestOf(messagesOf(language).consent).slice(0, 16)
}

/** Digest of everything a consent page shows that a grant would rest on. */
export function digestShown(open: OpenRequest, link: LinkView, language: Language): string {
  const { request, app, ehr, session } = open
  return digestOf({
    request: request.id,
    account: session.accountId,
    app: [app.id, app.name, app.developer, app.reviewed, app.grantDays],
    redirectUri: request.redirectUri,
    chart: [ehr.id, link.id, link.patientId],
    scopes: request.scopes,
    text: [language, consentTextVersion(language)],
  })
}

/** The same of the page that asks only whether an app may know who signed in. */
export function signInTextVersion(language: Language): string {
  return digestOf(messagesOf(language).consentSignIn).slice(0, 16)
}

/** Digest of everything the page shows that asks only who the person is. */
export function digestShownSignIn({ request, app, session }: HeldRequest, language: Language): string {
  return digestOf({
    request: request.id,
    account: session.accountId,
    app: [app.id, app.name, app.developer, app.reviewed, app.grantDays],
    redirectUri: request.redirectUri,
    scopes: request.scopes,
    text: [language, signInTextVersion(language)],
  })
}

async function describeSignIn(
  held: HeldRequest,
  { now, language }: { readonly now: Date; readonly language: Language },
): Promise<SignInView> {
  const { app, session } = held
  const { name, developer, website, logo, reviewed } = app
  return {
    app: { name, developer, website, logo, reviewed },
    provider: await nameOfSignIn(session),
    until: addSeconds(now, app.grantDays * 86_400),
    shown: digestShownSignIn(held, language),
    formToken: issueFormToken(consentFormPurpose, formHolder(held), now),
    language,
  }
}

function describeView(
  open: OpenRequest,
  link: LinkView,
  options: {
    readonly now: Date
    readonly language: Language
    readonly record: PatientRecord
    readonly provider: string
  },
): ConsentView {
  const { request, app } = open
  const { now, language, record, provider } = options
  const { name, developer, website, logo, reviewed } = app
  return {
    app: { name, developer, website, logo, reviewed },
    chart: chartOf(open, link, record),
    provider,
    items: listItems(consentTree(request.scopes)),
    until: addSeconds(now, app.grantDays * 86_400),
    visitHours: sessionLimits.patient.absoluteSeconds / 3600,
    shown: digestShown(open, link, language),
    formToken: issueFormToken(consentFormPurpose, formHolder(open), now),
    language,
  }
}

async function chooseStep(
  open: OpenRequest,
  links: readonly LinkView[],
  options: { readonly now: Date; readonly formToken: string; readonly elsewhere: readonly string[] },
): Promise<ConsentStep> {
  const looked = await Promise.all(
    links.map(async (link) => {
      const check = await recheckLink(link.id, options.now)
      if (check.outcome === 'good') return chartOf(open, link, check.record)
      return check.outcome === 'ehr-unreachable' ? chartOf(open, link, undefined) : undefined
    }),
  )
  const choices = looked.filter((choice) => choice !== undefined)
  if (choices.length === 0) return { step: 'on-hold', formToken: options.formToken }
  const { formToken, elsewhere } = options
  return { step: 'choose', choices, app: open.app.name, clinic: open.ehr.name, elsewhere, formToken }
}

/** Names of the other clinics where an account has live charts. */
function clinicsElsewhere(open: OpenRequest, links: readonly LinkView[]): readonly string[] {
  const others = links.filter((link) => link.status === 'active' && link.ehrId !== open.ehr.id)
  const names = others.map((link) => findEhr(link.ehrId)?.name).filter((name) => name !== undefined)
  return [...new Set(names)]
}

/** How the person came in: a provider, or the portal that vouched. */
async function nameOfSignIn({ provider }: PatientSession): Promise<string> {
  const portal = portalOfProvider(provider)
  if (portal !== undefined) return (await findApp(db(), portal))?.name ?? portal
  return config().providers.find((one) => one.id === provider)?.name ?? provider
}

function chartOf(open: OpenRequest, link: LinkView, record: PatientRecord | undefined): ChartChoice {
  const name = record && displayName(record)
  const birthYear = record?.birthDate?.slice(0, 4)
  return {
    linkId: link.id,
    clinic: open.ehr.name,
    relationship: link.relationship,
    ...(name ? { name } : {}),
    ...(birthYear ? { birthYear } : {}),
  }
}

function digestOf(value: unknown): string {
  return Buffer.from(sha256(JSON.stringify(value))).toString('base64url')
}
