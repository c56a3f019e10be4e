import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Phone } from '@/app/_ui/phone'
import { linkAddress, returnPath, type SearchParams } from '@/app/link/addresses'
import { ForgetCode } from '@/app/link/code-field'
import { config } from '@/lib/config/config'

/** "Not me" was said: what happened, and a way on. */
export default async function DeclinedPage({
  searchParams,
}: {
  readonly searchParams: SearchParams
}): Promise<ReactNode> {
  const query = await searchParams
  const { t } = await pageTranslator()
  const isChart = query['what'] === 'chart'
  const lead = isChart
    ? t.rich('link.declined.chart', { phone: () => <Phone number={config().brand.phone} /> })
    : t('link.declined.signIn')
  const again = new URLSearchParams({ to: linkAddress('/link', returnPath(query['to'])) })
  return (
    <Page title={t('link.declined.title')} lead={lead}>
      {isChart ? <ForgetCode /> : null}
      <Buttons>
        {isChart ? (
          <Button href="/account">{t('link.done.account')}</Button>
        ) : (
          <Button href={`/sign-in?${again}`}>{t('link.declined.again')}</Button>
        )}
      </Buttons>
    </Page>
  )
}
