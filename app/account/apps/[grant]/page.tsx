import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requirePatient } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { FormToken } from '@/app/_ui/form-token'
import { Points } from '@/app/_ui/list'
import { stopApp } from '@/app/account/actions'
import { issueFormToken } from '@/lib/http/form-token'
import { findOwnApp } from '@/lib/journeys/describe-account'
import { now } from '@/lib/time/clock'

type StopAppProps = { readonly params: Promise<{ readonly grant: string }> }

/** Asks before an app is stopped, and says what that means. */
export default async function StopAppPage({ params }: StopAppProps): Promise<ReactNode> {
  const grantId = z.uuid().safeParse((await params).grant)
  const patient = await requirePatient('/account')
  const app = grantId.success ? await findOwnApp(patient.accountId, grantId.data, now()) : undefined
  if (!app) notFound()
  const { t } = await pageTranslator()
  return (
    <Page
      signedIn
      title={t('account.stopAppTitle', { app: app.name })}
      lead={t('account.stopAppLead', { app: app.name })}
    >
      <Points
        points={[t('account.stopAppKept', { app: app.name }), t('account.stopAppAgain')]}
        mark={<span aria-hidden="true">•</span>}
      />
      <form action={stopApp}>
        <FormToken token={issueFormToken('stop-app', patient.id, now())} />
        <input type="hidden" name="grant" value={app.grantId} />
        <Buttons>
          <Button variant="danger">{t('account.stopApp', { app: app.name })}</Button>
          <Button href="/account" variant="secondary">
            {t('account.keepApp')}
          </Button>
        </Buttons>
      </form>
    </Page>
  )
}
