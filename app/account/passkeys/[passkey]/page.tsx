import { notFound } from 'next/navigation'
import type { ReactNode } from 'react'
import { z } from 'zod'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { requireFresh } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { FormToken } from '@/app/_ui/form-token'
import { remove } from '@/app/account/passkeys/actions'
import { issueFormToken } from '@/lib/http/form-token'
import { listPasskeys } from '@/lib/identity/account-passkeys'
import { now } from '@/lib/time/clock'

/** Asks before a passkey is removed, and says what that means. */
export default async function RemovePasskey(props: {
  readonly params: Promise<{ readonly passkey: string }>
}): Promise<ReactNode> {
  const id = z.uuid().safeParse((await props.params).passkey)
  if (!id.success) notFound()
  const patient = await requireFresh(`/account/passkeys/${id.data}`, 'passkey')
  const passkey = (await listPasskeys(patient.accountId)).find((one) => one.id === id.data)
  if (!passkey) notFound()
  const { t } = await pageTranslator()
  return (
    <Page signedIn title={t('passkeys.removeTitle')} lead={t('passkeys.removeLead', { name: passkey.name })}>
      <p className="max-w-prose">{t('passkeys.removeDevice')}</p>
      <form action={remove}>
        <FormToken token={issueFormToken('remove-passkey', patient.id, now())} />
        <input type="hidden" name="passkey" value={passkey.id} />
        <Buttons>
          <Button variant="danger">{t('passkeys.remove')}</Button>
          <Button href="/account" variant="secondary">
            {t('passkeys.keep')}
          </Button>
        </Buttons>
      </form>
    </Page>
  )
}
