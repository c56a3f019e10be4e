import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Field } from '@/app/_ui/field'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { Phone } from '@/app/_ui/phone'
import type { SearchParams } from '@/app/link/addresses'
import { report } from '@/app/not-me/actions'
import { NumberFromAddress } from '@/app/not-me/number-from-address'
import { config } from '@/lib/config/config'
import { issueFormToken } from '@/lib/http/form-token'
import { now } from '@/lib/time/clock'

/** Where a notice leads: the person who got it stops a link that is not hers. Opening the page does nothing. */
export default async function NotMePage({
  searchParams,
}: {
  readonly searchParams: SearchParams
}): Promise<ReactNode> {
  const { outcome } = await searchParams
  const { t } = await pageTranslator()
  const phone = (): ReactNode => <Phone number={config().brand.phone} />
  if (outcome === 'received')
    return <Page title={t('notMe.doneTitle')} lead={t.rich('notMe.doneText', { phone })} />
  return (
    <Page title={t('notMe.title')} lead={t('notMe.lead')}>
      {outcome === 'limited' && <Notice tone="problem">{t.rich('notMe.limited', { phone })}</Notice>}
      <form action={report}>
        <FormToken token={issueFormToken('not-me', 'anyone', now())} />
        <Field
          name="number"
          label={t('notMe.number')}
          hint={t('notMe.numberHint')}
          error={outcome === 'malformed' ? t('notMe.numberError') : undefined}
          autoComplete="off"
          maxLength={40}
          required
          code
        />
        <Buttons>
          <Button variant="danger">{t('notMe.stop')}</Button>
        </Buttons>
      </form>
      <NumberFromAddress field="number" from="n" />
    </Page>
  )
}
