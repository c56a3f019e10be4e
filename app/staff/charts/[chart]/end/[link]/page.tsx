import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaff } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { FormToken } from '@/app/_ui/form-token'
import { Points } from '@/app/_ui/list'
import { endLinkOfChart } from '@/app/staff/charts/actions'
import { StaffNav } from '@/app/staff/staff-nav'
import { issueFormToken } from '@/lib/http/form-token'
import { providerName } from '@/lib/identity/providers'
import { findChartLink } from '@/lib/journeys/staff-charts'
import { now } from '@/lib/time/clock'

type EndSignInProps = { readonly params: Promise<{ readonly chart: string; readonly link: string }> }

/** Asks before a sign-in loses the chart, and says what that means. */
export default async function EndSignInPage({ params }: EndSignInProps): Promise<ReactNode> {
  const staff = await requireStaff({ roles: ['desk', 'records', 'admin'], returnTo: '/staff/charts' })
  const { chart: handle, link: id } = await params
  const back = `/staff/charts/${encodeURIComponent(handle)}`
  const linkId = z.uuid().safeParse(id)
  const link = linkId.success ? await findChartLink(staff, handle, linkId.data, now()) : undefined
  // a handle that ran out, or a sign-in that a colleague ended: the chart's page says which
  if (!link) redirect(back)
  const { t, language } = await pageTranslator()
  const provider = providerName(link.provider)
  return (
    <Page
      title={t('staff.chart.endTitle')}
      lead={t('staff.chart.endLead', { provider, date: formatDay(link.createdAt, language) })}
      nav={<StaffNav current="/staff/charts" roles={staff.roles} />}
    >
      <Points
        points={[t('staff.chart.endApps'), t('staff.chart.endKept'), t('staff.chart.endAgain')]}
        mark={<span aria-hidden="true">•</span>}
      />
      <form action={endLinkOfChart.bind(null, handle)}>
        <FormToken token={issueFormToken('chart', staff.id, now())} />
        <input type="hidden" name="link" value={link.id} />
        <Buttons>
          <Button variant="danger">{t('staff.chart.endNow')}</Button>
          <Button href={back} variant="secondary">
            {t('staff.chart.endNot')}
          </Button>
        </Buttons>
      </form>
    </Page>
  )
}
