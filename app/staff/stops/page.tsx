import { CirclePause } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatMoment } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaff } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Card } from '@/app/_ui/card'
import { Empty } from '@/app/_ui/empty'
import { Field, Select } from '@/app/_ui/field'
import { FormToken } from '@/app/_ui/form-token'
import { Subheading } from '@/app/_ui/heading'
import { List, ListItem } from '@/app/_ui/list'
import { Notice } from '@/app/_ui/notice'
import { StaffNav } from '@/app/staff/staff-nav'
import { lift, pause } from '@/app/staff/stops/actions'
import { listTargets, targetValue } from '@/app/staff/stops/targets'
import { issueFormToken } from '@/lib/http/form-token'
import { listStops } from '@/lib/stops/stops'
import { now } from '@/lib/time/clock'

type StopsPageProps = {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>
}

const outcomes = {
  stopped: { tone: 'success', text: 'stops.done.stopped' },
  'was-stopped': { tone: 'info', text: 'stops.done.wasStopped' },
  lifted: { tone: 'success', text: 'stops.done.lifted' },
  'was-not-stopped': { tone: 'info', text: 'stops.done.wasNotStopped' },
  incomplete: { tone: 'problem', text: 'stops.done.incomplete' },
  expired: { tone: 'problem', text: 'stops.done.expired' },
} as const

/** Pausing and resuming: linking, tokens, an app, a provider, an EHR. In force with the next request. */
export default async function StopsPage({ searchParams }: StopsPageProps): Promise<ReactNode> {
  const staff = await requireStaff({ roles: ['admin'], returnTo: '/staff/stops' })
  const { t, language } = await pageTranslator()
  const [targets, stops] = await Promise.all([listTargets(t), listStops()])
  const done = (await searchParams)['done']
  const outcome = Object.entries(outcomes).find(([name]) => name === done)?.[1]
  const nameOf = (value: string): string => targets.find((target) => target.value === value)?.label ?? value
  const free = targets.filter((target) => !stops.some((stop) => targetValue(stop) === target.value))
  return (
    <Page
      title={t('stops.title')}
      lead={t('stops.lead')}
      width="wide"
      nav={<StaffNav current="/staff/stops" roles={staff.roles} />}
    >
      {outcome && <Notice tone={outcome.tone}>{t(outcome.text)}</Notice>}
      <Subheading>{t('stops.now')}</Subheading>
      {stops.length === 0 ? (
        <Empty title={t('stops.none')}>{t('stops.noneText')}</Empty>
      ) : (
        <Card>
          <List>
            {stops.map((stop) => (
              <ListItem
                key={targetValue(stop)}
                icon={<CirclePause aria-hidden="true" className="size-6 text-warning" />}
                title={nameOf(targetValue(stop))}
                detail={t('stops.detail', { reason: stop.reason, since: formatMoment(stop.since, language) })}
                action={
                  <form action={lift}>
                    <FormToken token={issueFormToken('lift-stop', staff.id, now())} />
                    <input type="hidden" name="target" value={targetValue(stop)} />
                    <Button
                      variant="secondary"
                      small
                      label={t('stops.liftOne', { what: nameOf(targetValue(stop)) })}
                    >
                      {t('stops.lift')}
                    </Button>
                  </form>
                }
              />
            ))}
          </List>
        </Card>
      )}
      <Subheading>{t('stops.pauseTitle')}</Subheading>
      <Card>
        <form action={pause} className="max-w-xl">
          <FormToken token={issueFormToken('pause', staff.id, now())} />
          <Select
            name="target"
            label={t('stops.what')}
            hint={t('stops.whatHint')}
            options={free}
            placeholder={t('stops.choose')}
            required
          />
          <Field
            name="reason"
            label={t('stops.reason')}
            hint={t('stops.reasonHint')}
            required
            maxLength={200}
            autoComplete="off"
          />
          <Button variant="danger">{t('stops.pause')}</Button>
        </form>
      </Card>
    </Page>
  )
}
