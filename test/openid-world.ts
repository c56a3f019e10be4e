import { appEntrySchema } from '@/lib/config/app-entry'
import type { AppEntry } from '@/lib/config/file'
import { describeConsent, type SignInView } from '@/lib/smart/consent'
import { now } from '@/lib/time/clock'
import { cookieHeader, type Landing, requestIdOf, type SmartWorld, type Visitor } from '@/test/smart-world'

/** Scopes of the apps below. */
const scopes = ['openid', 'fhirUser', 'launch/patient', 'offline_access', 'patient/Patient.rs']

const app = { kind: 'app', developer: 'Test', reviewed: true, grantDays: 365, profile: 'oidc' } as const

/** Apps that follow OpenID Connect where it differs from SMART. */
export function openidApps(more: Readonly<Record<string, unknown>> = {}): AppEntry[] {
  return [
    {
      ...app,
      id: 'login-app',
      name: 'Login App',
      redirectUris: ['https://login.example/cb'],
      scopes,
      ...more,
    },
    {
      ...app,
      id: 'paired-app',
      name: 'Paired App',
      redirectUris: ['https://paired.example/cb'],
      scopes,
      subjectType: 'pairwise',
      idTokenSignedResponseAlg: 'ES256',
    },
    {
      ...app,
      id: 'secret-app',
      name: 'Secret App',
      redirectUris: ['https://secret.example/cb'],
      scopes,
      tokenEndpointAuthMethod: 'client_secret_basic',
    },
  ].map((entry) => appEntrySchema.parse(entry))
}

/** The address of each app. */
export const openidRedirects: Readonly<Record<string, string>> = {
  'login-app': 'https://login.example/cb',
  'paired-app': 'https://paired.example/cb',
  'secret-app': 'https://secret.example/cb',
}

/** What such an app sends to know who signed in, and nothing of a chart. */
export function signInRequest(
  clientId: string,
  changes: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string | undefined>> {
  return {
    client_id: clientId,
    redirect_uri: openidRedirects[clientId],
    scope: 'openid',
    aud: undefined,
    ...changes,
  }
}

/** The page that asks whether an app may know who signed in. */
export async function viewSignIn(visitor: Visitor, requestId: string): Promise<SignInView> {
  const step = await describeConsent(requestId, cookieHeader(visitor), { now: now(), language: 'en' })
  if (step.step !== 'consent-sign-in') throw new Error(`no sign-in page but ${step.step}`)
  return step.view
}

/** The form of that page. */
export function signInForm(
  view: SignInView,
  decision: 'accept' | 'decline' = 'accept',
): Record<string, string> {
  return { form_token: view.formToken, shown: view.shown, language: view.language, decision }
}

/** The whole way of a sign-in without a chart, back at the app. */
export async function allowSignIn(
  world: SmartWorld,
  visitor: Visitor,
  request: Readonly<Record<string, string | undefined>>,
): Promise<Landing> {
  const { query, verifier } = world.parameters(request)
  const id = requestIdOf(await world.begin(visitor, query))
  await world.decide(visitor, id, signInForm(await viewSignIn(visitor, id)))
  const address = await world.leave(visitor, id)
  return {
    parameters: address.searchParams,
    code: address.searchParams.get('code') ?? '',
    verifier,
    redirectUri: query.get('redirect_uri') ?? '',
  }
}

/** Someone signed in whom no chart belongs to. */
export async function strangerTo(world: SmartWorld, subject?: string): Promise<Visitor> {
  const session = await world.signIn(subject)
  const [name = '', value = ''] = world.cookieOf(session).split(/=(.*)/s)
  return { session, cookies: new Map([[name, value]]) }
}
