import { config } from '@/lib/config/config'
import { requestContext } from '@/lib/http/request-context'
import { chooseLanguage, translator } from '@/lib/language/translate'

/** What a page made without React says: already translated. */
export type ProblemText = { readonly title: string; readonly text: string }

/**
 * A page for a person, from the protocol plane, with the brand and nothing else: no script, no onward link but the
 * clinic's phone. Used where a redirect would be wrong (RFC 6749 §4.1.2.1) and when the web plane cannot answer.
 */
export function problemPage(language: 'en' | 'es', status: number, problem: ProblemText): Response {
  const { brand } = config()
  const t = translator(language)
  const body = `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(problem.title)} · ${escapeHtml(brand.shortName)}</title><link rel="stylesheet" href="/plain.css"><link rel="icon" href="/icon.svg" type="image/svg+xml"></head>
<body><main><p class="brand">${escapeHtml(brand.name)}</p><h1>${escapeHtml(problem.title)}</h1>
<p>${escapeHtml(problem.text)}</p>
<p>${escapeHtml(t('problem.callClinic', { clinic: brand.shortName, phone: brand.phone }))}</p>
<p class="quiet">${escapeHtml(t('problem.requestId', { requestId: requestContext().requestId }))}</p></main></body></html>`
  return new Response(body, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-language': language,
      ...plainPagePolicy,
    },
  })
}

/** The page shown while the database cannot be reached: 503 with Retry-After. */
export function unavailablePage(request: Request): Response {
  const language = pageLanguage(request)
  const t = translator(language)
  const page = problemPage(language, 503, {
    title: t('problem.unavailableTitle'),
    text: t('problem.unavailable'),
  })
  page.headers.set('retry-after', '10')
  return page
}

/** The page shown when one of ours broke: 500, with the number that finds it in the log. */
export function faultPage(request: Request): Response {
  const language = pageLanguage(request)
  const t = translator(language)
  return problemPage(language, 500, { title: t('problem.faultTitle'), text: t('problem.fault') })
}

/** The language of a page given without a session: the browser's. */
export function pageLanguage(request: Request): 'en' | 'es' {
  return chooseLanguage(undefined, request.headers.get('accept-language'))
}

/** CSP of pages without any script. */
export const plainPagePolicy = {
  'content-security-policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
} as const

/** Text for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
