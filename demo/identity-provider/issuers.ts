/** The three issuers of the demo, one screen. The key is the id that the broker's configuration gives the provider. */
export type IssuerKey = 'sunrise' | 'northwind' | 'harbor-staff'

export type IssuerEntry = {
  readonly key: IssuerKey
  /** Appended to the public URL: an issuer is an URL, and its path is part of its name. */
  readonly path: '' | '/northwind' | '/workforce'
  readonly name: string
  readonly audience: 'patients' | 'workforce'
  /** How many steps the sign-in has: the workforce approves on a second device. */
  readonly steps: 1 | 2
  readonly tagline: string
}

export const issuers: readonly IssuerEntry[] = [
  {
    key: 'sunrise',
    path: '',
    name: 'Sunrise ID',
    audience: 'patients',
    steps: 1,
    tagline: 'One account for the places you trust',
  },
  {
    key: 'northwind',
    path: '/northwind',
    name: 'Northwind ID',
    audience: 'patients',
    steps: 1,
    tagline: 'Your other account, with the same e-mail',
  },
  {
    key: 'harbor-staff',
    path: '/workforce',
    name: 'Harbor Clinic staff sign-in',
    audience: 'workforce',
    steps: 2,
    tagline: 'For people who work at Harbor Clinic',
  },
]

/** The issuer whose path the request begins with; the patients' issuer at the root takes what is left. */
export function findIssuerByPath(path: string): IssuerEntry {
  const named = issuers.find(
    (issuer) => issuer.path !== '' && (path === issuer.path || path.startsWith(`${issuer.path}/`)),
  )
  return named ?? (issuers[0] as IssuerEntry)
}

/** REFEDS profiles: single and multi factor (https://refeds.org/profile/sfa, …/mfa). */
export const acr = {
  oneStep: 'https://refeds.org/profile/sfa',
  twoSteps: 'https://refeds.org/profile/mfa',
} as const
