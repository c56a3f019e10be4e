import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaff } from '@/app/_session'
import { Card, Tag } from '@/app/_ui/card'
import { List, ListItem } from '@/app/_ui/list'
import { Notice } from '@/app/_ui/notice'
import { TextLink } from '@/app/_ui/phone'
import type { SearchParams } from '@/app/link/addresses'
import { StaffNav } from '@/app/staff/staff-nav'
import { listAppsForStaff } from '@/lib/apps/review'

/** Every app that patients can use, and those that ask to be let in. */
export default async function AppsPage({
  searchParams,
}: {
  readonly searchParams: SearchParams
}): Promise<ReactNode> {
  const staff = await requireStaff({ roles: ['admin'], returnTo: '/staff/apps' })
  const { t } = await pageTranslator()
  const apps = await listAppsForStaff()
  return (
    <Page
      title={t('staffApps.title')}
      lead={t('staffApps.lead')}
      width="wide"
      nav={<StaffNav current="/staff/apps" roles={staff.roles} />}
    >
      {(await searchParams)['done'] === 'remove' && (
        <Notice tone="success">{t('staffApps.done.remove')}</Notice>
      )}
      <Card>
        <List>
          {apps.map((app) => (
            <ListItem
              key={app.id}
              title={
                <TextLink href={`/staff/apps/${app.id}`}>
                  <bdi>{app.name}</bdi>
                </TextLink>
              }
              detail={t(`staffApps.kind.${app.kind}`)}
              action={
                <span className="flex flex-wrap gap-2">
                  {app.isLookAlike && <Tag tone="careful">{t('staffApps.lookAlike')}</Tag>}
                  <Tag tone={app.state === 'waiting' ? 'careful' : 'plain'}>
                    {t(`staffApps.state.${app.state}`)}
                  </Tag>
                </span>
              }
            />
          ))}
        </List>
      </Card>
    </Page>
  )
}
