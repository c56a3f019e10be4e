import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatMoment } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaff } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Card } from '@/app/_ui/card'
import { Empty } from '@/app/_ui/empty'
import { List, ListItem } from '@/app/_ui/list'
import type { SearchParams } from '@/app/link/addresses'
import { clearUp } from '@/app/staff/alerts/actions'
import { ReviewForm } from '@/app/staff/review-form'
import { ReviewNotice } from '@/app/staff/review-outcome'
import { StaffNav } from '@/app/staff/staff-nav'
import { issueFormToken } from '@/lib/http/form-token'
import { listStaffAlerts, type StaffAlertView } from '@/lib/journeys/staff-reviews'
import { now } from '@/lib/time/clock'

/** What somebody should look at: locked charts, sign-ins that tried too many, links on hold, waves of made-up codes. */
export default async function AlertsPage({
  searchParams,
}: {
  readonly searchParams: SearchParams
}): Promise<ReactNode> {
  const staff = await requireStaff({ roles: ['desk', 'records', 'admin'], returnTo: '/staff/alerts' })
  const { t } = await pageTranslator()
  const alerts = await listStaffAlerts(staff, now())
  const token = issueFormToken('alert', staff.id, now())
  const mayClearUp = staff.roles.some((role) => role === 'records' || role === 'admin')
  return (
    <Page
      title={t('staff.alerts.title')}
      lead={t('staff.alerts.lead')}
      width="wide"
      nav={<StaffNav current="/staff/alerts" roles={staff.roles} />}
    >
      <ReviewNotice name={(await searchParams)['said']} />
      {alerts.length === 0 ? (
        <Empty title={t('staff.alerts.none')}>{t('staff.alerts.noneText')}</Empty>
      ) : (
        <Card>
          <List>
            {alerts.map((alert) => (
              <Alert key={alert.id} alert={alert} token={mayClearUp ? token : undefined} />
            ))}
          </List>
        </Card>
      )}
    </Page>
  )
}

async function Alert(props: {
  readonly alert: StaffAlertView
  /** Undefined for who may look and not clear up. */
  readonly token: string | undefined
}): Promise<ReactNode> {
  const { alert, token } = props
  const { t, language } = await pageTranslator()
  const since = formatMoment(alert.raisedAt, language)
  const { chart, signIn, clinic } = alert
  return (
    <ListItem
      icon={<TriangleAlert aria-hidden="true" className="size-6 text-warning" />}
      title={t(`staff.alerts.kinds.${alert.kind}`)}
      detail={
        <>
          <p>{t(`staff.alerts.texts.${alert.kind}`)}</p>
          <p className="mt-1">
            {clinic ? t('staff.alerts.sinceAt', { since, clinic }) : t('staff.alerts.since', { since })}
          </p>
          {signIn && <p className="mt-1">{t('staff.alerts.signIn', signIn)}</p>}
          {!chart && token && (
            <ReviewForm
              action={clearUp}
              token={token}
              id={alert.id}
              button={t(signIn ? 'staff.alerts.lift' : 'staff.alerts.seen')}
            />
          )}
        </>
      }
      action={
        chart && (
          <Button
            href={`/staff/charts/${chart}`}
            variant="secondary"
            small
            label={t('staff.alerts.openLabel', { since })}
          >
            {t('staff.alerts.open')}
          </Button>
        )
      }
    />
  )
}
