import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { ForgetCode } from '@/app/link/code-field'
import { findReturnAddress } from '@/lib/apps/return-address'

type ReturnProps = {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>
}

/** The end of what a portal sent a person here for: a link back to it, if it registered the address. */
export default async function ReturnPage({ searchParams }: ReturnProps): Promise<ReactNode> {
  const { portal, to } = await searchParams
  const { t } = await pageTranslator()
  const back = await findReturnAddress(portal, to)
  if (!back)
    return (
      <Page title={t('return.unknownTitle')} lead={t('return.unknown')}>
        <Buttons>
          <Button href="/account">{t('return.account')}</Button>
        </Buttons>
      </Page>
    )
  return (
    <Page title={t('return.title')} lead={t('return.lead', { portal: back.portal })}>
      <ForgetCode />
      <Buttons>
        <Button href={back.address}>{t('return.back', { portal: back.portal })}</Button>
        <Button href="/account" variant="secondary">
          {t('return.account')}
        </Button>
      </Buttons>
    </Page>
  )
}
