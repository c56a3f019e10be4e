import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { issueFormToken } from '@/lib/http/form-token'
import { listProviders } from '@/lib/identity/providers'
import type { SessionKind } from '@/lib/identity/session-limits'
import { signInFormHolder, signInFormPurpose } from '@/lib/identity/sign-in'
import { now } from '@/lib/time/clock'

type ProviderListProps = {
  readonly kind: SessionKind
  /** Where to go after signing in: a path checked already. */
  readonly to: string
  /** A fresh authentication asked for: at most so many seconds old. */
  readonly fresh?: string | undefined
  /** The provider the person came with last, shown before the others. */
  readonly first?: string | undefined
  /** Two factors asked for, where the provider knows a word for them. */
  readonly isStrong?: boolean
}

/** The ways to sign in, each a plain form. A paused one stays in the list and says so. */
export async function ProviderList(props: ProviderListProps): Promise<ReactNode> {
  const { kind, to, fresh, first, isStrong } = props
  const { t } = await pageTranslator()
  const listed = await listProviders(kind)
  const providers = [...listed.filter(({ id }) => id === first), ...listed.filter(({ id }) => id !== first)]
  const token = issueFormToken(signInFormPurpose, signInFormHolder, now())
  if (!providers.some(({ available }) => available))
    return <Notice tone="warning">{t('signIn.noneAvailable')}</Notice>
  return (
    <ul aria-label={t('signIn.ways')} className="mb-10 max-w-md space-y-3">
      {providers.map(({ id, name, available }) => (
        <li key={id}>
          {available ? (
            <form action={`/api/auth/signin/${id}`} method="post">
              <FormToken token={token} />
              <input type="hidden" name="to" value={to} />
              {fresh !== undefined && <input type="hidden" name="fresh" value={fresh} />}
              {isStrong && <input type="hidden" name="strong" value="1" />}
              {id === first && <input type="hidden" name="expected" value="1" />}
              <Button variant={id === first ? 'primary' : 'secondary'} wide>
                {t('signIn.continueWith', { provider: name })}
              </Button>
            </form>
          ) : (
            <p className="rounded-xl border border-line bg-sunken px-6 py-3 text-quiet">
              {t('signIn.notAvailable', { provider: name })}
            </p>
          )}
        </li>
      ))}
    </ul>
  )
}
