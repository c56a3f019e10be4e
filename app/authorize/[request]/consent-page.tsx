import { X } from 'lucide-react'
import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Card, Tag } from '@/app/_ui/card'
import { Checkbox, Choices } from '@/app/_ui/choice'
import { FormToken } from '@/app/_ui/form-token'
import { Subheading } from '@/app/_ui/heading'
import { Points } from '@/app/_ui/list'
import { Emblem } from '@/app/_ui/mark'
import { Notice } from '@/app/_ui/notice'
import { config } from '@/lib/config/config'
import type { ConsentView } from '@/lib/smart/consent'
import { groupItems, groupText, itemHint, itemText } from '@/lib/smart/consent-items'

type ConsentPageProps = {
  readonly here: string
  readonly view: ConsentView
  /** The form came back because it had expired or what it showed had changed. */
  readonly isAgain: boolean
}

/** The one decision: what this app may see of this chart. Yes and no weigh the same. */
export async function ConsentPage({ here, view, isAgain }: ConsentPageProps): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const app = view.app.name
  return (
    <Page title={t('consent.title', { app })} lead={t('consent.lead', { app })} signedIn>
      {isAgain && <Notice tone="problem">{t('authorize.refused.form-expired')}</Notice>}
      <AppAndChart here={here} view={view} />
      <form method="post" action={`/oauth${here}/decision`}>
        <FormToken token={view.formToken} />
        <input type="hidden" name="shown" value={view.shown} />
        <input type="hidden" name="chart" value={view.chart.linkId} />
        <input type="hidden" name="language" value={view.language} />
        <Subheading>{t('consent.what', { app })}</Subheading>
        <p className="mb-6 max-w-prose text-quiet">{t('consent.whatHint')}</p>
        {groupItems(view.items).map((group) => (
          <Choices key={group.id} legend={groupText(group.id, t)}>
            {group.items.map((id) => (
              <Checkbox
                key={id}
                name={`item.${id}`}
                value="yes"
                label={itemText(id, t)}
                hint={itemHint(id, t)}
                defaultChecked={!view.unticked.includes(id)}
              />
            ))}
          </Choices>
        ))}
        <Duration view={view} />
        <Consequences view={view} />
        <Buttons>
          <Button variant="secondary" name="decision" value="accept">
            {t('consent.accept')}
          </Button>
          <Button variant="secondary" name="decision" value="decline">
            {t('consent.decline')}
          </Button>
        </Buttons>
      </form>
    </Page>
  )
}

async function AppAndChart({ here, view }: { here: string; view: ConsentView }): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const { app, chart } = view
  const clinic = config().brand.shortName
  return (
    <>
      <Card>
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
        <h2 className="text-quiet">{t('consent.whose')}</h2>
        <p className="text-lg font-semibold wrap-break-word" data-testid="chart-name">
          <bdi>{chart.name ?? t('authorize.choose.unnamed', { clinic: chart.clinic })}</bdi>
        </p>
        {chart.birthYear && (
          <p className="text-quiet">{t('consent.bornAt', { year: chart.birthYear, clinic: chart.clinic })}</p>
        )}
      </Card>
    </>
  )
}

/** For how long. Access while the person is away, or for the visit, is a tick of its own, said plainly. */
async function Duration({ view }: { view: ConsentView }): Promise<ReactNode> {
  const { t, language } = await pageTranslator()
  const asked = (['offline', 'online'] as const).find((id) => view.items.includes(id))
  if (asked === undefined)
    return (
      <>
        <Subheading>{t('consent.howLong')}</Subheading>
        <p className="max-w-prose">{t('consent.now')}</p>
      </>
    )
  const hint =
    asked === 'offline'
      ? t('consent.offline', { day: formatDay(view.until, language) })
      : t('consent.online', { hours: view.visitHours })
  return (
    <Choices legend={t('consent.howLong')}>
      <Checkbox
        name={`item.${asked}`}
        value="yes"
        label={itemText(asked, t)}
        hint={hint}
        defaultChecked={!view.unticked.includes(asked)}
      />
    </Choices>
  )
}

/** What it will not see, and where responsibility passes on. */
async function Consequences({ view }: { view: ConsentView }): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const not = ['notSeeUnreleased', 'notSeeUnticked', 'notSeeOthers'] as const
  return (
    <>
      <Subheading>{t('consent.notSee')}</Subheading>
      <Points
        points={not.map((key) => t(`consent.${key}`))}
        mark={<X aria-hidden="true" className="size-5 text-quiet" />}
      />
      <p className="mt-6 max-w-prose text-quiet">{t('consent.after', { app: view.app.name })}</p>
      <p className="mt-2 max-w-prose text-quiet">{t('consent.none')}</p>
    </>
  )
}
