import { createTranslator } from 'use-intl/core'
import { config } from '@/lib/config/config'
import type { Language } from '@/lib/config/file'
import en from '@/messages/en.json'
import es from '@/messages/es.json'

/** Every sentence a person reads. English is the reference: another language has the same keys. */
export type Messages = typeof en

const catalogues: Readonly<Record<Language, Messages>> = { en, es }

/** Translates by key; missing keys do not compile. */
export type Translate = ReturnType<typeof createTranslator<Messages>>

/** The translator of a language: `t('link.title')`, `t('common.help', { phone })`, `t.rich` for markup. */
export function translator(language: Language): Translate {
  return createTranslator({ locale: language, messages: catalogues[language], timeZone: 'UTC' })
}

/** The catalogue itself, for tests that compare languages. */
export function messagesOf(language: Language): Messages {
  return catalogues[language]
}

/** The language to speak: the person's own choice, else the first one the browser asks for that we have. */
export function chooseLanguage(
  chosen: string | undefined,
  acceptLanguage: string | null | undefined,
): Language {
  const offered = config().languages
  const wanted = [
    chosen ?? '',
    ...(acceptLanguage ?? '').split(',').map((part) => part.split(';')[0]?.trim() ?? ''),
  ]
  for (const tag of wanted) {
    const found = offered.find((language) => tag.toLowerCase().split('-')[0] === language)
    if (found) return found
  }
  return offered[0] ?? 'en'
}
