import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireSecondFactor } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Field } from '@/app/_ui/field'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { redeem } from '@/app/staff/invitation/actions'
import { issueFormToken } from '@/lib/http/form-token'
import { now } from '@/lib/time/clock'

type Search = { readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>> }

/** Where a one-time invitation becomes a role. Two factors are asked for first; a role is not. */
export default async function Invitation({ searchParams }: Search): Promise<ReactNode> {
  const { said } = await searchParams
  const session = await requireSecondFactor('/staff/invitation')
  const { t } = await pageTranslator()
  if (said === 'given' && session.roles.length > 0)
    return (
      <Page title={t('invitation.title')}>
        <Notice tone="success">{t('invitation.given', { role: session.roles.join(', ') })}</Notice>
        <Buttons>
          <Button href="/staff">{t('invitation.go')}</Button>
        </Buttons>
      </Page>
    )
  const error =
    said === 'refused' ? t('invitation.refused') : said === 'expired' ? t('invitation.expired') : undefined
  return (
    <Page title={t('invitation.title')} lead={t('invitation.lead')}>
      <form action={redeem}>
        <FormToken token={issueFormToken('invitation', session.id, now())} />
        <Field
          name="number"
          label={t('invitation.number')}
          error={error}
          autoComplete="off"
          required
          maxLength={200}
        />
        <Buttons>
          <Button>{t('invitation.redeem')}</Button>
        </Buttons>
      </form>
    </Page>
  )
}
