import { Check } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { Card, Facts, Tag } from '@/app/_ui/card'
import { Points } from '@/app/_ui/list'
import { Emblem } from '@/app/_ui/mark'
import { config } from '@/lib/config/config'
import type { OwnApp, OwnChart } from '@/lib/journeys/describe-account'
import { describeScopes } from '@/lib/smart/consent-items'

/** An app: who made it, whose chart it reads, what in plain words, since when, and the way to stop it. */
export async function AppCard(props: {
  readonly app: OwnApp
  readonly chart: OwnChart | undefined
}): Promise<ReactNode> {
  const { app, chart } = props
  const { t, language } = await pageTranslator()
  const { brand } = config()
  return (
    <Card
      footer={
        <Button href={`/account/apps/${app.grantId}`} variant="secondary" small>
          {t('account.stopApp', { app: app.name })}
        </Button>
      }
    >
      <div className="mb-5 flex flex-wrap items-start gap-x-4 gap-y-2">
        <Emblem name={app.name} logo={app.logo} />
        <div className="min-w-0 flex-1 basis-40">
          <h3 className="text-lg font-semibold tracking-tight wrap-break-word">{app.name}</h3>
          {app.developer && <p className="text-quiet">{t('account.appBy', { developer: app.developer })}</p>}
        </div>
        {app.isRemoved || app.haltedAt ? (
          <Tag tone="careful">{t(app.isRemoved ? 'account.appRemoved' : 'account.appHalted')}</Tag>
        ) : (
          <Tag tone={app.isReviewed ? 'good' : 'plain'}>
            {t(app.isReviewed ? 'account.appReviewed' : 'account.appNotReviewed', {
              clinic: brand.shortName,
            })}
          </Tag>
        )}
      </div>
      {app.haltedAt && !app.isRemoved && (
        <p className="mb-5">{t('account.appHaltedText', { day: formatDay(app.haltedAt, language) })}</p>
      )}
      <Facts
        facts={[
          { name: t('account.appChart'), value: chart?.personName ?? chart?.clinic ?? '' },
          { name: t('account.appSince'), value: formatDay(app.since, language) },
          { name: t('account.appUntil'), value: formatDay(app.until, language) },
          {
            name: t('account.appLastUsed'),
            value: app.lastUsedAt ? formatDay(app.lastUsedAt, language) : t('account.appNeverUsed'),
          },
        ]}
      />
      <h4 className="mt-6 mb-3 font-semibold">{t('account.appReads')}</h4>
      <Points
        columns
        points={describeScopes(app.scopes, t)}
        mark={<Check aria-hidden="true" className="size-5 text-success" />}
      />
    </Card>
  )
}
