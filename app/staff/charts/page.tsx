import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaff } from '@/app/_session'
import { ChartSearch } from '@/app/staff/charts/chart-search'
import { StaffNav } from '@/app/staff/staff-nav'
import { config } from '@/lib/config/config'
import { issueFormToken } from '@/lib/http/form-token'
import { lookupReasons } from '@/lib/journeys/chart-handle'
import { now } from '@/lib/time/clock'

/** Staff find a chart, with a reason. */
export default async function ChartsPage(): Promise<ReactNode> {
  const staff = await requireStaff({ roles: ['desk', 'records', 'admin'], returnTo: '/staff/charts' })
  const { t } = await pageTranslator()
  return (
    <Page
      title={t('staff.charts.title')}
      lead={t('staff.charts.lead')}
      width="wide"
      nav={<StaffNav current="/staff/charts" roles={staff.roles} />}
    >
      <ChartSearch
        token={issueFormToken('chart-search', staff.id, now())}
        ehrs={config().ehrs.map(({ id, name }) => ({ value: id, label: name }))}
        reasons={lookupReasons.map((reason) => ({
          value: reason,
          label: t(`staff.charts.reasons.${reason}`),
        }))}
        words={{
          reason: t('staff.charts.reason'),
          ehr: t('staff.charts.ehr'),
          mrn: t('staff.charts.mrn'),
          mrnHint: t('staff.charts.mrnHint'),
          or: t('staff.charts.or'),
          name: t('staff.charts.name'),
          birthDate: t('staff.charts.birthDate'),
          search: t('staff.charts.search'),
          found: t('staff.charts.found'),
          open: t('staff.charts.open'),
          none: t('staff.charts.none'),
          noneText: t('staff.charts.noneText'),
          incomplete: t('staff.charts.needQuery'),
          expired: t('staff.charts.expired'),
          unreachable: t('staff.charts.unreachable'),
        }}
      />
    </Page>
  )
}
