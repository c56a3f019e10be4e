import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { AreaNav } from '@/app/_ui/area-nav'
import { SignOutButton, VisitWarning } from '@/app/_visit'
import { countAlerts } from '@/lib/alerts/alerts'
import type { StaffRoleName } from '@/lib/config/file'

/** The ways through the staff pages that this person's roles open. */
export async function StaffNav(props: {
  readonly current: string
  readonly roles: readonly StaffRoleName[]
}): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const isAdmin = props.roles.includes('admin')
  const alerts = await countAlerts()
  const links = [
    { href: '/staff', label: t('staffNav.home') },
    { href: '/staff/charts', label: t('staffNav.charts') },
    {
      href: '/staff/alerts',
      label: alerts > 0 ? t('staffNav.alertsOpen', { count: alerts }) : t('staffNav.alerts'),
    },
    ...(isAdmin
      ? [
          { href: '/staff/apps', label: t('staffNav.apps') },
          { href: '/staff/stops', label: t('staffNav.stops') },
        ]
      : []),
  ]
  return (
    <>
      <AreaNav
        label={t('staffNav.label')}
        links={links}
        current={props.current}
        end={<SignOutButton kind="staff" />}
      />
      <VisitWarning kind="staff" />
    </>
  )
}
