import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Notice } from '@/app/_ui/notice'
import { TextLink } from '@/app/_ui/phone'
import { ProviderList } from '@/app/sign-in/provider-list'
import { config } from '@/lib/config/config'
import { safeReturnPath } from '@/lib/identity/return-path'
import { homePaths } from '@/lib/identity/sign-in'

type Search = { readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>> }

/** Where staff sign in: providers marked `workforce`, and no others. */
export default async function StaffSignIn({ searchParams }: Search): Promise<ReactNode> {
  const { to, said } = await searchParams
  const { t } = await pageTranslator()
  return (
    <Page title={t('staffSignIn.title')} lead={t('staffSignIn.lead', { clinic: config().brand.shortName })}>
      {said === 'signed-out' && <Notice tone="success">{t('staffSignIn.signedOut')}</Notice>}
      <ProviderList kind="staff" to={safeReturnPath(to, homePaths.staff)} />
      <p className="text-sm text-quiet">
        {t.rich('staffSignIn.patient', { link: (words) => <TextLink href="/sign-in">{words}</TextLink> })}
      </p>
    </Page>
  )
}
