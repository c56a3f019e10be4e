import { createHash } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import type { EhrOptions } from '@/demo/ehr/settings'
import { appEntrySchema } from '@/lib/config/app-entry'
import type { AppEntry, ConfigFile } from '@/lib/config/file'
import { randomToken } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import type { PatientSession } from '@/lib/identity/session'
import { type ConsentView, describeConsent } from '@/lib/smart/consent'
import type { ConsentItemId } from '@/lib/smart/consent-tree'
import { now } from '@/lib/time/clock'
import { linkRow } from '@/test/link-row'
import { type LinkingWorld, person, startLinkingWorld } from '@/test/linking-world'

/** Redirect URIs of the test app: a web page, a loopback address, a private scheme. */
export const redirects = {
  web: 'https://app.example/cb?keep=1',
  loopback: 'http://127.0.0.1/cb',
  scheme: 'com.example.app:/cb',
} as const

/** Where a portal may launch the test app. */
export const launchUrls = ['https://app.example/launch?from=portal', 'https://app.example/other-launch']

/** Everything the test app may ask for. */
export const fullScope =
  'openid fhirUser launch/patient offline_access patient/Patient.rs patient/Observation.rs patient/Condition.read'

/** A person signed in, with the cookies of their browser. */
export type Visitor = { readonly session: PatientSession; readonly cookies: Map<string, string> }

/** A code and what has to be proven with it. */
export type Landing = {
  readonly parameters: URLSearchParams
  readonly code: string
  readonly verifier: string
  readonly redirectUri: string
}

/** A broker with apps, an EHR, and browsers that go through authorization as a person does. */
export type SmartWorld = LinkingWorld & {
  readonly audience: string
  readonly backendKey: CryptoKey
  /** Signs someone in whose chart is linked, and with it the chart they look after, if the cast has one. */
  visitor(key: string): Promise<Visitor>
  /** The authorization request of the test app, with changes; `undefined` leaves a parameter out. */
  parameters(changes?: Readonly<Record<string, string | undefined>>): {
    readonly query: URLSearchParams
    readonly verifier: string
  }
  begin(visitor: Visitor | undefined, query: URLSearchParams): Promise<Response>
  view(visitor: Visitor, requestId: string): Promise<ConsentView>
  decide(visitor: Visitor, requestId: string, form: Readonly<Record<string, string>>): Promise<Response>
  leave(visitor: Visitor, requestId: string): Promise<URL>
  /** The whole way: request, consent with everything ticked but `untick`, back at the app. */
  allow(
    visitor: Visitor,
    changes?: Readonly<Record<string, string | undefined>>,
    untick?: readonly ConsentItemId[],
  ): Promise<Landing>
  post(path: string, form: Readonly<Record<string, string>>, headers?: HeadersInit): Promise<Response>
  exchange(landing: Landing, changes?: Readonly<Record<string, string | undefined>>): Promise<Response>
  refresh(token: string, more?: Readonly<Record<string, string>>): Promise<Response>
}

/** Starts everything on free ports. `apps`: clients beside the usual ones. */
export async function startSmartWorld(
  options: {
    readonly apps?: readonly AppEntry[]
    readonly config?: Partial<ConfigFile>
    readonly ehr?: Partial<ConfigFile['ehrs'][number]>
    /** How the EHR itself is started: whom it believes, and who enforces. */
    readonly server?: Pick<EhrOptions, 'trust' | 'enforcement' | 'without'>
  } = {},
): Promise<SmartWorld> {
  const pair = await generateKeyPair('ES384', { extractable: true })
  const world = await startLinkingWorld({
    ...(options.ehr ? { ehr: options.ehr } : {}),
    server: {
      ...options.server,
      introspection: { clientId: 'demo-ehr', key: { ...(await exportJWK(pair.privateKey)), kid: 'k1' } },
    },
    config: {
      ...options.config,
      apps: [...testApps(await exportJWK(pair.publicKey)), ...(options.apps ?? [])],
    },
  })
  const audience = `${world.url}/fhir/demo`
  const post: SmartWorld['post'] = (path, form, headers = {}) =>
    fetch(`${world.url}${path}`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: new URLSearchParams(form),
    })
  const parameters: SmartWorld['parameters'] = (changes = {}) => {
    const verifier = randomToken()
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const usual: Record<string, string | undefined> = {
      response_type: 'code',
      client_id: 'test-app',
      redirect_uri: redirects.web,
      scope: fullScope,
      state: 'a state / with = signs & 100%',
      aud: audience,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      nonce: 'n'.repeat(70),
    }
    return { verifier, query: new URLSearchParams(definedOf({ ...usual, ...changes })) }
  }
  const begin: SmartWorld['begin'] = async (visitor, query) => {
    const response = await fetch(`${world.url}/oauth/authorize?${query}`, {
      redirect: 'manual',
      headers: visitor ? { cookie: cookieHeader(visitor) } : {},
    })
    if (visitor) keepCookies(visitor, response)
    return response
  }
  const view: SmartWorld['view'] = async (visitor, id) => {
    const step = await describeConsent(id, cookieHeader(visitor), { now: now(), language: 'en' })
    if (step.step !== 'consent') throw new Error(`no consent page but ${step.step}`)
    return step.view
  }
  const decide: SmartWorld['decide'] = (visitor, id, form) =>
    post(`/oauth/authorize/${id}/decision`, form, { cookie: cookieHeader(visitor), origin: world.url })
  const leave: SmartWorld['leave'] = async (visitor, id) => {
    const page = await fetch(`${world.url}/oauth/authorize/${id}/leave`, {
      headers: { cookie: cookieHeader(visitor) },
    })
    const found = /http-equiv="refresh" content="0;url=([^"]+)"/.exec(await page.text())
    if (!found?.[1]) throw new Error(`the leaving page goes nowhere (${page.status})`)
    return new URL(unescapeHtml(found[1]))
  }
  const exchange: SmartWorld['exchange'] = (landing, changes = {}) =>
    post(
      '/oauth/token',
      definedOf({
        grant_type: 'authorization_code',
        code: landing.code,
        redirect_uri: landing.redirectUri,
        code_verifier: landing.verifier,
        client_id: 'test-app',
        ...changes,
      }),
    )
  return {
    ...world,
    audience,
    backendKey: pair.privateKey,
    parameters,
    begin,
    view,
    decide,
    leave,
    post,
    exchange,
    visitor: async (key) => {
      const session = await world.signIn()
      const { patientId, relatedPatientId, relatedPersonId } = person(key)
      await linkChart(session, patientId)
      if (relatedPatientId && relatedPersonId) await linkChart(session, relatedPatientId, relatedPersonId)
      const cookies = new Map<string, string>()
      const [name, value] = world.cookieOf(session).split(/=(.*)/s)
      cookies.set(name ?? '', value ?? '')
      return { session, cookies }
    },
    allow: async (visitor, changes = {}, untick = []) => {
      const { query, verifier } = parameters(changes)
      const id = requestIdOf(await begin(visitor, query))
      await decide(visitor, id, acceptForm(await view(visitor, id), untick))
      const address = await leave(visitor, id)
      const code = address.searchParams.get('code') ?? ''
      return {
        parameters: address.searchParams,
        code,
        verifier,
        redirectUri: query.get('redirect_uri') ?? '',
      }
    },
    refresh: (token, more = {}) =>
      post('/oauth/token', {
        grant_type: 'refresh_token',
        refresh_token: token,
        client_id: 'test-app',
        ...more,
      }),
  }
}

/** The form that a browser sends for "allow", with some lines unticked. */
export function acceptForm(view: ConsentView, untick: readonly ConsentItemId[] = []): Record<string, string> {
  const ticks = view.items.filter((id) => !untick.includes(id)).map((id) => [`item.${id}`, 'yes'] as const)
  return {
    form_token: view.formToken,
    shown: view.shown,
    chart: view.chart.linkId,
    language: view.language,
    decision: 'accept',
    ...Object.fromEntries(ticks),
  }
}

/** The id of the request in the 303 to the web plane. */
export function requestIdOf(response: Response): string {
  const found = /^\/authorize\/([0-9a-f-]{36})$/.exec(response.headers.get('location') ?? '')
  if (!found?.[1]) throw new Error(`no request but ${response.status} ${response.headers.get('location')}`)
  return found[1]
}

/** The `Cookie` header of a visitor's browser. */
export function cookieHeader(visitor: Visitor): string {
  return [...visitor.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
}

function keepCookies(visitor: Visitor, response: Response): void {
  for (const line of response.headers.getSetCookie()) {
    const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s)
    if (line.includes('Max-Age=0')) visitor.cookies.delete(name)
    else visitor.cookies.set(name, value)
  }
}

async function linkChart(
  session: PatientSession,
  patientId: string,
  relatedPersonId?: string,
): Promise<void> {
  await db().link.create({
    data: linkRow({ ...session, patientId, relatedPersonId }),
  })
}

function testApps(publicJwk: object): AppEntry[] {
  const scopes = [
    'launch',
    ...fullScope.split(' ').filter((scope) => scope !== 'patient/Condition.read'),
    'patient/Condition.rs',
    'online_access',
  ]
  const app = { kind: 'app', developer: 'Test', reviewed: false, grantDays: 365 } as const
  const entries = [
    { ...app, id: 'test-app', name: 'Test App', redirectUris: Object.values(redirects), launchUrls, scopes },
    { ...app, id: 'other-app', name: 'Other App', redirectUris: ['https://other.example/cb'], scopes },
    {
      kind: 'backend',
      id: 'printer',
      name: 'Visit summaries',
      jwks: { keys: [{ ...publicJwk, kid: 'k1' }] },
      scopes: ['system/Patient.rs', '__activation-codes.issue'],
    },
    // those that may ask about tokens: for everybody, for this EHR, for another one
    ...[{ id: 'inspector' }, { id: 'demo-ehr', ehr: 'demo' }, { id: 'far-ehr', ehr: 'far' }].map((one) => ({
      kind: 'backend',
      name: one.id,
      jwks: { keys: [{ ...publicJwk, kid: 'k1' }] },
      scopes: ['__introspect', 'system/Patient.rs'],
      ...one,
    })),
    {
      kind: 'backend',
      id: 'portal',
      name: 'Test Portal',
      jwks: { keys: [{ ...publicJwk, kid: 'k1' }] },
      scopes: ['__launch.create'],
      launchEhrs: ['demo'],
      vouchesFor: ['http://localhost:3001'],
      returnAddresses: ['https://portal.example/home'],
    },
  ]
  return entries.map((entry) => appEntrySchema.parse(entry))
}

function definedOf(values: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter((e): e is [string, string] => e[1] !== undefined))
}

function unescapeHtml(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => entities[name] ?? '')
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
