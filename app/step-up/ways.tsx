import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { Card } from '@/app/_ui/card'
import { Field } from '@/app/_ui/field'
import { FormToken } from '@/app/_ui/form-token'
import { PasskeyButton } from '@/app/_ui/passkey-button'
import { askToProve, prove, redeem } from '@/app/step-up/actions'
import { config } from '@/lib/config/config'
import { issueFormToken } from '@/lib/http/form-token'
import type { PatientSession } from '@/lib/identity/session'
import { signInFormHolder, signInFormPurpose } from '@/lib/identity/sign-in'
import type { StepUpReason, StepUpWays } from '@/lib/smart/step-up'
import { now } from '@/lib/time/clock'

type WayProps = {
  /** Where to go once proven: a path checked already. */
  readonly to: string
  readonly why: StepUpReason
  readonly session: PatientSession
}

/** A passkey made here before. Needs scripts; the other ways do not. */
export async function PasskeyWay({ to, session }: WayProps): Promise<ReactNode> {
  const { t } = await pageTranslator()
  return (
    <Card title={t('stepUp.passkey')}>
      <p className="mb-5">{t('stepUp.passkeyText')}</p>
      <noscript>
        <p className="mb-5">{t('passkeys.needsScript')}</p>
      </noscript>
      <PasskeyButton
        work={{ kind: 'prove', ask: askToProve, take: prove }}
        token={issueFormToken('step-up', session.id, now())}
        to={to}
        words={{
          button: t('stepUp.passkeyButton'),
          waiting: t('passkeys.waiting'),
          failed: t('passkeys.failed'),
          notSupported: t('passkeys.notSupported'),
        }}
      />
    </Card>
  )
}

/** The first passkey, for a session that may make one now. */
export async function AddPasskeyWay({ to }: { readonly to: string }): Promise<ReactNode> {
  const { t } = await pageTranslator()
  return (
    <Card title={t('stepUp.add')}>
      <p className="mb-5">{t('stepUp.addText')}</p>
      <Button href={`/account/passkeys/new?${new URLSearchParams({ to })}`} variant="secondary">
        {t('stepUp.addButton')}
      </Button>
    </Card>
  )
}

/** Signing in once more, with the provider that this visit began with. */
export async function SignInWay(props: {
  readonly to: string
  readonly signIn: NonNullable<StepUpWays['signIn']>
}): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const { provider, name, isStrong } = props.signIn
  return (
    <Card title={t('stepUp.signIn')}>
      <p className="mb-5">{t('stepUp.signInText', { provider: name })}</p>
      <form action={`/api/auth/signin/${provider}`} method="post">
        <FormToken token={issueFormToken(signInFormPurpose, signInFormHolder, now())} />
        <input type="hidden" name="to" value={props.to} />
        <input type="hidden" name="fresh" value="0" />
        {isStrong && <input type="hidden" name="strong" value="1" />}
        <Button variant="secondary">{t('stepUp.signInButton', { provider: name })}</Button>
      </form>
    </Card>
  )
}

/** A code from somebody at the clinic who has looked at the person. */
export async function DeskWay({ to, why, session }: WayProps): Promise<ReactNode> {
  const { t } = await pageTranslator()
  return (
    <Card title={t('stepUp.desk')}>
      <p className="mb-5">{t('stepUp.deskText', { clinic: config().brand.shortName })}</p>
      <form action={redeem} className="max-w-md">
        <FormToken token={issueFormToken('step-up', session.id, now())} />
        <input type="hidden" name="to" value={to} />
        <input type="hidden" name="for" value={why} />
        <Field
          name="code"
          label={t('stepUp.code')}
          hint={t('stepUp.codeHint')}
          autoComplete="off"
          maxLength={30}
          required
          code
        />
        <Button variant="secondary">{t('stepUp.codeButton')}</Button>
      </form>
    </Card>
  )
}
