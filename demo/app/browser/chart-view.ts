import type { DiagnosticReport, Observation, Patient } from 'fhir/r4'
import type { Connection, Read } from './connection'
import { dateText, timeText } from './dates'
import { bdi, el } from './elements'
import { problemBox } from './problem-box'
import type { Problem } from './problems'
import { otherParts, type PartEntry } from './record-parts'
import { reportCard } from './report-view'
import { resultsTable } from './result-view'
import { nameText, sortNewestFirst, toResultRow } from './results'
import { scopeWords } from './scopes'

export type ChartPlaces = {
  readonly content: HTMLElement
  readonly account: HTMLElement
  readonly onSignedOut: (wasTold: boolean) => void
}

/** The whole page of a connected person: who, results, reports, the rest, and what was shared. */
export async function renderChart(connection: Connection, places: ChartPlaces): Promise<void> {
  const { content, account, onSignedOut } = places
  const redraw = (): Promise<void> => renderChart(connection, places)
  content.setAttribute('aria-busy', 'true')
  const [patient, results, reports] = await Promise.all([
    readPatient(connection),
    searchChart<Observation>(connection, 'Observation?category=laboratory&_sort=-date&_count=50'),
    searchChart<DiagnosticReport>(connection, 'DiagnosticReport?_sort=-date&_count=50'),
  ])
  const problem = problemOfAll([patient, results, reports])
  if (problem) {
    content.removeAttribute('aria-busy')
    account.replaceChildren(...(isOver(problem) ? [] : [signOutButton(connection, onSignedOut)]))
    content.replaceChildren(problemBox(problem, { heading: 'h1', onAgain: redraw }))
    return
  }
  const parts = await renderOtherParts(connection)
  content.removeAttribute('aria-busy')
  account.replaceChildren(signOutButton(connection, onSignedOut))
  content.replaceChildren(
    whoCard(connection, patient),
    section('Lab results', resultsPart(results, redraw), toolbar(connection, redraw, content)),
    section(
      'Reports',
      listPart(reports, redraw, 'No reports are here to see yet.', (found) =>
        el('ul', { class: 'plain' }, ...found.map(reportCard)),
      ),
    ),
    section('Also in your record', el('div', { class: 'parts' }, ...parts)),
    section('What you shared', sharedPart(connection)),
  )
}

/** The one problem that speaks for the whole page: access is over, or every part failed alike. */
function problemOfAll(reads: readonly Read<unknown>[]): Problem | undefined {
  const problems = reads.map((read) => (read.outcome === 'problem' ? read.problem : undefined))
  const [first] = problems
  return (
    problems.find((problem) => problem && isOver(problem)) ??
    (problems.every((problem) => problem === first) ? first : undefined)
  )
}

function isOver(problem: Problem): boolean {
  return problem === 'access-ended' || problem === 'wrong-id-token'
}

function readPatient(connection: Connection): Promise<Read<Patient>> {
  return connection.patientId === null
    ? Promise.resolve({ outcome: 'problem', problem: 'not-shared' })
    : connection.read<Patient>(`Patient/${encodeURIComponent(connection.patientId)}`)
}

function searchChart<Body extends Observation | DiagnosticReport>(connection: Connection, path: string) {
  return connection.search<Body>(`${path}&patient=${encodeURIComponent(connection.patientId ?? '')}`)
}

function whoCard(connection: Connection, patient: Read<Patient>): HTMLElement {
  const name = patient.outcome === 'ok' ? nameText(patient.body.name) : ''
  const isSelf = connection.fhirUser === `Patient/${connection.patientId}`
  const born = patient.outcome === 'ok' ? (patient.body.birthDate ?? '') : ''
  return el(
    'section',
    { class: 'who' },
    el(
      'p',
      { class: 'eyebrow', 'data-testid': 'signed-in-as', 'data-fhir-user': connection.fhirUser ?? '' },
      isSelf ? 'You are looking at your own record' : 'You are looking at the record of somebody you act for',
    ),
    el('h1', {}, name ? bdi(name, 'patient-name') : 'Your record'),
    el('p', { class: 'soft' }, born ? `Born ${dateText(born)}` : ''),
  )
}

function toolbar(connection: Connection, redraw: () => Promise<void>, content: HTMLElement): HTMLElement {
  const said = el(
    'p',
    { class: 'soft said', role: 'status', 'data-testid': 'access-until' },
    untilText(connection),
  )
  const refresh = button('Refresh', 'refresh', async () => {
    said.textContent = 'Fetching the latest results…'
    await redraw()
    content.querySelector<HTMLElement>('[data-testid="refresh"]')?.focus()
  })
  const renew = button('Renew access', 'renew', async () => {
    said.textContent = 'Asking the clinic…'
    const problem = await connection.renew()
    if (problem) content.prepend(problemBox(problem, { onAgain: redraw }))
    said.textContent = problem ? '' : `Renewed. ${untilText(connection)}`
  })
  return el('div', { class: 'toolbar' }, said, ...(connection.canRenew() ? [renew] : []), refresh)
}

function untilText(connection: Connection): string {
  const until = connection.expiresAt()
  if (!until) return ''
  return connection.canRenew()
    ? `This pass lasts until ${timeText(until)} and renews itself`
    : `Access ends at ${timeText(until)}`
}

function button(label: string, testId: string, act: () => Promise<void>): HTMLElement {
  const made = el('button', { type: 'button', class: 'secondary', 'data-testid': testId }, label)
  made.addEventListener('click', () => {
    made.setAttribute('disabled', '')
    void act().finally(() => made.removeAttribute('disabled'))
  })
  return made
}

function signOutButton(connection: Connection, onSignedOut: (wasTold: boolean) => void): HTMLElement {
  return button('Sign out', 'sign-out', async () => onSignedOut(await connection.signOut()))
}

function resultsPart(results: Read<readonly Observation[]>, redraw: () => Promise<void>): HTMLElement {
  return listPart(
    results,
    redraw,
    'No results are here to see yet. New ones appear when your clinic releases them.',
    (found) => resultsTable(sortNewestFirst(found.map(toResultRow))),
  )
}

function listPart<Item>(
  read: Read<readonly Item[]>,
  redraw: () => Promise<void>,
  empty: string,
  draw: (items: readonly Item[]) => HTMLElement,
): HTMLElement {
  if (read.outcome === 'problem') return problemBox(read.problem, { heading: 'h3', onAgain: redraw })
  return read.body.length === 0 ? el('p', { class: 'empty', 'data-testid': 'empty' }, empty) : draw(read.body)
}

async function renderOtherParts(connection: Connection): Promise<HTMLElement[]> {
  return Promise.all(otherParts.map(async (part) => partCard(part.title, await part.list(connection))))
}

function partCard(title: string, read: Read<readonly PartEntry[]>): HTMLElement {
  const body =
    read.outcome === 'problem'
      ? el(
          'p',
          { class: 'soft', 'data-problem': read.problem },
          read.problem === 'not-shared' ? 'You did not share this.' : 'This could not be fetched now.',
        )
      : read.body.length === 0
        ? el('p', { class: 'soft' }, 'Nothing is recorded.')
        : el(
            'ul',
            { class: 'plain' },
            ...read.body.map((entry) =>
              el(
                'li',
                {},
                bdi(entry.text),
                el('span', { class: 'soft' }, entry.date ? ` ${dateText(entry.date)}` : ''),
              ),
            ),
          )
  return el('section', { class: 'card', 'data-testid': 'part' }, el('h3', {}, title), body)
}

function sharedPart(connection: Connection): HTMLElement {
  const items = connection
    .grantedScopes()
    .map((scope) => el('li', { 'data-testid': 'granted-scope', 'data-scope': scope }, scopeWords(scope)))
  return el(
    'div',
    {},
    el('ul', { class: 'chips' }, ...items),
    el('p', { class: 'soft' }, 'You can end this at any time in “My account” at your clinic.'),
  )
}

function section(title: string, body: HTMLElement, tools?: HTMLElement): HTMLElement {
  return el(
    'section',
    { class: 'block' },
    el('div', { class: 'block-head' }, el('h2', {}, title), ...(tools ? [tools] : [])),
    body,
  )
}
