import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { AreaNav } from '@/app/_ui/area-nav'
import { SignOutButton, VisitWarning } from '@/app/_visit'
import type { StaffRoleName } from '@/lib/config/file'

/** The ways through the staff pages that this person's roles open. */
export async function StaffNav(props: {
  readonly current: string
  readonly roles: readonly StaffRoleName[]
}): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const isAdmin = props.roles.includes('admin')
  const links = [
    { href: '/staff', label: t('staffNav.home') },
    { href: '/staff/charts', label: t('staffNav.charts') },
    ...(isAdmin ? [{ href: '/staff/stops', label: t('staffNav.stops') }] : []),
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
