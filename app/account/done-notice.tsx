import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Notice } from '@/app/_ui/notice'

const texts = {
  chart: 'account.done.chart',
  app: 'account.done.app',
  'app-sign-in': 'account.done.appSignIn',
  sessions: 'account.done.sessions',
  passkey: 'account.done.passkey',
  'passkey-removed': 'account.done.passkeyRemoved',
  expired: 'account.done.expired',
} as const

/** What was just done, after the redirect that follows a form. */
export async function DoneNotice({
  done,
}: {
  readonly done: string | string[] | undefined
}): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const key = Object.entries(texts).find(([name]) => name === done)?.[1]
  if (!key) return null
  return <Notice tone={done === 'expired' ? 'problem' : 'success'}>{t(key)}</Notice>
}
