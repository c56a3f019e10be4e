import type { ReactNode } from 'react'
import { formatDay, formatMoment } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Card } from '@/app/_ui/card'
import { allowOne, liftLink, unlock } from '@/app/staff/charts/actions'
import { whyOnHold } from '@/app/staff/charts/chart-history'
import { ReviewForm } from '@/app/staff/review-form'
import type { ChartView } from '@/lib/journeys/staff-charts'

type ReviewsProps = { readonly chart: ChartView; readonly handle: string; readonly token: string }

/** What keeps people from this chart, and how it is lifted after they were checked: a lock, and links on hold. */
export async function ChartBarriers({ chart, handle, token }: ReviewsProps): Promise<ReactNode> {
  const { t, language } = await pageTranslator()
  const onHold = chart.links.filter((link) => link.status === 'suspended')
  return (
    <>
      {chart.lockedUntil && (
        <Card title={t('staff.review.lockedTitle')}>
          <p>{t('staff.review.locked', { until: formatMoment(chart.lockedUntil, language) })}</p>
          <ReviewForm
            action={unlock.bind(null, handle)}
            token={token}
            id="lock"
            button={t('staff.review.unlock')}
          />
        </Card>
      )}
      {onHold.map((link) => (
        <Card
          key={link.id}
          title={t('staff.review.holdTitle', { date: formatDay(link.createdAt, language) })}
        >
          <p>{whyOnHold(t, link.endedWhy)}</p>
          <p className="mt-1 text-quiet">{t('staff.review.holdText')}</p>
          <ReviewForm
            action={liftLink.bind(null, handle)}
            token={token}
            id={link.id}
            button={t('staff.review.lift')}
          />
        </Card>
      ))}
    </>
  )
}

/** Staff's leave for one more sign-in, where the caps on links and changes stand in the way. */
export async function OneMoreSignIn({ chart, handle, token }: ReviewsProps): Promise<ReactNode> {
  const { t } = await pageTranslator()
  if (chart.links.length === 0) return null
  return (
    <Card title={t('staff.review.capsTitle')}>
      <p className="text-quiet">{t('staff.review.caps')}</p>
      {chart.hasAllowance ? (
        <p className="mt-2">{t('staff.review.allowed')}</p>
      ) : (
        <ReviewForm
          action={allowOne.bind(null, handle)}
          token={token}
          id="cap"
          button={t('staff.review.allow')}
        />
      )}
    </Card>
  )
}
