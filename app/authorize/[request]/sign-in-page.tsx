import { Check, X } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Card, Tag } from '@/app/_ui/card'
import { FormToken } from '@/app/_ui/form-token'
import { Subheading } from '@/app/_ui/heading'
import { Points } from '@/app/_ui/list'
import { Emblem } from '@/app/_ui/mark'
import { Notice } from '@/app/_ui/notice'
import { config } from '@/lib/config/config'
import type { SignInView } from '@/lib/smart/consent'

type SignInConsentProps = {
  readonly here: string
  readonly view: SignInView
  /** The form came back because it had expired or what it showed had changed. */
  readonly isAgain: boolean
}

/** The one decision: whether this app may know that it is this person. No chart takes part. */
export async function SignInConsent({ here, view, isAgain }: SignInConsentProps): Promise<ReactNode> {
  const { t, language } = await pageTranslator()
  const app = view.app.name
  const not = ['notChart', 'notName', 'notPassword'] as const
  return (
    <Page title={t('consentSignIn.title', { app })} lead={t('consentSignIn.lead', { app })} signedIn>
      {isAgain && <Notice tone="problem">{t('authorize.refused.form-expired')}</Notice>}
      <AppAndVisit here={here} view={view} />
      <Subheading>{t('consentSignIn.gets', { app })}</Subheading>
      <Points
        points={[t('consentSignIn.getsNumber')]}
        mark={<Check aria-hidden="true" className="size-5 text-success" />}
      />
      <div className="mt-6">
        <Subheading>{t('consentSignIn.getsNot')}</Subheading>
        <Points
          points={not.map((key) => t(`consentSignIn.${key}`))}
          mark={<X aria-hidden="true" className="size-5 text-quiet" />}
        />
      </div>
      <p className="mt-6 max-w-prose text-quiet">
        {t('consentSignIn.until', { day: formatDay(view.until, language) })}
      </p>
      <form method="post" action={`/oauth${here}/decision`}>
        <FormToken token={view.formToken} />
        <input type="hidden" name="shown" value={view.shown} />
        <input type="hidden" name="language" value={view.language} />
        <Buttons>
          <Button variant="secondary" name="decision" value="accept">
            {t('consentSignIn.accept')}
          </Button>
          <Button variant="secondary" name="decision" value="decline">
            {t('consentSignIn.decline')}
          </Button>
        </Buttons>
      </form>
    </Page>
  )
}

async function AppAndVisit({ here, view }: { here: string; view: SignInView }): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const { app } = view
  const clinic = config().brand.shortName
  return (
    <Card
      footer={
        <form method="post" action={`/oauth${here}/not-me`} className="contents">
          <FormToken token={view.formToken} />
          <span className="min-w-0 flex-1 text-quiet">
            {t('consent.signedInWith', { provider: view.provider })}
          </span>
          <Button variant="quiet" small>
            {t('consent.notMe')}
          </Button>
        </form>
      }
    >
      <div className="flex flex-wrap items-start gap-x-4 gap-y-2">
        <Emblem name={app.name} logo={app.logo} />
        <div className="min-w-0 flex-1 basis-40">
          <h2 className="text-lg font-semibold tracking-tight wrap-break-word">{app.name}</h2>
          <p className="text-quiet">{t('consent.by', { developer: app.developer })}</p>
        </div>
        <Tag tone={app.reviewed ? 'good' : 'careful'}>
          {t(app.reviewed ? 'consent.reviewed' : 'consent.notReviewed', { clinic })}
        </Tag>
      </div>
      {!app.reviewed && <p className="mt-3">{t('consent.notReviewedText')}</p>}
    </Card>
  )
}
