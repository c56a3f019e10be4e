import { config } from '@/lib/config/config'
import { escapeHtml, plainPagePolicy } from '@/lib/http/problem-page'
import type { UpstreamSignOut } from '@/lib/identity/upstream-sign-out'
import { translator } from '@/lib/language/translate'

type Language = 'en' | 'es'

/** Asks whether to sign out: nobody is signed out by a link of somebody else's. */
export function askPage(asked: {
  readonly language: Language
  readonly app: string | undefined
  /** Name of the provider, if it has a sign-out of its own. */
  readonly upstream: string | undefined
  readonly formToken: string
  readonly order: string
}): Response {
  const { language, app, upstream, formToken, order } = asked
  const t = translator(language)
  const also = upstream
    ? `<p><label><input type="checkbox" name="upstream" value="yes"> ${escapeHtml(t('logout.also', { provider: upstream }))}</label></p>`
    : ''
  return page(language, {
    title: t('logout.title'),
    main: `<p>${escapeHtml(app ? t('logout.askedBy', { app }) : t('logout.asked'))}</p>
<form method="post" action="/oauth/logout/continue"><input type="hidden" name="form_token" value="${escapeHtml(formToken)}">
<input type="hidden" name="r" value="${escapeHtml(order)}">${also}
<p><button class="button" type="submit">${escapeHtml(t('logout.confirm'))}</button></p></form>
<p><a href="/account">${escapeHtml(t('logout.stay'))}</a></p>`,
  })
}

/** Takes the browser on by itself, with a link for where that is off. Nothing else is on it. */
export function leavingPage(leaving: {
  readonly language: Language
  readonly to: string
  readonly name: string
}): Response {
  const { language, name } = leaving
  const t = translator(language)
  const to = escapeHtml(leaving.to)
  return page(language, {
    title: t('logout.leaving', { name }),
    head: `<meta http-equiv="refresh" content="0;url=${to}">`,
    main: `<p><a class="button" href="${to}" rel="noreferrer">${escapeHtml(t('logout.go', { name }))}</a></p>`,
  })
}

/** Says that the visit is over, and where else one may still be signed in. */
export function signedOutPage(done: {
  readonly language: Language
  readonly back: { readonly name: string; readonly to: string } | undefined
  readonly upstream: UpstreamSignOut | undefined
}): Response {
  const { language, back, upstream } = done
  const t = translator(language)
  const parts = [
    `<p>${escapeHtml(t('logout.doneText'))}</p>`,
    back
      ? `<p><a class="button" href="${escapeHtml(back.to)}" rel="noreferrer">${escapeHtml(t('logout.go', { name: back.name }))}</a></p>`
      : '',
    upstream
      ? `<p>${escapeHtml(t('logout.upstream', { provider: upstream.provider }))}</p>
<p><a href="${escapeHtml(upstream.address)}" rel="noreferrer">${escapeHtml(t('logout.upstreamGo', { provider: upstream.provider }))}</a></p>`
      : '',
    `<p><a href="/">${escapeHtml(t('authorize.home'))}</a></p>`,
  ]
  return page(language, { title: t('logout.doneTitle'), main: parts.join('\n') })
}

function page(
  language: Language,
  { title, main, head = '' }: { readonly title: string; readonly main: string; readonly head?: string },
): Response {
  const { brand } = config()
  const heading = escapeHtml(title)
  const body = `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
${head}<title>${heading} · ${escapeHtml(brand.shortName)}</title><link rel="stylesheet" href="/plain.css"><link rel="icon" href="/icon.svg" type="image/svg+xml"></head>
<body><main><p class="brand">${escapeHtml(brand.name)}</p><h1>${heading}</h1>
${main}</main></body></html>`
  return new Response(body, {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': language,
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      ...plainPagePolicy,
    },
  })
}
