import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requirePatient } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Notice } from '@/app/_ui/notice'
import { PasskeyButton } from '@/app/_ui/passkey-button'
import { askToMake, make } from '@/app/account/passkeys/actions'
import { issueFormToken } from '@/lib/http/form-token'
import { listPasskeys, mayAddPasskey, mostPasskeys } from '@/lib/identity/account-passkeys'
import { isFresh } from '@/lib/identity/assurance'
import { safeReturnPath } from '@/lib/identity/return-path'
import { now } from '@/lib/time/clock'

type Search = { readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>> }

const here = '/account/passkeys/new'

/** Makes a passkey, for who has just been proven to be there. Goes on to `to`. */
export default async function NewPasskey({ searchParams }: Search): Promise<ReactNode> {
  const to = safeReturnPath((await searchParams)['to'], '/account?done=passkey')
  const patient = await requirePatient(here)
  const { t } = await pageTranslator()
  const may = await mayAddPasskey(patient, now())
  if (!may && !isFresh(patient, now()))
    redirect(`/step-up?${new URLSearchParams({ to: here, for: 'passkey' })}`)
  const isFull = !may && (await listPasskeys(patient.accountId)).length >= mostPasskeys
  return (
    <Page title={t('passkeys.newTitle')} lead={t('passkeys.newLead')} signedIn>
      {!may && <Notice tone="warning">{t(isFull ? 'passkeys.tooMany' : 'passkeys.needsChart')}</Notice>}
      {may && (
        <>
          <noscript>
            <p className="mb-8">{t('passkeys.needsScript')}</p>
          </noscript>
          <PasskeyButton
            work={{
              kind: 'make',
              ask: askToMake,
              take: make,
              name: {
                label: t('passkeys.name'),
                hint: t('passkeys.nameHint'),
                initial: t('passkeys.nameDefault'),
              },
            }}
            token={issueFormToken('new-passkey', patient.id, now())}
            to={to}
            words={{
              button: t('passkeys.add'),
              waiting: t('passkeys.waiting'),
              failed: t('passkeys.failed'),
              notSupported: t('passkeys.notSupported'),
            }}
          />
          <p className="mt-6 max-w-prose text-quiet">{t('passkeys.notice')}</p>
        </>
      )}
      <Buttons>
        <Button href="/account" variant="secondary">
          {t('stepUp.back.account')}
        </Button>
      </Buttons>
    </Page>
  )
}
