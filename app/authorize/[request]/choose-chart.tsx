import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Choice, Choices } from '@/app/_ui/choice'
import { FormToken } from '@/app/_ui/form-token'
import type { ChartChoice } from '@/lib/smart/chart-choices'
import type { ConsentStep } from '@/lib/smart/consent'

type ChooseChartProps = {
  readonly here: string
  readonly step: Extract<ConsentStep, { readonly step: 'choose' }>
}

/** Which of several charts the app is to see. */
export async function ChooseChart({ here, step }: ChooseChartProps): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const explain = (chart: ChartChoice): string =>
    t(chart.relationship === 'self' ? 'authorize.choose.own' : 'authorize.choose.other', {
      clinic: chart.clinic,
    })
  return (
    <Page title={t('authorize.choose.title', { app: step.app })} lead={t('authorize.choose.lead')} signedIn>
      <form method="post" action={`/oauth${here}/chart`}>
        <FormToken token={step.formToken} />
        <Choices legend={t('authorize.choose.legend')}>
          {step.choices.map((chart) => (
            <Choice
              key={chart.linkId}
              name="chart"
              value={chart.linkId}
              label={<bdi>{chart.name ?? t('authorize.choose.unnamed', { clinic: chart.clinic })}</bdi>}
              hint={
                chart.birthYear
                  ? `${explain(chart)} · ${t('authorize.choose.born', { year: chart.birthYear })}`
                  : explain(chart)
              }
              required
            />
          ))}
        </Choices>
        {step.elsewhere.length > 0 && (
          <p className="mb-8 max-w-prose text-quiet">
            {t('authorize.choose.elsewhere', { clinic: step.clinic, others: step.elsewhere.join(', ') })}
          </p>
        )}
        <Buttons>
          <Button>{t('common.continue')}</Button>
        </Buttons>
      </form>
    </Page>
  )
}
