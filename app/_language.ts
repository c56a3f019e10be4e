import { headers } from 'next/headers'
import { cache } from 'react'
import type { Language } from '@/lib/config/file'
import { findCookie } from '@/lib/http/cookies'
import { chooseLanguage, type Translate, translator } from '@/lib/language/translate'

/** Name of the cookie that keeps the language a person chose. */
export const languageCookie = 'language'

/** Words for the page being rendered: the person's own choice, else what the browser asks for. Once per request. */
export const pageTranslator = cache(
  async (): Promise<{ readonly t: Translate; readonly language: Language }> => {
    const given = await headers()
    const language = chooseLanguage(
      findCookie(given.get('cookie'), languageCookie),
      given.get('accept-language'),
    )
    return { t: translator(language), language }
  },
)

/** Each language in its own words, for the switch. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', es: 'Español' }

/** Which way a language is written. */
export function textDirection(language: string): 'ltr' | 'rtl' {
  return ['ar', 'fa', 'he', 'ur'].includes(language) ? 'rtl' : 'ltr'
}
