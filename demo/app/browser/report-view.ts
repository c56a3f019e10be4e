import type { Attachment, DiagnosticReport } from 'fhir/r4'
import { dateText } from './dates'
import { bdi, el } from './elements'
import { textOf, wordForStatus } from './results'

/** One report. Its narrative (HTML) is never shown: the coded parts say the same, and text cannot run. */
export function reportCard(report: DiagnosticReport): HTMLElement {
  const date = report.effectiveDateTime ?? report.effectivePeriod?.start ?? report.issued ?? ''
  const card = el(
    'li',
    { class: 'card', 'data-testid': 'report-row', 'data-id': report.id ?? '' },
    el('h3', {}, bdi(textOf(report.code) || 'Unnamed report', 'report-name')),
    el('p', { class: 'soft' }, [dateText(date), wordForStatus(report.status)].filter(Boolean).join(' · ')),
  )
  if (report.conclusion) card.append(el('p', { class: 'conclusion' }, bdi(report.conclusion)))
  for (const form of report.presentedForm ?? []) card.append(attachment(form))
  return card
}

/** Only a PDF that came with the report is offered, as a download; anything else is named and left alone. */
function attachment({ contentType, data, title }: Attachment): HTMLElement {
  const name = title ?? 'Document'
  if (contentType !== 'application/pdf' || data === undefined) {
    return el('p', { class: 'soft' }, bdi(name), ' is kept at the clinic.')
  }
  const button = el(
    'button',
    { type: 'button', class: 'secondary', 'data-testid': 'report-document' },
    el('span', {}, 'Download ', bdi(name)),
  )
  button.addEventListener('click', () => {
    const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))
    const url = URL.createObjectURL(new Blob([bytes], { type: 'application/pdf' }))
    const link = el('a', { href: url, download: 'report.pdf' })
    link.click()
    setTimeout(() => URL.revokeObjectURL(url), 10_000)
  })
  return button
}
