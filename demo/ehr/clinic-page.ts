import { type Clinician, clinicians } from '../people'
import { type Html, html } from './html'
import { page } from './page-shell'
import { isHeld, releasableStatuses } from './release'
import { type ResultResource, referenceTo } from './seed/resources'
import type { WorklistOrder, WorklistPatient, WorklistView } from './worklist'

export type ClinicNotice = 'released' | 'held' | 'nothing-ticked' | 'not-final'

const notices: Record<ClinicNotice, { readonly text: string; readonly isProblem: boolean }> = {
  released: { text: 'Released. The patient can see it from now on.', isProblem: false },
  held: { text: 'Held. The patient does not see it until it is released.', isProblem: false },
  'nothing-ticked': { text: 'Nothing was ticked, so nothing was changed.', isProblem: true },
  'not-final': { text: 'A preliminary result cannot be released. Wait for the final one.', isProblem: true },
}

const views: readonly { view: WorklistView; label: string; heading: string; lead: string; empty: string }[] =
  [
    {
      view: 'waiting',
      label: 'Waiting',
      heading: 'Waiting for release',
      lead: 'Final results that nobody has released. Patients and their apps do not see them yet.',
      empty: 'Nothing waits for release.',
    },
    {
      view: 'held',
      label: 'Held',
      heading: 'Held by a clinician',
      lead: 'Results a clinician decided to hold. They stay hidden until somebody releases them.',
      empty: 'Nothing is held.',
    },
    {
      view: 'released',
      label: 'Released',
      heading: 'Lately released',
      lead: 'What was released lately, by whom and when.',
      empty: 'Nothing has been released.',
    },
  ]

/** First visit: which clinician are you? A demonstration has no sign-in of its own here. */
export function choosePage(formToken: string): Response {
  return page({
    title: 'Choose a clinician',
    here: 'clinic',
    main: html`<h1>Who are you today?</h1>
<p class="lead">This is a demonstration: choose a clinician. Releases are signed with that name.</p>
<div class="choices">${clinicians.map(
      ({ id, name, title }) => html`<form method="post" action="/clinic/clinician">
<input type="hidden" name="form_token" value="${formToken}"><input type="hidden" name="clinician" value="${id}">
<button type="submit"><b>${name}</b><span>${title}</span></button></form>`,
    )}</div>`,
  })
}

export type ClinicView = {
  readonly view: WorklistView
  readonly clinician: Clinician
  readonly formToken: string
  readonly patients: readonly WorklistPatient[]
  readonly notice: ClinicNotice | undefined
}

export function clinicPage(shown: ClinicView): Response {
  const { clinician, formToken, patients, notice } = shown
  const chosen = views.find((one) => one.view === shown.view) ?? views[0]
  return page({
    title: chosen?.heading ?? '',
    here: 'clinic',
    who: html`<form class="who" method="post" action="/clinic/clinician"><span>You are <strong>${clinician.name}</strong></span>
<input type="hidden" name="form_token" value="${formToken}"><input type="hidden" name="clinician" value="">
<button class="link" type="submit">Change</button></form>`,
    main: html`${notice && noticeBox(notice)}
<h1>${chosen?.heading}</h1>
<p class="lead">${chosen?.lead}</p>
<ul class="tabs">${views.map(
      ({ view, label }) =>
        html`<li><a href="/clinic?show=${view}" ${view === shown.view ? html`aria-current="page"` : ''}>${label}</a></li>`,
    )}</ul>
${
  patients.length > 0
    ? listGroups(shown)
    : html`<div class="card empty"><strong>${chosen?.empty}</strong>New results appear here when the laboratory has finished.</div>`
}`,
  })
}

export function outdatedPage(): Response {
  return page({
    title: 'Page out of date',
    here: 'clinic',
    status: 403,
    main: html`<h1>This page is out of date</h1>
<p class="lead">Nothing was changed. The form was older than your visit, or you changed the clinician in another tab.</p>
<p><a href="/clinic">Open the list again</a></p>`,
  })
}

function noticeBox(notice: ClinicNotice): Html {
  const { text, isProblem } = notices[notice]
  return html`<p class="notice ${isProblem ? 'problem' : ''}" role="status">${text}</p>`
}

/** What this clinician ordered comes first: it is hers to release. */
function listGroups(shown: ClinicView): Html[] {
  const isOwn = (order: WorklistOrder): boolean => order.ordererId === shown.clinician.id
  const groups = [
    { heading: 'Ordered by you', isMember: isOwn },
    { heading: 'Ordered by colleagues', isMember: (order: WorklistOrder) => !isOwn(order) },
  ]
  return groups.flatMap(({ heading, isMember }) => {
    const patients = shown.patients
      .map((patient) => ({ ...patient, orders: patient.orders.filter(isMember) }))
      .filter(({ orders }) => orders.length > 0)
    return patients.length === 0
      ? []
      : [html`<h2 class="group">${heading}</h2>${patients.map((patient) => patientCard(patient, shown))}`]
  })
}

const openOrders = 3

function patientCard(patient: WorklistPatient, shown: ClinicView): Html {
  const card = (order: WorklistOrder): Html => orderForm(order, patient, shown)
  const later = patient.orders.slice(openOrders)
  return html`<section class="card" data-patient="${patient.patientId}">
<header><h3><bdi>${patient.name}</bdi></h3><p>born ${patient.birthDate} · ${patient.mrn}</p></header>
${patient.orders.slice(0, openOrders).map(card)}
${later.length > 0 && html`<details><summary>${later.length} older ${later.length === 1 ? 'order' : 'orders'}</summary>${later.map(card)}</details>`}
</section>`
}

function orderForm(
  order: WorklistOrder,
  patient: WorklistPatient,
  { view, clinician, formToken }: ClinicView,
): Html {
  const isOrderer = order.ordererId === clinician.id
  const canRelease =
    view !== 'released' && order.results.some((one) => releasableStatuses.includes(one.status))
  return html`<form class="order" method="post" action="/clinic/decision" data-order="${order.order}">
<input type="hidden" name="form_token" value="${formToken}"><input type="hidden" name="show" value="${view}">
<div class="order-head"><h4><bdi>${order.title}</bdi></h4><p>collected ${order.date}</p><p>ordered by ${isOrderer ? 'you' : order.orderedBy}</p>
${order.release && view === 'released' && html`<p>released by ${order.release.by}, ${order.release.at.slice(0, 10)}</p>`}</div>
<ul class="results">${order.results.map((result) => resultRow(result, `${patient.name}: `))}</ul>
<div class="acts">
${canRelease && html`<button class="main" type="submit" name="act" value="release">Release</button>`}
${view !== 'held' && html`<button type="submit" name="act" value="hold">Hold</button>`}
${!canRelease && view !== 'released' && html`<p>Preliminary: it can be released when it is final.</p>`}
${canRelease && !isOrderer && html`<p>You did not order this: the release will name you, not ${order.orderedBy}.</p>`}
</div></form>`
}

function resultRow(result: ResultResource, context: string): Html {
  const name = result.code.text ?? 'Result'
  const isReport = result.resourceType === 'DiagnosticReport'
  const flag = isReport ? undefined : result.interpretation?.[0]?.coding?.[0]
  const flagClass = flag?.code === 'H' ? 'high' : flag?.code === 'L' ? 'low' : 'ok'
  return html`<li><label><input type="checkbox" name="result" value="${referenceTo(result)}" checked aria-label="${context}${name}"><span>${name}${isReport && ' (report)'}</span></label>
<span class="value"><bdi>${valueText(result)}</bdi></span><span class="range">${rangeText(result)}</span>
<span class="chips">${flag && html`<span class="chip ${flagClass}">${flag.display}</span>`}${result.status !== 'final' && html`<span class="chip">${result.status}</span>`}${isHeld(result) && html`<span class="chip held">held</span>`}</span></li>`
}

function valueText(result: ResultResource): string {
  if (result.resourceType === 'DiagnosticReport') return result.presentedForm ? 'PDF' : 'Report'
  const quantity = result.valueQuantity
  if (quantity) return `${quantity.value ?? ''} ${quantity.unit ?? ''}`
  return result.valueCodeableConcept?.text ?? (result.hasMember ? 'Panel' : '')
}

function rangeText(result: ResultResource): string {
  if (result.resourceType === 'DiagnosticReport') return ''
  const range = result.referenceRange?.[0]
  if (range?.low && range.high) return `${range.low.value} to ${range.high.value}`
  if (range?.low) return `above ${range.low.value}`
  return range?.high ? `below ${range.high.value}` : ''
}
