import { dateText } from './dates'
import { bdi, el } from './elements'
import type { ResultRow } from './results'

const columns = ['Test', 'Result', 'Usual range', 'Date', 'Status'] as const

/** A table on a wide screen, cards on a narrow one; roles are written out, for `display` takes them away. */
export function resultsTable(rows: readonly ResultRow[]): HTMLElement {
  const head = columns.map((name) => el('th', { scope: 'col', role: 'columnheader' }, name))
  return el(
    'table',
    { class: 'results', role: 'table', 'aria-label': 'Lab results' },
    el('thead', { role: 'rowgroup' }, el('tr', { role: 'row' }, ...head)),
    el('tbody', { role: 'rowgroup' }, ...rows.map(resultRow)),
  )
}

function resultRow(row: ResultRow): HTMLElement {
  const value = el('span', { class: 'value' }, bdi(row.value, 'result-value'))
  if (row.unit) value.append(' ', el('span', { class: 'unit' }, bdi(row.unit, 'result-unit')))
  const flag = row.flag ? [el('span', { class: 'flag', 'data-testid': 'result-flag' }, row.flag)] : []
  return el(
    'tr',
    { role: 'row', 'data-testid': 'result-row', 'data-id': row.id },
    el('th', { scope: 'row', role: 'rowheader' }, bdi(row.name, 'result-name')),
    cell('Result', value, ...flag),
    cell('Usual range', bdi(row.range || '–', 'result-range')),
    cell(
      'Date',
      el('time', { datetime: row.date, 'data-testid': 'result-date' }, dateText(row.date) || 'No date'),
    ),
    cell('Status', el('span', { class: 'status', 'data-testid': 'result-status' }, row.status)),
  )
}

function cell(label: string, ...children: readonly Node[]): HTMLElement {
  return el('td', { role: 'cell', 'data-label': label }, el('div', {}, ...children))
}
