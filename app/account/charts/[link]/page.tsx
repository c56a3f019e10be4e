import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireFresh } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { FormToken } from '@/app/_ui/form-token'
import { Points } from '@/app/_ui/list'
import { closeChart } from '@/app/account/actions'
import { issueFormToken } from '@/lib/http/form-token'
import { findOwnChart } from '@/lib/journeys/describe-account'
import { now } from '@/lib/time/clock'

type CloseChartProps = { readonly params: Promise<{ readonly link: string }> }

/** Asks before a chart is closed, and says what that means. */
export default async function CloseChartPage({ params }: CloseChartProps): Promise<ReactNode> {
  const linkId = z.uuid().safeParse((await params).link)
  if (!linkId.success) notFound()
  const patient = await requireFresh(`/account/charts/${linkId.data}`, 'chart')
  const chart = await findOwnChart(patient.accountId, linkId.data)
  if (!chart) notFound()
  const { t } = await pageTranslator()
  return (
    <Page
      signedIn
      title={t('account.closeChartTitle')}
      lead={
        chart.personName
          ? t('account.closeChartLead', { name: chart.personName })
          : t('account.closeChartLeadUnnamed', { clinic: chart.clinic })
      }
    >
      <Points
        points={[
          t('account.closeChartApps'),
          t('account.closeChartKept', { clinic: chart.clinic }),
          t('account.closeChartAgain'),
        ]}
        mark={<span aria-hidden="true">•</span>}
      />
      <form action={closeChart}>
        <FormToken token={issueFormToken('close-chart', patient.id, now())} />
        <input type="hidden" name="link" value={chart.linkId} />
        <Buttons>
          <Button variant="danger">{t('account.closeChart')}</Button>
          <Button href="/account" variant="secondary">
            {t('account.keepChart')}
          </Button>
        </Buttons>
      </form>
    </Page>
  )
}
