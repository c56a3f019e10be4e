import { AppWindow, FileHeart } from 'lucide-react'
import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requirePatient } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Empty } from '@/app/_ui/empty'
import { Subheading } from '@/app/_ui/heading'
import { Phone, TextLink } from '@/app/_ui/phone'
import { AppCard } from '@/app/account/app-card'
import { AppSignInCard } from '@/app/account/app-sign-in-card'
import { ChartCard } from '@/app/account/chart-card'
import { DoneNotice } from '@/app/account/done-notice'
import { PasskeysCard } from '@/app/account/passkeys-card'
import { SignInsCard } from '@/app/account/sign-ins-card'
import { findReturnAddress } from '@/lib/apps/return-address'
import { config, type Ehr } from '@/lib/config/config'
import { describeAccount } from '@/lib/journeys/describe-account'
import type { Translate } from '@/lib/language/translate'
import { now } from '@/lib/time/clock'

type AccountPageProps = {
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>
}

/** My account: the charts I can open, the apps that may read them, and how I sign in. */
export default async function AccountPage({ searchParams }: AccountPageProps): Promise<ReactNode> {
  const { done, portal, to } = await searchParams
  const back = await findReturnAddress(portal, to)
  const here = back
    ? `/account?${new URLSearchParams({ portal: back.portalId, to: back.address })}`
    : '/account'
  const patient = await requirePatient(here)
  const { t } = await pageTranslator()
  const { charts, apps, appSignIns, logins } = await describeAccount(patient.accountId, now())
  return (
    <Page
      title={t('account.title')}
      lead={t('account.lead')}
      width="wide"
      nav={back && <TextLink href={back.address}>{t('return.back', { portal: back.portal })}</TextLink>}
      signedIn
    >
      <DoneNotice done={done} />
      <section aria-labelledby="charts">
        <Subheading id="charts">{t('account.charts')}</Subheading>
        {charts.length === 0 && (
          <Empty
            icon={<FileHeart aria-hidden="true" className="size-6" />}
            title={t('account.noCharts')}
            action={<Button href="/link?to=/account">{t('account.addChart')}</Button>}
          >
            {t('account.noChartsText')}
          </Empty>
        )}
        {charts.map((chart) => (
          <ChartCard key={chart.linkId} chart={chart} />
        ))}
      </section>
      <section aria-labelledby="apps" className="mt-12">
        <Subheading id="apps">{t('account.apps')}</Subheading>
        {apps.length + appSignIns.length === 0 && (
          <Empty icon={<AppWindow aria-hidden="true" className="size-6" />} title={t('account.noApps')}>
            {t('account.noAppsText')}
          </Empty>
        )}
        {apps.map((app) => (
          <AppCard key={app.grantId} app={app} chart={charts.find((chart) => chart.linkId === app.linkId)} />
        ))}
        {appSignIns.map((app) => (
          <AppSignInCard key={app.id} app={app} sessionId={patient.id} />
        ))}
      </section>
      <section aria-labelledby="release" className="mt-12 max-w-prose">
        <Subheading id="release">{t('account.release')}</Subheading>
        {releaseEhrs(charts.map((chart) => chart.ehrId)).map((ehr) => (
          <p key={ehr.id} className="mb-3">
            {releaseSentence(ehr, t)}
          </p>
        ))}
        <p className="text-quiet">
          {t.rich('account.releaseAsk', { phone: () => <Phone number={config().brand.phone} /> })}
        </p>
      </section>
      <section aria-labelledby="sign-ins" className="mt-12">
        <Subheading id="sign-ins">{t('account.signIns')}</Subheading>
        <SignInsCard patient={patient} logins={logins} />
      </section>
      <section aria-labelledby="passkeys" className="mt-12">
        <Subheading id="passkeys">{t('passkeys.title')}</Subheading>
        <PasskeysCard accountId={patient.accountId} />
      </section>
    </Page>
  )
}

/** The EHRs whose way of releasing results concerns this person; all of them while there is no chart. */
function releaseEhrs(linked: readonly string[]): readonly Ehr[] {
  const { ehrs } = config()
  return linked.length === 0 ? ehrs : ehrs.filter((ehr) => linked.includes(ehr.id))
}

/** The standing sentence: how results are released, never what is held (spec B9). */
function releaseSentence(ehr: Ehr, t: Translate): string {
  const policy = ehr.releasePolicy
  if (policy.kind === 'immediate') return t('account.releaseImmediate', { clinic: ehr.name })
  return policy.automaticReleaseDays === undefined
    ? t('account.releaseByOrderer', { clinic: ehr.name })
    : t('account.releaseByOrdererDays', { clinic: ehr.name, days: policy.automaticReleaseDays })
}
