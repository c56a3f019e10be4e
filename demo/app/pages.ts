import { html, raw } from 'hono/html'
import type { Settings } from './browser/settings'

export type PageSettings = Settings
type Part = ReturnType<typeof html>

/** The first page: what the app does, what it will ask, and one button. */
export function homePage(): Part {
  return shell({
    title: 'Lab Window',
    main: html`<section class="hero">
        <div>
          <h1>Your lab results, in plain view</h1>
          <p class="lead">Lab Window shows the results that your clinic has released to you. You decide what it may read, and you can end it at any time.</p>
          <a class="button big" href="/launch" data-testid="connect">Connect to your clinic</a>
        </div>
        <div class="picture" aria-hidden="true">${picture}</div>
      </section>
      <ul class="promises">
        <li><h2>You choose</h2><p>At your clinic you tick what this app may see, and leave out what it may not.</p></li>
        <li><h2>Only to read</h2><p>The app cannot change anything in your record.</p></li>
        <li><h2>Nothing stays</h2><p>What you see is kept in this tab only, and is gone when you sign out.</p></li>
      </ul>`,
  })
}

/** Where a connection begins; the script leaves at once. */
export function launchPage(settings: PageSettings): Part {
  return shell({
    title: 'Connecting',
    script: 'launch.js',
    settings,
    main: html`<div id="waiting" class="waiting" role="status"><span class="spinner" aria-hidden="true"></span>Taking you to your clinic…</div>
      <div id="content"></div>${noScript}`,
  })
}

/** Where it comes back to, and where results are shown. */
export function appPage(settings: PageSettings): Part {
  return shell({
    title: 'Your results',
    script: 'app.js',
    settings,
    main: html`<div id="waiting" class="waiting" role="status"><span class="spinner" aria-hidden="true"></span>Fetching your results…</div>
      <div id="content"></div>${noScript}`,
  })
}

type Shell = {
  readonly title: string
  readonly main: Part
  readonly script?: string
  readonly settings?: PageSettings
}

function shell({ title, main, script, settings }: Shell): Part {
  return html`<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>${title === 'Lab Window' ? title : `${title} · Lab Window`}</title>
  <link rel="stylesheet" href="/assets/style.css">
  <link rel="icon" href="data:,">
  ${script ? html`<script src="/assets/fhir-client.js" defer></script><script src="/assets/${script}" defer></script>` : ''}
</head>
${settings ? html`<body data-fhir-base="${settings.fhirBase}" data-client-id="${settings.clientId}" data-scope="${settings.scope}" data-redirect-uri="${settings.redirectUri}">` : raw('<body>')}
  <header><a class="brand" href="/">${mark}Lab Window</a><div id="account"></div></header>
  <main>${main}</main>
  <footer>A demonstration app with made-up people. It is not part of your clinic.</footer>
</body>
</html>`
}

const noScript = html`<noscript><section class="problem"><h2>This app needs JavaScript</h2><p>It runs in your browser alone. Please allow JavaScript for this page.</p></section></noscript>`

const mark = raw(
  '<svg viewBox="0 0 32 32" width="32" height="32" fill="none" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><rect x="4" y="4" width="24" height="24" rx="7"/><path d="M16 4v24M4 16h24" opacity=".35"/><path d="m8 20 5-6 4 4 7-9"/></svg>',
)

const picture = raw(
  '<svg viewBox="0 0 320 240" fill="none"><rect class="p-card" x="20" y="20" width="280" height="200" rx="20"/><g class="p-soft"><rect x="44" y="48" width="96" height="12" rx="6"/><rect x="44" y="86" width="64" height="8" rx="4"/><rect x="44" y="126" width="80" height="8" rx="4"/><rect x="44" y="166" width="56" height="8" rx="4"/></g><g class="p-line"><path d="M160 90h112M160 130h112M160 170h112"/></g><g class="p-zone"><path d="M196 90h40M190 130h44M200 170h36"/></g><g class="p-dot"><circle cx="218" cy="90" r="8"/><circle cx="206" cy="130" r="8"/><circle cx="254" cy="170" r="8"/></g></svg>',
)
