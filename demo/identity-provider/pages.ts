import { html, raw } from 'hono/html'
import type { Account } from './accounts'
import type { IssuerEntry } from './issuers'

/** Escaped HTML; `toString()` is what is sent. */
export type Page = { toString(): string }
type Part = ReturnType<typeof html>

export type ActionUrl = (step?: string) => string

export type Choice = {
  readonly cast: readonly Account[]
  /** Who is signed in here already, when the broker asked for the choice. */
  readonly current: Account | undefined
  readonly userName: string
  readonly refused: boolean
  readonly action: ActionUrl
}

/** First step: who are you? Every person of the cast is one button; anybody else types a name. */
export function choicePage(entry: IssuerEntry, choice: Choice): Page {
  const { action, cast, current } = choice
  return shell(
    entry,
    'Choose an account',
    html`
      <h1>Choose an account</h1>
      <p class="lead">to continue to <strong>Harbor Clinic</strong></p>
      ${current ? continueForm(current, action) : ''}
      ${choice.refused ? refusal() : ''}
      <form method="post" action="${action('choose')}">
        <ul class="people">${cast.map(personRow)}</ul>
      </form>
      <form method="post" action="${action('choose')}" class="other">
        <label for="username">Somebody else</label>
        <p id="username-hint" class="hint">Any user name opens an account that no clinic knows yet.</p>
        <div class="field">
          <input id="username" name="username" value="${choice.userName}" required maxlength="40" autocomplete="username"
            autocapitalize="none" spellcheck="false" aria-describedby="username-hint${choice.refused ? ' username-problem' : ''}"
            ${choice.refused ? raw('aria-invalid="true"') : ''}>
          <button class="secondary">Continue</button>
        </div>
      </form>
      <form method="post" action="${action('cancel')}" class="quiet"><button class="link">Cancel and go back</button></form>`,
  )
}

function personRow(account: Account): Part {
  return html`<li>
    <button class="person" name="person" value="${account.userName}">
      <span class="avatar" aria-hidden="true">${initials(account.name)}</span>
      <span class="who"><bdi class="name">${account.name}</bdi><span class="note">${account.note}</span></span>
      <span class="arrow" aria-hidden="true">${chevron}</span>
    </button>
  </li>`
}

function continueForm(account: Account, action: ActionUrl): Part {
  return html`<form method="post" action="${action('continue')}" class="current">
    <button class="primary wide">Continue as <bdi>${account.name}</bdi></button>
    <p class="divider"><span>or use another account</span></p>
  </form>`
}

function refusal(): Part {
  return html`<p id="username-problem" class="notice" role="alert">
    A user name has up to 40 small letters, digits, dots, dashes or underscores.
  </p>`
}

/** Second step of the workforce: the phone says yes. */
export function secondStepPage(entry: IssuerEntry, account: Account, action: ActionUrl): Page {
  return shell(
    entry,
    'Approve on your phone',
    html`
      <p class="step">Step 2 of 2</p>
      <h1>Approve on your phone</h1>
      <p class="lead">Signing in as <strong><bdi>${account.name}</bdi></strong>. In real life your phone would ask you now.</p>
      <div class="phone" aria-hidden="true">${phone}</div>
      <form method="post" action="${action('approve')}"><button class="primary wide">Approve on my phone</button></form>
      <form method="post" action="${action('skip')}" class="quiet">
        <button class="link">Sign in without the second step</button>
        <p class="hint">The clinic should refuse this one: staff need two steps.</p>
      </form>
      <p class="quiet"><a href="${action()}">Not you? Choose another account</a></p>`,
  )
}

export function signOutPage(entry: IssuerEntry, form: string): Page {
  return shell(
    entry,
    'Sign out',
    html`
      <h1>Sign out of ${entry.name}?</h1>
      <p class="lead">You have left the clinic. Do you want to leave ${entry.name} too?</p>
      ${raw(form)}
      <button class="primary wide" form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>
      <p class="quiet"><button class="link" form="op.logoutForm">No, stay signed in</button></p>`,
  )
}

export function signedOutPage(entry: IssuerEntry): Page {
  return shell(
    entry,
    'Signed out',
    html`<h1>You are signed out</h1><p class="lead">Nobody is signed in to ${entry.name} in this browser now.</p>`,
  )
}

export function homePage(entry: IssuerEntry): Page {
  return shell(
    entry,
    entry.name,
    html`<h1>${entry.name}</h1>
      <p class="lead">${entry.tagline}. You get here from the clinic's sign-in page; there is nothing to do here by itself.</p>
      <p class="quiet"><a href="${entry.path}/session/end">Sign out of ${entry.name}</a></p>`,
  )
}

export function errorPage(entry: IssuerEntry, message: string, startOver: string): Page {
  return shell(
    entry,
    'Sign-in stopped',
    html`<h1>Sign-in stopped</h1><p class="lead">${message}</p>
      <p><a href="${startOver}">Start over</a></p>
      <p class="hint">Nothing was shared.</p>`,
  )
}

/** What a person and a developer both can use; the package's own detail stays on this machine's log. */
export function brandedMessage(out: { error: string; error_description?: string | undefined }): string {
  return out.error_description ? `${out.error}: ${out.error_description}` : out.error
}

function shell(entry: IssuerEntry, title: string, body: Part): Page {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title} · ${entry.name}</title>
  <link rel="stylesheet" href="${entry.path}/assets/style.css">
  <link rel="icon" href="data:,">
</head>
<body class="${entry.key}">
  <header><span class="mark" aria-hidden="true">${marks[entry.key]}</span><span class="brand">${entry.name}</span></header>
  <main>${body}</main>
  <footer>A demonstration. No password is ever asked here, and everybody is made up.</footer>
</body>
</html>`
}

function initials(name: string): string {
  const letters = name
    .replace(/<[^>]*>/g, ' ')
    .replace(/^Dr\. /, '')
    .trim()
    .split(/\s+/)
  return [letters[0], letters.length > 1 ? letters.at(-1) : '']
    .map((word) => [...(word ?? '')][0] ?? '')
    .join('')
}

const chevron = raw(
  '<svg viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><path d="m9 6 6 6-6 6"/></svg>',
)
const phone = raw(
  '<svg viewBox="0 0 96 120" width="96" height="120" fill="none" stroke="currentColor" stroke-width="3"><rect x="22" y="6" width="52" height="108" rx="10"/><path d="M42 14h12" stroke-linecap="round"/><circle cx="48" cy="60" r="16" class="pulse"/><path d="m41 60 5 5 9-10" stroke-linecap="round" stroke-linejoin="round"/></svg>',
)
const marks = {
  sunrise: raw(
    '<svg viewBox="0 0 32 32" width="32" height="32" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"><path d="M4 23h24M9 23a7 7 0 0 1 14 0M16 8v3M6.5 12.5l2 2M25.5 12.5l-2 2"/></svg>',
  ),
  northwind: raw(
    '<svg viewBox="0 0 32 32" width="32" height="32" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"><path d="M4 12h15a4 4 0 1 0-4-4M4 17h21a3.5 3.5 0 1 1-3.5 3.5M4 22h10a3 3 0 1 1-3 3"/></svg>',
  ),
  'harbor-staff': raw(
    '<svg viewBox="0 0 32 32" width="32" height="32" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round"><circle cx="16" cy="8" r="3"/><path d="M16 11v17M11 15h10M6 19c0 5 4 9 10 9s10-4 10-9"/></svg>',
  ),
} as const
