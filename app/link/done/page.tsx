import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requirePatient } from '@/app/_session'
import { Button, Buttons } from '@/app/_ui/button'
import { ForgetCode } from '@/app/link/code-field'

/** The chart is open: for who came without an app. */
export default async function DonePage(): Promise<ReactNode> {
  await requirePatient('/link/done')
  const { t } = await pageTranslator()
  return (
    <Page title={t('link.done.title')} lead={t('link.done.lead')}>
      <ForgetCode />
      <p className="text-quiet">{t('link.done.notice')}</p>
      <Buttons>
        <Button href="/account">{t('link.done.account')}</Button>
      </Buttons>
    </Page>
  )
}
