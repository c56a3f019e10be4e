import { Check, Minus } from 'lucide-react'
import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaff } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Card, Facts, Tag } from '@/app/_ui/card'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import type { SearchParams } from '@/app/link/addresses'
import { decide } from '@/app/staff/apps/actions'
import { listAppFacts } from '@/app/staff/apps/app-facts'
import { SecretForm } from '@/app/staff/apps/secret-form'
import { StaffNav } from '@/app/staff/staff-nav'
import { type AppDetails, describeApp } from '@/lib/apps/review'
import { appStatements } from '@/lib/config/app-entry'
import { issueFormToken } from '@/lib/http/form-token'
import type { Translate } from '@/lib/language/translate'
import { now } from '@/lib/time/clock'

type AppPageProps = {
  readonly params: Promise<{ readonly app: string }>
  readonly searchParams: SearchParams
}

const outcomes = {
  approve: { tone: 'success', text: 'staffApps.done.approve' },
  refuse: { tone: 'success', text: 'staffApps.done.refuse' },
  'end-old-secrets': { tone: 'success', text: 'staffApps.done.endOldSecrets' },
  'too-late': { tone: 'info', text: 'staffApps.done.tooLate' },
  expired: { tone: 'problem', text: 'staffApps.done.expired' },
} as const

/** One app: what it registered and declared, and what can be decided about it. */
export default async function AppPage({ params, searchParams }: AppPageProps): Promise<ReactNode> {
  const { app: id } = await params
  const staff = await requireStaff({ roles: ['admin'], returnTo: '/staff/apps' })
  const { t, language } = await pageTranslator()
  const details = await describeApp(id, now())
  if (!details) notFound()
  const done = (await searchParams)['done']
  const outcome = Object.entries(outcomes).find(([name]) => name === done)?.[1]
  return (
    <Page
      title={t('staffApps.oneTitle')}
      heading={<bdi className="wrap-anywhere">{details.app.name}</bdi>}
      width="wide"
      nav={<StaffNav current="/staff/apps" roles={staff.roles} />}
    >
      {outcome && <Notice tone={outcome.tone}>{t(outcome.text)}</Notice>}
      {details.resembles.length > 0 && (
        <Notice tone="warning" title={t('staffApps.resembles')}>
          <bdi>{details.resembles.join(' · ')}</bdi>
        </Notice>
      )}
      <Card
        title={t('staffApps.registered')}
        action={
          <Tag tone={details.state === 'waiting' ? 'careful' : 'plain'}>
            {t(`staffApps.state.${details.state}`)}
          </Tag>
        }
      >
        <Facts facts={listAppFacts(t, details, formatDay(details.registeredAt, language))} />
      </Card>
      <Statements details={details} t={t} />
      <Decisions details={details} staffId={staff.id} t={t} />
      {details.hasSecret && details.state !== 'waiting' && details.state !== 'refused' && (
        <Card title={t('staffApps.secrets')}>
          <p className="mb-4">{t('staffApps.secretsText', { count: details.secrets.length })}</p>
          <SecretForm
            app={details.app.id}
            token={issueFormToken('app-secret', staff.id, now())}
            words={{
              give: t('staffApps.giveSecret'),
              once: t('staffApps.secretOnce'),
              expired: t('staffApps.done.expired'),
              none: t('staffApps.done.tooLate'),
            }}
          />
        </Card>
      )}
      <Buttons>
        <Button href="/staff/apps" variant="secondary">
          {t('staffApps.back')}
        </Button>
      </Buttons>
    </Page>
  )
}

function Statements({ details, t }: { readonly details: AppDetails; readonly t: Translate }): ReactNode {
  const { app } = details
  if (app.kind !== 'app') return null
  return (
    <Card title={t('staffApps.statements')}>
      <p className="mb-4">{t('staffApps.statementsText')}</p>
      <ul className="grid gap-y-2">
        {appStatements.map((statement) => {
          const isDeclared = app.statements.includes(statement)
          return (
            <li key={statement} className="flex gap-3">
              {isDeclared ? (
                <Check aria-hidden="true" className="mt-0.5 size-5 shrink-0 text-success" />
              ) : (
                <Minus aria-hidden="true" className="mt-0.5 size-5 shrink-0 text-warning" />
              )}
              <span>
                {t(`staffApps.statement.${statement}`)}{' '}
                <span className="text-quiet">
                  {t(isDeclared ? 'staffApps.declared' : 'staffApps.notDeclared')}
                </span>
              </span>
            </li>
          )
        })}
      </ul>
    </Card>
  )
}

function Decisions(props: {
  readonly details: AppDetails
  readonly staffId: string
  readonly t: Translate
}): ReactNode {
  const { details, staffId, t } = props
  if (details.state === 'refused') return null
  const isWaiting = details.state === 'waiting'
  return (
    <Card title={t(isWaiting ? 'staffApps.decide' : 'staffApps.inUse')}>
      <p className="mb-4">{t(isWaiting ? 'staffApps.decideText' : 'staffApps.inUseText')}</p>
      <form action={decide}>
        <FormToken token={issueFormToken('app', staffId, now())} />
        <input type="hidden" name="app" value={details.app.id} />
        <input type="hidden" name="revision" value={details.revision} />
        <Buttons>
          {isWaiting && (
            <>
              <Button name="decision" value="approve">
                {t('staffApps.approve')}
              </Button>
              <Button name="decision" value="refuse" variant="danger">
                {t('staffApps.refuse')}
              </Button>
            </>
          )}
          {!isWaiting && details.secrets.length > 1 && (
            <Button name="decision" value="end-old-secrets" variant="secondary">
              {t('staffApps.endOldSecrets')}
            </Button>
          )}
          {!isWaiting && (
            <Button href={`/staff/apps/${details.app.id}/remove`} variant="secondary">
              {t('staffApps.remove')}
            </Button>
          )}
        </Buttons>
      </form>
    </Card>
  )
}
