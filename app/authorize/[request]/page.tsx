import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { pageTranslator } from '@/app/_language'
import { cookieHeader } from '@/app/_session'
import { ChooseChart } from '@/app/authorize/[request]/choose-chart'
import { ConsentPage } from '@/app/authorize/[request]/consent-page'
import { SignInConsent } from '@/app/authorize/[request]/sign-in-page'
import { OnHold, Refused, Unreachable } from '@/app/authorize/[request]/ways-on'
import { describeConsent } from '@/lib/smart/consent'
import { now } from '@/lib/time/clock'

type AuthorizeProps = {
  readonly params: Promise<{ readonly request: string }>
  readonly searchParams: Promise<Readonly<Record<string, string | string[] | undefined>>>
}

/** Where an app's request goes on: sign in, link a chart, choose one, consent, back to the app. */
export default async function Authorize({ params, searchParams }: AuthorizeProps): Promise<ReactNode> {
  const { request } = await params
  const { again } = await searchParams
  const { language } = await pageTranslator()
  const here = `/authorize/${encodeURIComponent(request)}`
  const next = await describeConsent(request, await cookieHeader(), { now: now(), language })
  switch (next.step) {
    case 'sign-in':
      redirect(`/sign-in?${signInQuery(here, next)}`)
      break
    case 'link':
      redirect(`/link?${new URLSearchParams({ to: here })}`)
      break
    case 'step-up':
      redirect(`/step-up?${new URLSearchParams({ to: here, for: 'app' })}`)
      break
    case 'leave':
      redirect(`/oauth${here}/leave`)
      break
    case 'choose':
      return <ChooseChart here={here} step={next} />
    case 'consent':
      return <ConsentPage here={here} view={next.view} isAgain={again === 'form-expired'} />
    case 'consent-sign-in':
      return <SignInConsent here={here} view={next.view} isAgain={again === 'form-expired'} />
    case 'on-hold':
      return <OnHold here={here} formToken={next.formToken} />
    case 'unreachable':
      return <Unreachable here={here} />
    case 'refused':
      return <Refused reason={next.reason} here={here} />
  }
}

function signInQuery(
  to: string,
  {
    fresh,
    provider,
    isStrong,
  }: { readonly fresh?: number; readonly provider?: string; readonly isStrong?: true },
): URLSearchParams {
  return new URLSearchParams({
    to,
    ...(fresh === undefined ? {} : { fresh: String(fresh) }),
    ...(provider === undefined ? {} : { first: provider }),
    ...(isStrong ? { strong: '1' } : {}),
  })
}
