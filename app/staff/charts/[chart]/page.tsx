import type { ReactNode } from 'react'
import { formatDate } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaff } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Card, Facts } from '@/app/_ui/card'
import { Notice } from '@/app/_ui/notice'
import { ScreenOnly } from '@/app/_ui/print'
import type { SearchParams } from '@/app/link/addresses'
import { ChartHistory } from '@/app/staff/charts/chart-history'
import { ChartBarriers, OneMoreSignIn } from '@/app/staff/charts/chart-reviews'
import { CodeForm } from '@/app/staff/charts/code-form'
import { codeFormWords, listReceivers } from '@/app/staff/charts/code-form-words'
import { ConfirmPersonCard } from '@/app/staff/charts/confirm-person-card'
import { ReviewNotice } from '@/app/staff/review-outcome'
import { StaffNav } from '@/app/staff/staff-nav'
import { issueFormToken } from '@/lib/http/form-token'
import { openChart } from '@/lib/journeys/staff-charts'
import { identifications } from '@/lib/linking/codes'
import { now } from '@/lib/time/clock'

type ChartPageProps = {
  readonly params: Promise<{ readonly chart: string }>
  readonly searchParams: SearchParams
}

/** One chart: give a code, end one, end a sign-in. The address holds a sealed handle, never a record id. */
export default async function ChartPage({ params, searchParams }: ChartPageProps): Promise<ReactNode> {
  const staff = await requireStaff({ roles: ['desk', 'records', 'admin'], returnTo: '/staff/charts' })
  const { chart: handle } = await params
  const { t, language } = await pageTranslator()
  const nav = <StaffNav current="/staff/charts" roles={staff.roles} />
  const opened = await openChart(staff, handle, now())
  if (opened.outcome !== 'open')
    return (
      <Page title={t('staff.chart.expiredTitle')} nav={nav} width="wide">
        <Notice tone="problem">
          {opened.outcome === 'unreachable' ? t('staff.charts.unreachable') : t('staff.chart.expired')}
        </Notice>
        <Buttons>
          <Button href="/staff/charts">{t('staff.chart.back')}</Button>
        </Buttons>
      </Page>
    )
  const { chart } = opened
  const people = listReceivers(t, chart)
  return (
    <Page
      title={t('staff.chart.issue')}
      heading={<bdi className="wrap-anywhere print:hidden">{chart.name}</bdi>}
      nav={nav}
      width="wide"
    >
      {(await searchParams)['done'] && <Notice tone="success">{t('staff.chart.done')}</Notice>}
      <ReviewNotice name={(await searchParams)['said']} />
      {/* never on paper with the code: who finds it must not hold the birth date too */}
      <ScreenOnly>
        <Card>
          <Facts
            facts={[
              { name: t('staff.chart.born'), value: formatDate(chart.birthDate, language) },
              { name: t('staff.chart.mrn'), value: chart.mrn },
            ]}
          />
        </Card>
      </ScreenOnly>
      <ScreenOnly>
        <ChartBarriers chart={chart} handle={handle} token={issueFormToken('chart', staff.id, now())} />
      </ScreenOnly>
      <Card title={<span className="print:hidden">{t('staff.chart.issue')}</span>}>
        {chart.selfCode !== 'eligible' && (
          <Notice tone="warning">{t(`staff.chart.notSelf.${chart.selfCode}`)}</Notice>
        )}
        {people.length > 0 && (
          <CodeForm
            handle={handle}
            token={issueFormToken('issue-code', staff.id, now())}
            people={people}
            proxyReceiver={chart.selfCode === 'under-age' ? 'parent-in-person' : 'representative-in-person'}
            identifications={identifications.map((value) => ({ value, label: t(`staff.chart.${value}`) }))}
            words={codeFormWords(t)}
          />
        )}
      </Card>
      <ScreenOnly>
        <ConfirmPersonCard
          chart={chart}
          handle={handle}
          token={issueFormToken('confirm-person', staff.id, now())}
        />
        <ChartHistory chart={chart} handle={handle} token={issueFormToken('chart', staff.id, now())} />
        <OneMoreSignIn chart={chart} handle={handle} token={issueFormToken('chart', staff.id, now())} />
      </ScreenOnly>
    </Page>
  )
}
