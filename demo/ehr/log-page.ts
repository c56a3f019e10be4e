import type { AccessEntry } from './access-log'
import { html } from './html'
import { page } from './page-shell'

/** The latest accesses, newest first: who, through which app, for what, and what came of it. */
export function logPage(entries: readonly AccessEntry[]): Response {
  const rows = entries.map(
    (one) => html`<tr>
<td data-label="Time">${one.time.slice(0, 19).replace('T', ' ')}</td>
<td class="mono" data-label="Person"><span>${one.fhirUser ?? (one.sub ? 'no chart' : 'not verified')}${one.sub !== undefined && html`<br>${one.sub}`}</span></td>
<td data-label="App">${one.app ?? 'none'}</td>
<td data-label="Purpose">${one.purpose ?? 'none'}</td>
<td data-label="Request">${one.interaction} ${one.type}</td>
<td data-label="Outcome"><span><span class="chip ${one.status < 400 ? 'ok' : 'held'}">${one.status}</span> ${one.outcome}</span></td>
<td data-label="Rows">${one.rows ?? 0}${one.withheld ? ` (${one.withheld} kept back)` : ''}</td>
<td class="mono" data-label="Request id">${one.requestId}</td>
</tr>`,
  )
  return page({
    title: 'Access log',
    here: 'log',
    main: html`<h1>Access log</h1>
<p class="lead">The latest 200 requests to the FHIR interface, as this EHR saw them: the person, the app and the purpose come from the gateway’s signed token.</p>
${
  rows.length > 0
    ? html`<div class="table" role="region" aria-label="Accesses" tabindex="0"><table><thead><tr><th scope="col">Time (UTC)</th><th scope="col">Person</th><th scope="col">App</th><th scope="col">Purpose</th><th scope="col">Request</th><th scope="col">Outcome</th><th scope="col">Rows</th><th scope="col">Request id</th></tr></thead><tbody>${rows}</tbody></table></div>`
    : html`<div class="card empty"><strong>Nobody has asked yet.</strong>Every request to the FHIR interface is listed here.</div>`
}`,
  })
}
