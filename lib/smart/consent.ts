import { findApp } from '@/lib/apps/apps'
import type { Language } from '@/lib/config/file'
import { db } from '@/lib/db/database'
import type { PatientRecord } from '@/lib/ehrs/patients'
import { issueFormToken } from '@/lib/http/form-token'
import { providerName } from '@/lib/identity/providers'
import type { PatientSession } from '@/lib/identity/session'
import { sessionLimits } from '@/lib/identity/session-limits'
import { portalOfProvider } from '@/lib/identity/vouched-session'
import { lookAgain } from '@/lib/journeys/recheck-link'
import type { LinkView } from '@/lib/linking/links'
import {
  type ChartChoice,
  chartOf,
  isInQuestion,
  listChoices,
  listClinicsElsewhere,
} from '@/lib/smart/chart-choices'
import { consentFormPurpose, formHolder } from '@/lib/smart/consent-form'
import { listItems } from '@/lib/smart/consent-items'
import { digestShown, digestShownSignIn } from '@/lib/smart/consent-shown'
import { type ConsentItemId, consentTree } from '@/lib/smart/consent-tree'
import {
  giveUp,
  type HeldRequest,
  type OpenRequest,
  openRequest,
  type RequestRefusal,
} from '@/lib/smart/open-request'
import { canStepUp } from '@/lib/smart/step-up'
import { addSeconds } from '@/lib/time/clock'

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
  /** Of those, the ones that begin unticked: the person left them so before proving to be there. */
  readonly unticked: readonly ConsentItemId[]
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
  const links = state.links.filter((link) => isInQuestion(state, link))
  const active = links.filter((link) => link.status === 'active')
  const [first] = active
  // the chart of a launch was linked when it was launched: without it there is nothing to link, but to clear up
  const isLost = links.length > 0 || state.request.launchId !== null
  if (!first) return isLost ? { step: 'on-hold', formToken } : { step: 'link', formToken }
  const picked =
    active.find((link) => link.id === state.request.linkId) ?? (active.length === 1 ? first : undefined)
  if (!picked) return chooseStep(state, active, now)
  const look = await lookAgain(picked, now)
  if (look.outcome === 'ehr-unreachable') return { step: 'unreachable' }
  if (look.outcome !== 'good') return { step: 'on-hold', formToken }
  if (!state.proof) return proveFirst(state, now)
  const provider = await nameOfSignIn(state.session)
  return {
    step: 'consent',
    view: describeView(state, picked, { ...options, provider, record: look.record }),
  }
}

async function chooseStep(open: OpenRequest, links: readonly LinkView[], now: Date): Promise<ConsentStep> {
  const formToken = issueFormToken(consentFormPurpose, formHolder(open), now)
  const choices = await listChoices(open, links, now)
  if (choices.length === 0) return { step: 'on-hold', formToken }
  const elsewhere = listClinicsElsewhere(open)
  return { step: 'choose', choices, app: open.app.name, clinic: open.ehr.name, elsewhere, formToken }
}

/** The app demands more than the session proves: the person proves it, or the app is told that they cannot. */
async function proveFirst(held: HeldRequest, now: Date): Promise<ConsentStep> {
  const isPossible = (await canStepUp(held, now)) || !(await giveUp(held, now))
  return { step: isPossible ? 'step-up' : 'leave' }
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
  const items = listItems(consentTree(request.scopes))
  return {
    app: { name, developer, website, logo, reviewed },
    chart: chartOf(open, link, record),
    provider,
    items,
    unticked: link.id === request.linkId ? items.filter((id) => request.untickedItems.includes(id)) : [],
    until: addSeconds(now, app.grantDays * 86_400),
    visitHours: sessionLimits.patient.absoluteSeconds / 3600,
    shown: digestShown(open, link, language),
    formToken: issueFormToken(consentFormPurpose, formHolder(open), now),
    language,
  }
}

/** How the person came in: a provider, or the portal that vouched. */
async function nameOfSignIn({ provider }: PatientSession): Promise<string> {
  const portal = portalOfProvider(provider)
  if (portal !== undefined) return (await findApp(db(), portal))?.name ?? portal
  return providerName(provider)
}
