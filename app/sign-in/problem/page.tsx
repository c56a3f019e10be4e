import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Phone } from '@/app/_ui/phone'
import { config } from '@/lib/config/config'
import { safeReturnPath } from '@/lib/identity/return-path'
import { homePaths, type SignInProblem } from '@/lib/identity/sign-in'

/** The words of each problem; a new one does not compile until it has them. */
const words = {
  cancelled: 'cancelled',
  'start-again': 'startAgain',
  'form-expired': 'formExpired',
  'unknown-provider': 'unknownProvider',
  'provider-paused': 'providerPaused',
  'provider-unreachable': 'providerUnreachable',
  'not-believed': 'notBelieved',
  'account-ended': 'accountEnded',
  'too-many': 'tooMany',
  'no-role': 'noRole',
} as const satisfies Record<SignInProblem | 'no-role', string>

/** Problems after which the same way is no good: another is offered first. */
const wantsAnotherWay: readonly string[] = ['provider-paused', 'provider-unreachable', 'account-ended']

type Search = { readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>> }

/** Why a sign-in did not happen, and the way on. */
export default async function SignInProblemPage({ searchParams }: Search): Promise<ReactNode> {
  const { why, kind, to } = await searchParams
  const { t } = await pageTranslator()
  const { brand } = config()
  const known = Object.entries(words).find(([name]) => name === why)?.[1] ?? 'startAgain'
  const isStaff = kind === 'staff'
  const home = isStaff ? homePaths.staff : homePaths.patient
  const back = `${isStaff ? '/staff/sign-in' : '/sign-in'}?${new URLSearchParams({ to: safeReturnPath(to, home) })}`
  const again = typeof why === 'string' && wantsAnotherWay.includes(why) ? 'otherWay' : 'again'
  return (
    <Page title={t(`signIn.problem.${known}Title`)} lead={t(`signIn.problem.${known}`)}>
      <Buttons>
        <Button href={back}>{t(`signIn.problem.${again}`)}</Button>
        {why === 'no-role' && (
          <Button href="/staff/invitation" variant="secondary">
            {t('signIn.problem.haveInvitation')}
          </Button>
        )}
        <Button href="/" variant="secondary">
          {t('signIn.problem.home')}
        </Button>
      </Buttons>
      <p className="mt-8 text-quiet">
        {t('frame.help')} <Phone number={brand.phone} />
      </p>
    </Page>
  )
}
