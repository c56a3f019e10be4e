import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { cookieHeader } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { findDeparture } from '@/lib/identity/sign-in'
import { now } from '@/lib/time/clock'

/**
 * Leaves for the provider: a form may end on our own origin only, so this page goes on by itself and shows a button for
 * where that is off. Only for the browser that began the sign-in.
 */
export default async function LeaveForProvider(props: {
  readonly params: Promise<{ readonly name: string }>
}): Promise<ReactNode> {
  const { name } = await props.params
  const departure = findDeparture(name, await cookieHeader(), now())
  if (!departure) redirect('/sign-in/problem?why=start-again')
  const { t } = await pageTranslator()
  const { provider, address } = departure
  return (
    <Page title={t('signIn.leaveTitle', { provider })} lead={t('signIn.leaveLead')}>
      <meta httpEquiv="refresh" content={`0;url=${address}`} />
      <Buttons>
        <Button href={address}>{t('signIn.leaveGo', { provider })}</Button>
      </Buttons>
    </Page>
  )
}
