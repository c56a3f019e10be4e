import { AppWindow, CirclePause, Search, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaff } from '@/app/_session'
import { Card } from '@/app/_ui/card'
import { List, ListItem } from '@/app/_ui/list'
import { TextLink } from '@/app/_ui/phone'
import { StaffNav } from '@/app/staff/staff-nav'
import { countAlerts } from '@/lib/alerts/alerts'

/** What staff can do here. */
export default async function StaffPage(): Promise<ReactNode> {
  const staff = await requireStaff({ roles: ['desk', 'records', 'admin'], returnTo: '/staff' })
  const { t } = await pageTranslator()
  return (
    <Page
      title={t('staff.home.title')}
      lead={t('staff.home.lead')}
      width="wide"
      nav={<StaffNav current="/staff" roles={staff.roles} />}
    >
      <Card>
        <List>
          <ListItem
            icon={<Search aria-hidden="true" className="size-6" />}
            title={<TextLink href="/staff/charts">{t('staff.home.charts')}</TextLink>}
            detail={t('staff.home.chartsText')}
          />
          <ListItem
            icon={<TriangleAlert aria-hidden="true" className="size-6" />}
            title={<TextLink href="/staff/alerts">{t('staff.home.alerts')}</TextLink>}
            detail={t('staff.home.alertsText', { count: await countAlerts() })}
          />
          {staff.roles.includes('admin') && (
            <ListItem
              icon={<AppWindow aria-hidden="true" className="size-6" />}
              title={<TextLink href="/staff/apps">{t('staff.home.apps')}</TextLink>}
              detail={t('staff.home.appsText')}
            />
          )}
          {staff.roles.includes('admin') && (
            <ListItem
              icon={<CirclePause aria-hidden="true" className="size-6" />}
              title={<TextLink href="/staff/stops">{t('staff.home.stops')}</TextLink>}
              detail={t('staff.home.stopsText')}
            />
          )}
        </List>
      </Card>
    </Page>
  )
}
