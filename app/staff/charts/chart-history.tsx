import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { Card } from '@/app/_ui/card'
import { FormToken } from '@/app/_ui/form-token'
import { List, ListItem } from '@/app/_ui/list'
import { revoke } from '@/app/staff/charts/actions'
import { providerName } from '@/lib/identity/providers'
import type { ChartView } from '@/lib/journeys/staff-charts'
import type { Translate } from '@/lib/language/translate'

type HistoryProps = { readonly chart: ChartView; readonly handle: string; readonly token: string }

/** The codes given for a chart and the sign-ins that open it, each with its end. */
export async function ChartHistory({ chart, handle, token }: HistoryProps): Promise<ReactNode> {
  const { t, language } = await pageTranslator()
  return (
    <>
      <Card title={t('staff.chart.links')}>
        {chart.links.length === 0 && <p className="text-quiet">{t('staff.chart.noLinks')}</p>}
        <List>
          {chart.links.map((link) => {
            const date = formatDay(link.createdAt, language)
            return (
              <ListItem
                key={link.id}
                title={providerName(link.provider)}
                detail={
                  link.status === 'suspended'
                    ? whyOnHold(t, link.endedWhy)
                    : t('staff.chart.linkDetail', { date })
                }
                action={
                  <Button
                    href={`/staff/charts/${encodeURIComponent(handle)}/end/${link.id}`}
                    variant="danger"
                    small
                    label={t('staff.chart.endLabel', { date })}
                  >
                    {t('staff.chart.end')}
                  </Button>
                }
              />
            )
          })}
        </List>
      </Card>
      <Card title={t('staff.chart.codes')}>
        {chart.codes.length === 0 && <p className="text-quiet">{t('staff.chart.noCodes')}</p>}
        <List>
          {chart.codes.map((code) => (
            <ListItem
              key={code.id}
              title={code.relationship === 'self' ? t('staff.chart.self') : t('staff.chart.proxy')}
              detail={`${formatDay(code.createdAt, language)} · ${t(`staff.chart.status.${code.status}`, { date: formatDay(code.expiresAt, language) })}`}
              action={
                code.status === 'live' && (
                  <form action={revoke.bind(null, handle)}>
                    <FormToken token={token} />
                    <input type="hidden" name="code" value={code.id} />
                    <Button variant="secondary" small>
                      {t('staff.chart.revoke')}
                    </Button>
                  </form>
                )
              }
            />
          ))}
        </List>
      </Card>
    </>
  )
}

const whys = [
  'not-me',
  'record-changed',
  'deceased',
  'merged',
  'inactive',
  'under-age',
  'proxy-ended',
] as const

/** Why a link is on hold, in words. */
export function whyOnHold(t: Translate, reason: string | undefined): string {
  const known = whys.find((one) => one === reason) ?? 'other'
  return t('staff.chart.suspended', { why: t(`staff.chart.whys.${known}`) })
}
