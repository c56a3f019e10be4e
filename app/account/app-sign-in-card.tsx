import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { Card, Facts } from '@/app/_ui/card'
import { FormToken } from '@/app/_ui/form-token'
import { Emblem } from '@/app/_ui/mark'
import { stopAppSignIn } from '@/app/account/actions'
import { issueFormToken } from '@/lib/http/form-token'
import type { OwnAppSignIn } from '@/lib/journeys/describe-account'
import { now } from '@/lib/time/clock'

/** An app that may know who the person is and reads no chart, and the way to stop it. */
export async function AppSignInCard(props: {
  readonly app: OwnAppSignIn
  readonly sessionId: string
}): Promise<ReactNode> {
  const { app, sessionId } = props
  const { t, language } = await pageTranslator()
  return (
    <Card
      footer={
        <form action={stopAppSignIn}>
          <FormToken token={issueFormToken('stop-app-sign-in', sessionId, now())} />
          <input type="hidden" name="sign-in" value={app.id} />
          <Button variant="secondary" small>
            {t('account.stopApp', { app: app.name })}
          </Button>
        </form>
      }
    >
      <div className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-2">
        <Emblem name={app.name} logo={app.logo} />
        <div className="min-w-0 flex-1 basis-40">
          <h3 className="text-lg font-semibold tracking-tight wrap-break-word">{app.name}</h3>
          {app.developer && <p className="text-quiet">{t('account.appBy', { developer: app.developer })}</p>}
        </div>
      </div>
      <p className="mb-5">{t('account.appKnowsYou', { app: app.name })}</p>
      <Facts
        facts={[
          { name: t('account.appSince'), value: formatDay(app.since, language) },
          { name: t('account.appUntil'), value: formatDay(app.until, language) },
          {
            name: t('account.appLastUsed'),
            value: app.lastUsedAt ? formatDay(app.lastUsedAt, language) : t('account.appNeverUsed'),
          },
        ]}
      />
    </Card>
  )
}
