import { z } from 'zod'
import { languageCookie } from '@/app/_language'
import { config } from '@/lib/config/config'
import { setCookie } from '@/lib/http/cookies'
import { readForm } from '@/lib/http/form'

const aYearInSeconds = 365 * 24 * 60 * 60

/** Keeps the chosen language and goes back to the page the choice was made on. A plain form: works without scripts. */
export async function POST(request: Request): Promise<Response> {
  const reading = await readForm(request)
  const wanted = reading.outcome === 'read' ? reading.form.get('language') : undefined
  const language = z.enum(config().languages).safeParse(wanted)
  const answer = new Headers({
    location: pathBefore(request.headers.get('referer')),
    'cache-control': 'no-store',
  })
  if (language.success)
    answer.append('set-cookie', setCookie(languageCookie, language.data, { maxAgeSeconds: aYearInSeconds }))
  return new Response(null, { status: 303, headers: answer })
}

/** The page before, if it is ours; it is never another origin's. */
function pathBefore(referer: string | null): string {
  if (!referer || !URL.canParse(referer)) return '/'
  const url = new URL(referer)
  return url.origin === config().issuer && !url.pathname.startsWith('//')
    ? `${url.pathname}${url.search}`
    : '/'
}
