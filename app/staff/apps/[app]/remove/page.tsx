import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaff } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { FormToken } from '@/app/_ui/form-token'
import { Points } from '@/app/_ui/list'
import { decide } from '@/app/staff/apps/actions'
import { StaffNav } from '@/app/staff/staff-nav'
import { describeApp } from '@/lib/apps/review'
import { countPeopleOfApp } from '@/lib/grants/count-people'
import { issueFormToken } from '@/lib/http/form-token'
import { now } from '@/lib/time/clock'

type RemoveAppProps = { readonly params: Promise<{ readonly app: string }> }

/** Asks before an app is removed, and says how many people it stops for. */
export default async function RemoveAppPage({ params }: RemoveAppProps): Promise<ReactNode> {
  const { app: id } = await params
  const staff = await requireStaff({ roles: ['admin'], returnTo: '/staff/apps' })
  const { t } = await pageTranslator()
  const details = await describeApp(id, now())
  if (!details || details.state === 'waiting' || details.state === 'refused') notFound()
  const { app } = details
  return (
    <Page
      title={t('staffApps.removeTitle')}
      heading={<span className="wrap-anywhere">{t('staffApps.removeHeading', { app: app.name })}</span>}
      nav={<StaffNav current="/staff/apps" roles={staff.roles} />}
    >
      <Points
        points={[
          t('staffApps.removePeople', { count: await countPeopleOfApp(id, now()) }),
          t('staffApps.removeAtOnce'),
          t('staffApps.removeForGood'),
        ]}
        mark={<span aria-hidden="true">•</span>}
      />
      <form action={decide}>
        <FormToken token={issueFormToken('app', staff.id, now())} />
        <input type="hidden" name="app" value={app.id} />
        <input type="hidden" name="revision" value={details.revision} />
        <Buttons>
          <Button name="decision" value="remove" variant="danger">
            {t('staffApps.remove')}
          </Button>
          <Button href={`/staff/apps/${app.id}`} variant="secondary">
            {t('staffApps.keep')}
          </Button>
        </Buttons>
      </form>
    </Page>
  )
}
