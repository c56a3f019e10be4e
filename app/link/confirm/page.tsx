import { ArrowDown } from 'lucide-react'
import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { formatMoment } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requirePatient } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Card } from '@/app/_ui/card'
import { FormToken } from '@/app/_ui/form-token'
import { confirm, declineChart, declineSignIn } from '@/app/link/actions'
import { linkAddress, returnPath, type SearchParams } from '@/app/link/addresses'
import { issueFormToken } from '@/lib/http/form-token'
import { describeProposal } from '@/lib/journeys/look-at-proposal'
import { now } from '@/lib/time/clock'

/** Before a link is written: which sign-in will open which chart, with two ways to say "not me". */
export default async function ConfirmPage({
  searchParams,
}: {
  readonly searchParams: SearchParams
}): Promise<ReactNode> {
  const to = returnPath((await searchParams)['to'])
  const session = await requirePatient(linkAddress('/link/confirm', to))
  const { t, language } = await pageTranslator()
  const proposal = await describeProposal(session, now())
  if (proposal.outcome === 'refused') redirect(linkAddress('/link', to, { problem: proposal.reason }))
  const { view } = proposal
  return (
    <Page title={t('link.confirm.title')} step={{ now: 3, of: 3 }} signedIn lead={t('link.confirm.lead')}>
      <form action={confirm}>
        <FormToken token={issueFormToken(`confirm:${view.id}`, session.id, now())} />
        <input type="hidden" name="proposal" value={view.id} />
        <input type="hidden" name="to" value={to} />
        <Card title={t('link.confirm.signIn')}>
          <p className="text-xl">{t('link.confirm.provider', { provider: view.providerName })}</p>
          <p className="mt-1 text-quiet">
            {t('link.confirm.signedInAt', { when: formatMoment(view.signedInAt, language) })}
          </p>
          <div className="mt-4">
            <Button variant="secondary" small formAction={declineSignIn} formNoValidate>
              {t('link.confirm.notMySignIn')}
            </Button>
          </div>
        </Card>
        <ArrowDown aria-hidden="true" className="mx-auto mb-6 size-6 text-quiet" />
        <Card title={t('link.confirm.chart')}>
          <p className="text-xl wrap-break-word">
            <bdi>{view.patientName}</bdi>
          </p>
          <p className="mt-1 text-quiet">{t('link.confirm.born', { year: view.birthYear })}</p>
          <p className="text-quiet">{view.clinicName}</p>
          {view.relationship === 'proxy' && <p className="text-quiet">{t('link.confirm.proxy')}</p>}
          <div className="mt-4">
            <Button variant="secondary" small formAction={declineChart} formNoValidate>
              {t('link.confirm.notMyChart')}
            </Button>
          </div>
        </Card>
        <p className="text-quiet">{t('link.confirm.shared')}</p>
        <Buttons>
          <Button>{t('link.confirm.yes')}</Button>
        </Buttons>
      </form>
    </Page>
  )
}
