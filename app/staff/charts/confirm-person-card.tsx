import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Card } from '@/app/_ui/card'
import { ConfirmPerson } from '@/app/staff/charts/confirm-person'
import { providerName } from '@/lib/identity/providers'
import type { ChartView } from '@/lib/journeys/staff-charts'
import type { StepUpCodeRefusal } from '@/lib/journeys/step-up-code'
import type { Translate } from '@/lib/language/translate'
import { deskIdentifications } from '@/lib/linking/step-up-codes'

/** Every reason has words: a new one does not compile until it has some. */
const refusals = {
  expired: 'staff.chart.confirm.refused.expired',
  'own-record': 'staff.chart.confirm.refused.own-record',
  'no-link': 'staff.chart.confirm.refused.no-link',
  'already-made': 'staff.chart.confirm.refused.already-made',
} as const satisfies Record<StepUpCodeRefusal, string>

/** The desk speaks for somebody who has this chart open and has to show again that it is them. */
export async function ConfirmPersonCard(props: {
  readonly chart: ChartView
  readonly handle: string
  readonly token: string
}): Promise<ReactNode> {
  const { chart, handle, token } = props
  const { t, language } = await pageTranslator()
  const people = chart.links
    .filter((link) => link.status === 'active')
    .map((link) => ({ value: link.id, label: labelOf(t, chart, { link, language }) }))
  if (people.length === 0) return null
  return (
    <Card title={t('staff.chart.confirm.title')}>
      <p className="mb-6 max-w-prose text-quiet">{t('staff.chart.confirm.lead')}</p>
      <ConfirmPerson
        handle={handle}
        token={token}
        people={people}
        identifications={deskIdentifications.map((value) => ({ value, label: t(`staff.chart.${value}`) }))}
        words={{
          who: t('staff.chart.confirm.who'),
          identification: t('staff.chart.identification'),
          incomplete: t('staff.chart.choose'),
          make: t('staff.chart.confirm.make'),
          code: t('staff.chart.confirm.code', { time: '{time}' }),
          refused: Object.fromEntries(Object.entries(refusals).map(([reason, key]) => [reason, t(key)])),
        }}
      />
    </Card>
  )
}

type Link = ChartView['links'][number]

function labelOf(
  t: Translate,
  chart: ChartView,
  { link, language }: { readonly link: Link; readonly language: string },
): string {
  const provider = providerName(link.provider)
  const date = formatDay(link.createdAt, language)
  if (link.relationship === 'self') return t('staff.chart.confirm.self', { provider, date })
  const name = chart.proxies.find((one) => one.id === link.relatedPersonId)?.name
  return t('staff.chart.confirm.proxy', { name: name ?? t('staff.chart.confirm.someone'), provider, date })
}
