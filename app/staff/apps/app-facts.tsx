import type { ReactNode } from 'react'
import type { AppDetails } from '@/lib/apps/review'
import type { Translate } from '@/lib/language/translate'

type Fact = { readonly name: string; readonly value: ReactNode }

/** What an app registered, in words. Names and addresses are its own and shown as text: none of them is a link. */
export function listAppFacts(t: Translate, details: AppDetails, registered: string): readonly Fact[] {
  const { app } = details
  const own =
    app.kind === 'app'
      ? [
          { name: t('staffApps.fact.developer'), value: <bdi>{app.developer}</bdi> },
          { name: t('staffApps.fact.website'), value: lines(app.website ? [app.website] : []) },
          { name: t('staffApps.fact.redirects'), value: lines(app.redirectUris) },
          { name: t('staffApps.fact.launches'), value: lines(app.launchUrls) },
          { name: t('staffApps.fact.proof'), value: t(`staffApps.proof.${app.tokenEndpointAuthMethod}`) },
        ]
      : [{ name: t('staffApps.fact.proof'), value: t('staffApps.proof.private_key_jwt') }]
  const facts = [
    { name: t('staffApps.fact.id'), value: <code className="wrap-anywhere">{app.id}</code> },
    ...own,
    { name: t('staffApps.fact.keys'), value: lines(app.jwksUri ? [app.jwksUri] : []) },
    { name: t('staffApps.fact.scopes'), value: lines(app.scopes) },
    { name: t('staffApps.fact.registered'), value: registered },
  ]
  return facts.filter(({ value }) => value !== undefined)
}

function lines(values: readonly string[]): ReactNode {
  if (values.length === 0) return undefined
  return (
    <ul>
      {values.map((value) => (
        <li key={value} className="wrap-anywhere">
          <bdi>{value}</bdi>
        </li>
      ))}
    </ul>
  )
}
