import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { Card, Facts, Tag } from '@/app/_ui/card'
import { config } from '@/lib/config/config'
import type { OwnChart } from '@/lib/journeys/describe-account'

/** A chart: whose, where, how and when it was proven, and the way to close it. */
export async function ChartCard({ chart }: { readonly chart: OwnChart }): Promise<ReactNode> {
  const { t, language } = await pageTranslator()
  const isOnHold = chart.status === 'suspended'
  return (
    <Card
      title={chart.personName ?? t('account.chartAt', { clinic: chart.clinic })}
      action={isOnHold ? <Tag tone="careful">{t('account.onHold')}</Tag> : undefined}
      footer={
        <Button href={`/account/charts/${chart.linkId}`} variant="secondary" small>
          {t('account.closeChart')}
        </Button>
      }
    >
      {isOnHold && <p className="mb-4">{t('account.onHoldText', { phone: config().brand.phone })}</p>}
      <Facts
        facts={[
          ...(chart.personName ? [{ name: t('account.chartClinic'), value: chart.clinic }] : []),
          { name: t('account.chartWhose'), value: t(`account.relationship.${chart.relationship}`) },
          {
            name: t('account.chartProof'),
            value: t('account.proof', {
              how: chart.method === 'activation-code' ? t('account.proofCode') : t('account.proofOther'),
              day: formatDay(chart.since, language),
            }),
          },
          ...(chart.provenWith ? [{ name: t('account.chartSignIn'), value: chart.provenWith }] : []),
        ]}
      />
    </Card>
  )
}
