import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireStaffSignIn } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { PasskeyButton, type PasskeyWork } from '@/app/_ui/passkey-button'
import { askToProve, askToRegister, prove, register } from '@/app/staff/second-factor/actions'
import { issueFormToken } from '@/lib/http/form-token'
import { findSecondFactorStep } from '@/lib/identity/passkeys'
import { safeReturnPath } from '@/lib/identity/return-path'
import { homePaths } from '@/lib/identity/sign-in'
import { now } from '@/lib/time/clock'

type Search = { readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>> }

const leads = {
  'use-passkey': 'secondFactor.useLead',
  'register-passkey': 'secondFactor.registerLead',
  'sign-in-again': 'secondFactor.againLead',
} as const

const proving: PasskeyWork = { kind: 'prove', ask: askToProve, take: prove }
const making: PasskeyWork = { kind: 'make', ask: askToRegister, take: register }

/** The second factor, where the provider proved none: a passkey registered here. */
export default async function SecondFactor({ searchParams }: Search): Promise<ReactNode> {
  const to = safeReturnPath((await searchParams)['to'], homePaths.staff)
  const session = await requireStaffSignIn(to)
  if (session.mfa !== null) redirect(to)
  const { t } = await pageTranslator()
  const step = await findSecondFactorStep(session, now())
  return (
    <Page title={t('secondFactor.title')} lead={t(leads[step])}>
      {step !== 'sign-in-again' && (
        <>
          <noscript>
            <p className="mb-8">{t('secondFactor.needsScript')}</p>
          </noscript>
          <PasskeyButton
            work={step === 'use-passkey' ? proving : making}
            to={to}
            token={issueFormToken('passkey', session.id, now())}
            words={{
              button: t(step === 'use-passkey' ? 'secondFactor.use' : 'secondFactor.register'),
              waiting: t('secondFactor.waiting'),
              failed: t('secondFactor.failed'),
              notSupported: t('secondFactor.notSupported'),
            }}
          />
        </>
      )}
      <Buttons>
        {step === 'sign-in-again' && (
          <Button href={`/staff/sign-in?${new URLSearchParams({ to })}`}>{t('secondFactor.again')}</Button>
        )}
        <Button href="/sign-out?kind=staff" variant="secondary">
          {t('secondFactor.signOut')}
        </Button>
      </Buttons>
    </Page>
  )
}
