import type { AppEntry } from '@/lib/config/file'
import { findRedirectProblem } from '@/lib/config/redirect-rules'

type BackendEntry = Extract<AppEntry, { kind: 'backend' }>
type PatientEntry = Extract<AppEntry, { kind: 'app' }>

/** What keeps the configured apps from being registered, each a sentence. */
export function findAppDangers(
  apps: readonly AppEntry[],
  ehrIds: readonly string[],
  secretOf: (entry: AppEntry) => string | undefined,
): readonly string[] {
  return apps.flatMap((app) => {
    const problems = [
      ...nameProblems(app),
      ...keyProblems(app),
      ...scopeProblems(app),
      ...(app.kind === 'app' ? patientAppProblems(app, secretOf(app)) : ehrProblems(app, ehrIds)),
    ]
    return problems.map((problem) => `apps.${app.id}${problem}`)
  })
}

/** The shape of an account's id, which is the `sub` of a person: a client of that name could pass as one. */
const accountId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** RFC 9700 §4.15: a client's id is the `sub` of its own tokens and must never look like a person's. */
function nameProblems({ id }: AppEntry): string[] {
  return accountId.test(id) ? [': the id looks like the id of a person; choose another'] : []
}

/** Keys by value or by address, and only where they are used (RFC 7591 §2; SMART App Launch 2.2 R3). */
function keyProblems(app: AppEntry): string[] {
  const needsKeys = app.kind === 'backend' || app.tokenEndpointAuthMethod === 'private_key_jwt'
  const given = [app.jwks, app.jwksUri].filter((one) => one !== undefined).length
  if (given > 1) return ['.jwks: give keys by value or by address, not both']
  if (needsKeys && given === 0) return ['.jwks: private_key_jwt needs jwks or jwksUri']
  return []
}

const backendScopes = ['__activation-codes.issue', '__launch.create', '__introspect']

/** A scope nobody could ever be given is a slip of the pen, and is found now and not by the first person who comes. */
function scopeProblems(app: AppEntry): string[] {
  const isRefused = (scope: string): boolean =>
    app.kind === 'backend'
      ? !backendScopes.includes(scope) && !scope.startsWith('system/')
      : /^(user\/|system\/|__)|^launch\/encounter$/.test(scope)
  const offered =
    app.kind === 'backend'
      ? `a backend client can have ${backendScopes.join(', ')}`
      : 'an app of a patient can have openid, fhirUser, launch, launch/patient, offline_access, online_access and patient/ scopes'
  return app.scopes.filter(isRefused).map((scope) => `.scopes: ${scope} is not offered; ${offered}`)
}

function ehrProblems({ ehr }: BackendEntry, ehrIds: readonly string[]): string[] {
  return ehr === undefined || ehrIds.includes(ehr) ? [] : ['.ehr: no such EHR']
}

function patientAppProblems(app: PatientEntry, secret: string | undefined): string[] {
  const problems = (['redirectUris', 'postLogoutRedirectUris'] as const).flatMap((name) =>
    app[name].flatMap((uri) => {
      const problem = findRedirectProblem(uri)
      return problem ? [`.${name}: ${problem}`] : []
    }),
  )
  const told = app.backchannelLogoutUri
  if (told !== undefined && (!/^https?:/.test(told) || findRedirectProblem(told)))
    problems.push('.backchannelLogoutUri: https without a fragment, or http on loopback')
  const hasSecretMethod = app.tokenEndpointAuthMethod.startsWith('client_secret_')
  if (app.clientSecretEnv === undefined) return problems
  if (!hasSecretMethod)
    problems.push(
      '.clientSecretEnv: tokenEndpointAuthMethod must be client_secret_basic or client_secret_post',
    )
  if (secret === undefined)
    problems.push(`.clientSecretEnv: the environment variable ${app.clientSecretEnv} is not set`)
  else if (!/^[A-Za-z0-9_-]{32,}$/.test(secret))
    problems.push('.clientSecretEnv: the secret needs 32 characters or more of A-Z a-z 0-9 _ -')
  return problems
}
