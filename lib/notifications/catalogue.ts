import type { Language } from '@/lib/config/file'
import { translator } from '@/lib/language/translate'

/** What a text is made of. Never a provider, an app, a care area or anything clinical (45 CFR 164.522(b)). */
export type NoticeParameters = {
  readonly clinic: string
  readonly phone: string
  /** When it happened, already in words. */
  readonly when: string
  /** Page on which "this was not me" can be said. */
  readonly page: string
  /** The number that page asks for; empty where nothing can be undone. */
  readonly number: string
}

type Text = (
  language: Language,
  parameters: NoticeParameters,
) => { readonly subject: string; readonly text: string }

/** The notices, one line each: what is told, in the words of messages/. */
export const notices = {
  /** A sign-in can now open a chart. Sent to the contact on record, never to one the person gave. */
  'link-created': (language, parameters) => {
    const t = translator(language)
    return {
      subject: t('notice.linkCreated.subject', parameters),
      text: t('notice.linkCreated.text', parameters),
    }
  },
  /** A sign-in can no longer open a chart. */
  'link-ended': (language, parameters) => {
    const t = translator(language)
    return {
      subject: t('notice.linkEnded.subject', parameters),
      text: t('notice.linkEnded.text', parameters),
    }
  },
  /** A passkey that speaks for somebody who has a chart open was made, or removed. */
  'passkey-added': (language, parameters) => {
    const t = translator(language)
    return {
      subject: t('notice.passkeyAdded.subject', parameters),
      text: t('notice.passkeyAdded.text', parameters),
    }
  },
  'passkey-removed': (language, parameters) => {
    const t = translator(language)
    return {
      subject: t('notice.passkeyRemoved.subject', parameters),
      text: t('notice.passkeyRemoved.text', parameters),
    }
  },
  /** A spent token of an app came back, so the app was stopped. The person sees which one when signed in. */
  'app-halted': (language, parameters) => {
    const t = translator(language)
    return {
      subject: t('notice.appHalted.subject', parameters),
      text: t('notice.appHalted.text', parameters),
    }
  },
  /** Staff cleared up why a sign-in was on hold: it can open the chart again. */
  'link-resumed': (language, parameters) => {
    const t = translator(language)
    return {
      subject: t('notice.linkResumed.subject', parameters),
      text: t('notice.linkResumed.text', parameters),
    }
  },
  /** Somebody tried to open a chart with wrong details until it was locked. Nothing was opened. */
  'record-locked': (language, parameters) => {
    const t = translator(language)
    return {
      subject: t('notice.recordLocked.subject', parameters),
      text: t('notice.recordLocked.text', parameters),
    }
  },
} as const satisfies Record<string, Text>

export type NoticeKind = keyof typeof notices

/** Whether a stored name is a notice of the catalogue. */
export function isNoticeKind(name: string): name is NoticeKind {
  return Object.hasOwn(notices, name)
}
