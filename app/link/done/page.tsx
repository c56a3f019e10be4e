import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requirePatient } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Card } from '@/app/_ui/card'
import { ForgetCode } from '@/app/link/code-field'
import { mayAddPasskey } from '@/lib/identity/account-passkeys'
import { now } from '@/lib/time/clock'

/** The chart is open: for who came without an app. */
export default async function DonePage(): Promise<ReactNode> {
  const patient = await requirePatient('/link/done')
  const { t } = await pageTranslator()
  return (
    <Page title={t('link.done.title')} lead={t('link.done.lead')}>
      <ForgetCode />
      <p className="mb-8 text-quiet">{t('link.done.notice')}</p>
      {(await mayAddPasskey(patient, now())) && (
        <Card
          title={t('passkeys.offerTitle')}
          footer={
            <Button href="/account/passkeys/new" variant="secondary" small>
              {t('passkeys.add')}
            </Button>
          }
        >
          <p>{t('passkeys.offerText')}</p>
        </Card>
      )}
      <Buttons>
        <Button href="/account">{t('link.done.account')}</Button>
      </Buttons>
    </Page>
  )
}
