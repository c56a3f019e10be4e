import type { ReactNode } from 'react'
import { formatDay } from '@/app/_dates'
import { pageTranslator } from '@/app/_language'
import { Button } from '@/app/_ui/button'
import { Card } from '@/app/_ui/card'
import { FormToken } from '@/app/_ui/form-token'
import { List, ListItem } from '@/app/_ui/list'
import { SignOutButton } from '@/app/_visit'
import { signOutElsewhere } from '@/app/account/actions'
import { issueFormToken } from '@/lib/http/form-token'
import { countOtherSessions, type OwnLogin } from '@/lib/identity/own-sign-ins'
import type { PatientSession } from '@/lib/identity/session'
import { now } from '@/lib/time/clock'

/** The ways to sign in, and the ways out: here, and everywhere else. */
export async function SignInsCard(props: {
  readonly patient: PatientSession
  readonly logins: readonly OwnLogin[]
}): Promise<ReactNode> {
  const { patient, logins } = props
  const { t, language } = await pageTranslator()
  const others = await countOtherSessions(patient, now())
  return (
    <Card
      footer={
        <>
          <SignOutButton kind="patient" />
          {others > 0 && (
            <form action={signOutElsewhere}>
              <FormToken token={issueFormToken('sign-out-elsewhere', patient.id, now())} />
              <Button variant="quiet" small>
                {t('account.signOutElsewhere', { count: others })}
              </Button>
            </form>
          )}
        </>
      }
    >
      <List>
        {logins.map((login) => (
          <ListItem
            key={login.id}
            title={login.provider}
            detail={
              login.id === patient.loginId
                ? t('account.signInNow')
                : t('account.signInLast', { day: formatDay(login.lastUsedAt, language) })
            }
          />
        ))}
      </List>
    </Card>
  )
}
