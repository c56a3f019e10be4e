import { type Html, html } from '../html'
import { page } from '../page-shell'
import type { PortalChart } from './broker-client'
import { type PortalSettings, portalNames } from './portal-settings'

export type PortalNotice = 'not-linked' | 'unavailable' | 'no-code' | 'sign-in-failed'

const notices: Record<PortalNotice, string> = {
  'not-linked': 'Connect this chart first. Then you can open apps with it.',
  unavailable: 'That did not work just now. Please try again in a minute.',
  'no-code': 'We can not give a code for this chart. Please call the clinic.',
  'sign-in-failed': 'You were not signed in. Please try again.',
}

/** Nobody is signed in. */
export function welcomePage(notice: PortalNotice | undefined): Response {
  return portalPage(
    'Your clinic online',
    html`<h1>Your clinic online</h1>
<p class="lead">This is the patient portal of Harbor Clinic. Sign in to connect your chart and to open apps with it.</p>
${notice && noticeBox(notice)}
<p><a class="button main" href="/portal/sign-in">Sign in with Sunrise ID</a></p>`,
  )
}

export type PortalHome = {
  readonly name: string
  readonly charts: readonly PortalChart[]
  readonly formToken: string
  readonly notice: PortalNotice | undefined
  readonly settings: PortalSettings
}

/** The signed-in patient's page: connect a chart, open an app, see the account. */
export function portalHomePage({ name, charts, formToken, notice, settings }: PortalHome): Response {
  const account = `${settings.broker}/account?${new URLSearchParams(wayBack(settings))}`
  return portalPage(
    'Your charts',
    html`<h1>Hello, ${name}</h1>
<p class="lead">Connect a chart once. After that you can open apps with it from here.</p>
${notice && noticeBox(notice)}
${charts.map(
  (chart) => html`<section class="card chart" data-patient="${chart.patientId}">
<header><h2><bdi>${chart.name}</bdi></h2><p>${chart.relatedPersonId ? 'A chart you look after' : 'Your own chart'}</p></header>
<div class="order acts">
${actForm({ act: 'open', label: 'Open Lab Window', chart, formToken, main: true })}
${actForm({ act: 'connect', label: 'Connect this chart', chart, formToken, main: false })}
</div></section>`,
)}
${charts.length === 0 && html`<div class="card empty"><strong>You have no chart here.</strong>Call the clinic if you think you should.</div>`}
<p><a href="${account}">My account: charts, apps and sign-ins</a></p>`,
    signOutForm(name, formToken),
  )
}

/** A code, and the way to the page where it is entered. The code travels in the fragment, which no server sees. */
export function codePage(
  settings: PortalSettings,
  given: {
    readonly name: string
    readonly chart: PortalChart
    readonly code: string
    readonly formToken: string
  },
): Response {
  const { name, chart, code, formToken } = given
  const to = `/return?${new URLSearchParams(wayBack(settings))}`
  const address = `${settings.broker}/link?${new URLSearchParams({ to })}#code=${code}`
  return portalPage(
    'Your code',
    html`<h1>Your code for <bdi>${chart.name}</bdi></h1>
<p class="lead">On the next page you sign in, enter the birth date on the chart, and say yes. Then you come back here.</p>
<p class="code" data-testid="code">${code}</p>
<p class="acts"><a class="button main" href="${address}">Connect this chart</a> <a href="/portal">Not now</a></p>`,
    signOutForm(name, formToken),
  )
}

/** Leaves for the app: this page goes on by itself and shows a button, for a form may not end elsewhere. */
export function leavePage(address: string): Response {
  return page({
    title: 'Opening Lab Window',
    here: 'portal',
    goTo: address,
    main: html`<h1>Opening Lab Window</h1><p class="lead">If nothing happens, use the button.</p>
<p><a class="button main" href="${address}" rel="noreferrer">Open Lab Window</a></p>`,
  })
}

function portalPage(title: string, main: Html, who?: Html): Response {
  return page({ title, here: 'portal', main, who })
}

function noticeBox(notice: PortalNotice): Html {
  return html`<p class="notice problem" role="alert">${notices[notice]}</p>`
}

function actForm(form: {
  readonly act: 'open' | 'connect'
  readonly label: string
  readonly chart: PortalChart
  readonly formToken: string
  readonly main: boolean
}): Html {
  return html`<form method="post" action="/portal/${form.act}"><input type="hidden" name="form_token" value="${form.formToken}"><input type="hidden" name="patient" value="${form.chart.patientId}"><button type="submit" class="${form.main ? 'main' : ''}">${form.label}<span class="hidden"> with <bdi>${form.chart.name}</bdi></span></button></form>`
}

function signOutForm(name: string, formToken: string): Html {
  return html`<form method="post" action="/portal/sign-out" class="who"><strong><bdi>${name}</bdi></strong><input type="hidden" name="form_token" value="${formToken}"><button type="submit" class="link">Sign out</button></form>`
}

/** What the broker is told of the way back: the portal and an address it registered. */
function wayBack({ publicUrl }: PortalSettings): Record<string, string> {
  return { portal: portalNames.brokerClient, to: `${publicUrl}/portal` }
}
