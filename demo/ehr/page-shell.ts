import { type Html, html } from './html'

export const stylesheetPath = '/assets/clinic.css'

/** No script at all, our stylesheet only, forms to ourselves. `same-origin` keeps `Origin` on form posts. */
const pageHeaders = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
}

export type PageParts = {
  readonly title: string
  readonly here: 'clinic' | 'log' | 'portal'
  /** Where the page goes on to by itself. */
  readonly goTo?: string | undefined
  readonly who?: Html | undefined
  readonly main: Html
  readonly status?: number
}

export function page({ title, here, goTo, who, main, status = 200 }: PageParts): Response {
  const current = (one: PageParts['here']): Html | undefined =>
    one === here ? html`aria-current="page"` : undefined
  const staffBar = html`<a class="brand" href="/clinic">${logo}<span>Harbor Clinic <small>demo EHR</small></span></a>
<nav aria-label="Main"><a href="/clinic" ${current('clinic')}>Results</a><a href="/log" ${current('log')}>Access log</a></nav>`
  const body = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${goTo !== undefined && html`<meta http-equiv="refresh" content="0;url=${goTo}">`}
<title>${title} · Harbor Clinic ${here === 'portal' ? 'portal' : 'EHR'}</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${stylesheetPath}">
</head>
<body>
<a class="skip" href="#main">Skip to content</a>
<header class="bar">
<div class="bar-inner">
${here === 'portal' ? portalBrand : staffBar}
${who}
</div>
</header>
<main id="main">${main}</main>
<footer>Fictional people, fictional data. Not for clinical use.</footer>
</body>
</html>`
  return new Response(body.markup, { status, headers: pageHeaders })
}

const logo = html`<svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="5" r="2.5"></circle><path d="M12 7.5V21M7 11h10M4 14c0 4.5 3.5 7 8 7s8-2.5 8-7"></path></svg>`

const portalBrand = html`<a class="brand" href="/portal">${logo}<span>Harbor Clinic <small>patient portal</small></span></a>`

export const iconSvg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" rx="6" fill="#0b6b74"/><g fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round"><circle cx="12" cy="6.5" r="1.8"/><path d="M12 8.5V19M8.5 11.5h7M6 13.5c0 3.500 2.600 5.500 6 5.500s6-2 6-5.500"/></g></svg>'
