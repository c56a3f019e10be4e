import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { Card } from '@/app/_ui/card'
import { List, ListItem } from '@/app/_ui/list'
import { listPasskeys, mostPasskeys } from '@/lib/identity/account-passkeys'

/** The passkeys of an account, each with its end, and the way to make one. */
export async function PasskeysCard({ accountId }: { readonly accountId: string }): Promise<ReactNode> {
  const { t, language } = await pageTranslator()
  const passkeys = await listPasskeys(accountId)
  return (
    <Card
      footer={
        passkeys.length < mostPasskeys && (
          <Button href="/account/passkeys/new" variant="secondary" small>
            {t('passkeys.add')}
          </Button>
        )
      }
    >
      <p className="mb-5 max-w-prose text-quiet">{t('passkeys.text')}</p>
      {passkeys.length === 0 && <p className="font-medium">{t('passkeys.none')}</p>}
      <List>
        {passkeys.map(({ id, name, createdAt, lastUsedAt }) => (
          <ListItem
            key={id}
            title={<bdi>{name}</bdi>}
            detail={
              lastUsedAt
                ? t('passkeys.used', { day: formatDay(lastUsedAt, language) })
                : t('passkeys.made', { day: formatDay(createdAt, language) })
            }
            action={
              <Button
                href={`/account/passkeys/${id}`}
                variant="secondary"
                small
                label={t('passkeys.removeLabel', { name })}
              >
                {t('passkeys.remove')}
              </Button>
            }
          />
        ))}
      </List>
    </Card>
  )
}
