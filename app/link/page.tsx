import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { Page } from '@/app/_page'
import { currentPatient } from '@/app/_session'
import { Button } from '@/app/_ui/button'
import { Buttons } from '@/app/_ui/button-look'
import { Field, FieldGroup, PartField } from '@/app/_ui/field'
import { FormToken } from '@/app/_ui/form-token'
import { Notice } from '@/app/_ui/notice'
import { Phone } from '@/app/_ui/phone'
import { redeem } from '@/app/link/actions'
import { linkAddress, returnPath, type SearchParams } from '@/app/link/addresses'
import { CodeFromAddress, ForgetCode } from '@/app/link/code-field'
import { findRefusal } from '@/app/link/refusals'
import { config } from '@/lib/config/config'
import { issueFormToken } from '@/lib/http/form-token'
import { loginNumber } from '@/lib/identity/linking-suspension'
import type { PatientSession } from '@/lib/identity/session'
import { now } from '@/lib/time/clock'

/** Where a code is entered. Whoever scanned one and is not signed in yet is told what comes, and signs in first. */
export default async function LinkPage({
  searchParams,
}: {
  readonly searchParams: SearchParams
}): Promise<ReactNode> {
  const query = await searchParams
  const to = returnPath(query['to'])
  const session = await currentPatient()
  return session ? <CodePage session={session} to={to} query={query} /> : <StartPage to={to} />
}

async function StartPage({ to }: { readonly to: string }): Promise<ReactNode> {
  const { t } = await pageTranslator()
  return (
    <Page title={t('link.title')} step={{ now: 1, of: 3 }} lead={t('link.startLead')}>
      <CodeFromAddress from="code" />
      <Buttons>
        <Button href={`/sign-in?${new URLSearchParams({ to: linkAddress('/link', to) })}`}>
          {t('link.signIn')}
        </Button>
      </Buttons>
      <NoCode />
    </Page>
  )
}

async function CodePage(props: {
  readonly session: PatientSession
  readonly to: string
  readonly query: Awaited<SearchParams>
}): Promise<ReactNode> {
  const { session, to, query } = props
  const { t } = await pageTranslator()
  const isWrongDate = query['field'] === 'birthDate'
  return (
    <Page title={t('link.title')} step={{ now: 2, of: 3 }} signedIn lead={t('link.lead')}>
      <Problem query={query} to={to} />
      <form action={redeem}>
        <FormToken token={issueFormToken('link-code', session.id, now())} />
        <input type="hidden" name="to" value={to} />
        <Field
          name="code"
          label={t('link.code')}
          hint={t('link.codeHint')}
          error={query['field'] === 'code' ? t('link.codeError') : undefined}
          autoComplete="off"
          maxLength={40}
          required
          code
        />
        <FieldGroup
          name="birthDate"
          label={t('link.birthDate')}
          hint={t('link.birthDateHint')}
          error={isWrongDate ? t('link.birthDateError') : undefined}
        >
          <PartField name="month" label={t('link.month')} {...numeric(2)} isWrong={isWrongDate} />
          <PartField name="day" label={t('link.day')} {...numeric(2)} isWrong={isWrongDate} />
          <PartField name="year" label={t('link.year')} {...numeric(4)} isWrong={isWrongDate} isWide />
        </FieldGroup>
        <Buttons>
          <Button>{t('link.next')}</Button>
        </Buttons>
      </form>
      <CodeFromAddress field="code" from="code" />
      <p className="mt-8 text-quiet">{t('link.later')}</p>
      {query['problem'] && (
        <p className="mt-2 text-quiet">{t('link.callNumber', { number: loginNumber(session.loginId) })}</p>
      )}
      <NoCode />
    </Page>
  )
}

async function Problem({
  query,
  to,
}: {
  readonly query: Awaited<SearchParams>
  readonly to: string
}): Promise<ReactNode> {
  const { t } = await pageTranslator()
  if (query['problem'] === 'expired') return <Notice tone="problem">{t('link.expired')}</Notice>
  const refusal = findRefusal(query['problem'])
  if (!refusal) return null
  const minutes = Math.min(20_000, Math.max(1, Math.trunc(Number(query['wait'])) || 1))
  const phone = (): ReactNode => <Phone number={config().brand.phone} />
  const isOpen = query['problem'] === 'already-open'
  return (
    <>
      {(isOpen || query['problem'] === 'no-longer-live') && <ForgetCode />}
      <Notice tone={isOpen ? 'success' : 'problem'} title={t(refusal.title)}>
        <p>{t.rich(refusal.text, { phone, minutes })}</p>
        {isOpen && <Button href={to || '/account'}>{t('common.continue')}</Button>}
      </Notice>
    </>
  )
}

async function NoCode(): Promise<ReactNode> {
  const { t } = await pageTranslator()
  const { brand } = config()
  return (
    <section className="mt-10 border-t border-line pt-6">
      <h2 className="font-semibold">{t('link.noCode')}</h2>
      <p className="mt-1 text-quiet">
        {t.rich('link.noCodeText', { clinic: brand.shortName, phone: () => <Phone number={brand.phone} /> })}
      </p>
    </section>
  )
}

function numeric(maxLength: number): {
  readonly inputMode: 'numeric'
  readonly maxLength: number
  readonly autoComplete: string
  readonly required: true
} {
  return { inputMode: 'numeric', maxLength, autoComplete: 'off', required: true }
}
