import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { cookieHeader } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { Phone } from '@/app/_ui/phone'
import { AddPasskeyWay, DeskWay, PasskeyWay, SignInWay } from '@/app/step-up/ways'
import { config } from '@/lib/config/config'
import { safeReturnPath } from '@/lib/identity/return-path'
import { homePaths } from '@/lib/identity/sign-in'
import { describeStepUp, type StepUpView, stepUpReasons } from '@/lib/smart/step-up'
import { now } from '@/lib/time/clock'

type Search = { readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>> }

/** Asks a person who is signed in to show that it is really them: what for, and the ways that would do. */
export default async function StepUp({ searchParams }: Search): Promise<ReactNode> {
  const { to: given, for: why, problem, wait } = await searchParams
  const to = safeReturnPath(given, homePaths.patient)
  const reason = stepUpReasons.find((one) => one === why) ?? 'chart'
  const view = await describeStepUp(await cookieHeader(), { to, why: reason, now: now() })
  if (view.step === 'sign-in') redirect(`/sign-in?${new URLSearchParams({ to })}`)
  if (view.step === 'go-on') redirect(to)
  const { t } = await pageTranslator()
  const { ways, session } = view
  const way = { to, why: view.why, session }
  return (
    <Page
      title={t('stepUp.title')}
      lead={t(`stepUp.why.${view.why}`, { app: view.app?.name ?? '' })}
      signedIn
    >
      <Problem problem={problem} wait={wait} />
      {ways.passkey && <PasskeyWay {...way} />}
      {ways.addPasskey && <AddPasskeyWay to={to} />}
      {ways.signIn && <SignInWay to={to} signIn={ways.signIn} />}
      {ways.deskCode && <DeskWay {...way} />}
      <p className="mt-8 max-w-prose text-quiet">
        {t.rich('stepUp.help', { phone: () => <Phone number={config().brand.phone} /> })}
      </p>
      <Back view={view} to={to} />
    </Page>
  )
}

type Proving = Extract<StepUpView, { step: 'prove' }>

/** The way back without any proof: to the app, which is told; to the page before, or to My account. */
async function Back({ view, to }: { readonly view: Proving; readonly to: string }): Promise<ReactNode> {
  const { t } = await pageTranslator()
  if (view.app && view.why === 'app')
    return (
      <form method="post" action={`/oauth${to}/decision`}>
        <FormToken token={view.app.formToken} />
        <Buttons>
          <Button variant="secondary" name="decision" value="unproven">
            {t('stepUp.back.app', { app: view.app.name })}
          </Button>
        </Buttons>
      </form>
    )
  return (
    <Buttons>
      <Button href={view.why === 'more' ? to : '/account'} variant="secondary">
        {t(view.why === 'more' ? 'stepUp.back.more' : 'stepUp.back.account')}
      </Button>
    </Buttons>
  )
}

type ProblemProps = {
  readonly problem: string | string[] | undefined
  readonly wait: string | string[] | undefined
}

/** What was wrong with the code that was typed. */
async function Problem({ problem, wait }: ProblemProps): Promise<ReactNode> {
  const { t } = await pageTranslator()
  if (problem === 'expired') return <Notice tone="problem">{t('stepUp.problem.expired')}</Notice>
  if (problem === 'code')
    return (
      <Notice tone="problem" title={t('stepUp.problem.code')}>
        {t('stepUp.problem.codeText')}
      </Notice>
    )
  if (problem !== 'limited') return null
  const minutes = typeof wait === 'string' && /^\d{1,4}$/.test(wait) ? Number(wait) : 60
  return (
    <Notice tone="problem" title={t('stepUp.problem.limited')}>
      {t('stepUp.problem.limitedText', { minutes })}
    </Notice>
  )
}
