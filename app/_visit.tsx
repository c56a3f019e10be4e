import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { FormToken } from '@/app/_ui/form-token'
import { IdleWarning } from '@/app/_ui/idle-warning'
import { endVisit } from '@/app/sign-out/actions'
import { issueFormToken } from '@/lib/http/form-token'
import { sessionLimits } from '@/lib/identity/session-limits'
import { now } from '@/lib/time/clock'

type VisitKind = { readonly kind: 'patient' | 'staff' }

/** On every page that needs a session: a warning before it ends for want of use. */
export async function VisitWarning({ kind }: VisitKind): Promise<ReactNode> {
  const { t } = await pageTranslator()
  return (
    <IdleWarning
      kind={kind}
      idleSeconds={sessionLimits[kind].idleSeconds}
      signInAddress={kind === 'staff' ? '/staff/sign-in' : '/sign-in'}
      words={{ text: t('visit.warning'), stay: t('visit.stay') }}
    />
  )
}

/** Signs out with one tap. */
export async function SignOutButton({ kind }: VisitKind): Promise<ReactNode> {
  const { t } = await pageTranslator()
  return (
    <form action={endVisit}>
      <FormToken token={issueFormToken('sign-out', kind, now())} />
      <input type="hidden" name="kind" value={kind} />
      <Button variant="secondary" small>
        {t('account.signOut')}
      </Button>
    </form>
  )
}
