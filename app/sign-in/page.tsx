import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Subheading } from '@/app/_ui/heading'
import { Notice } from '@/app/_ui/notice'
import { TextLink } from '@/app/_ui/phone'
import { ProviderList } from '@/app/sign-in/provider-list'
import { safeReturnPath } from '@/lib/identity/return-path'
import { homePaths } from '@/lib/identity/sign-in'

type Search = { readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>> }

/**
 * Where patients choose how to sign in. `to`: the way back; `fresh`: seconds, when a new authentication is needed;
 * `strong`: with two factors.
 */
export default async function SignIn({ searchParams }: Search): Promise<ReactNode> {
  const { to, fresh, strong, said, first } = await searchParams
  const { t } = await pageTranslator()
  const demanded = typeof fresh === 'string' ? fresh : undefined
  return (
    <Page title={t('signIn.title')} lead={t(demanded === undefined ? 'signIn.lead' : 'signIn.freshLead')}>
      {said === 'signed-out' && <Notice tone="success">{t('signIn.signedOut')}</Notice>}
      <ProviderList
        kind="patient"
        to={safeReturnPath(to, homePaths.patient)}
        fresh={demanded}
        first={typeof first === 'string' ? first : undefined}
        isStrong={strong === '1'}
      />
      <Subheading>{t('signIn.learn')}</Subheading>
      <p className="max-w-prose text-quiet">{t('signIn.learnText')}</p>
      <p className="mt-3 max-w-prose text-quiet">{t('signIn.sameAgain')}</p>
      <p className="mt-8 text-sm text-quiet">
        {t.rich('signIn.staff', { link: (words) => <TextLink href="/staff/sign-in">{words}</TextLink> })}
      </p>
    </Page>
  )
}
