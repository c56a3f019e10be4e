import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { endVisit } from '@/app/sign-out/actions'
import { issueFormToken } from '@/lib/http/form-token'
import { homePaths } from '@/lib/identity/sign-in'
import { now } from '@/lib/time/clock'

type Search = { readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>> }

/** Asks before signing out: a link from elsewhere cannot end a visit. */
export default async function SignOut({ searchParams }: Search): Promise<ReactNode> {
  const { kind: given, said } = await searchParams
  const { t } = await pageTranslator()
  const kind = given === 'staff' ? 'staff' : 'patient'
  return (
    <Page title={t('signOut.title')} lead={t('signOut.lead')}>
      {said === 'expired' && <Notice tone="problem">{t('signOut.expired')}</Notice>}
      <form action={endVisit}>
        <FormToken token={issueFormToken('sign-out', kind, now())} />
        <input type="hidden" name="kind" value={kind} />
        <Buttons>
          <Button>{t('signOut.confirm')}</Button>
          <Button href={homePaths[kind]} variant="secondary">
            {t('signOut.stay')}
          </Button>
        </Buttons>
      </form>
    </Page>
  )
}
