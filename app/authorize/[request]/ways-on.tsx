import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { FormToken } from '@/app/_ui/form-token'
import { Phone } from '@/app/_ui/phone'
import { config } from '@/lib/config/config'
import type { RequestRefusal } from '@/lib/smart/open-request'

/** A request that cannot go on here: why, in a sentence, and how to begin again. */
export async function Refused(props: {
  readonly reason: RequestRefusal
  readonly here: string
}): Promise<ReactNode> {
  const { reason, here } = props
  const { t } = await pageTranslator()
  return (
    <Page title={t('authorize.refused.title')} lead={t(`authorize.refused.${reason}`)}>
      <CallUs />
      <Buttons>
        {reason === 'launched-for-other' && (
          <Button href={`/sign-in?${new URLSearchParams({ to: here })}`}>{t('authorize.signInAgain')}</Button>
        )}
        <Button href="/" variant="secondary">
          {t('authorize.home')}
        </Button>
      </Buttons>
    </Page>
  )
}

/** The clinic's charts do not answer: nothing is lost, try again. */
export async function Unreachable({ here }: { readonly here: string }): Promise<ReactNode> {
  const { t } = await pageTranslator()
  return (
    <Page title={t('authorize.unreachable.title')} lead={t('authorize.unreachable.text')}>
      <Buttons>
        <Button href={here}>{t('authorize.unreachable.retry')}</Button>
      </Buttons>
      <CallUs />
    </Page>
  )
}

/** A chart that the clinic has to look at first. The app is told no more than "access denied". */
export async function OnHold(props: {
  readonly here: string
  readonly formToken: string
}): Promise<ReactNode> {
  const { t } = await pageTranslator()
  return (
    <Page title={t('authorize.onHold.title')} lead={t('authorize.onHold.text')}>
      <CallUs />
      <form method="post" action={`/oauth${props.here}/decision`}>
        <FormToken token={props.formToken} />
        <Buttons>
          <Button variant="secondary" name="decision" value="decline">
            {t('authorize.onHold.back')}
          </Button>
        </Buttons>
      </form>
    </Page>
  )
}

async function CallUs(): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const { brand } = config()
  return (
    <p>
      {t('common.callUs', { clinic: brand.shortName })} <Phone number={brand.phone} />
    </p>
  )
}
