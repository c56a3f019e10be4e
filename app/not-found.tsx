import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { config } from '@/lib/config/config'
import { requestContext } from '@/lib/http/request-context'

/** A page that is not there, with ways on. */
export default async function NotFound(): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const { brand } = config()
  return (
    <Page title={t('problem.notFoundTitle')} lead={t('problem.notFound')}>
      <p>{t('problem.callClinic', { clinic: brand.shortName, phone: brand.phone })}</p>
      <p className="mt-2 text-sm wrap-break-word text-quiet">
        {t('problem.requestId', { requestId: requestContext().requestId })}
      </p>
      <Buttons>
        <Button href="/">{t('problem.home')}</Button>
        <Button href="/account" variant="secondary">
          {t('frame.account')}
        </Button>
      </Buttons>
    </Page>
  )
}
