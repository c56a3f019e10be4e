import { randomUUID } from 'node:crypto'
import { startEhr } from '@/demo/ehr/server'
import type { EhrOptions } from '@/demo/ehr/settings'
import { type Person, people } from '@/demo/people'
import { config } from '@/lib/config/config'
import type { ConfigFile } from '@/lib/config/file'
import { openSession } from '@/lib/identity/new-session'
import {
  findPatient,
  findStaff,
  type PatientSession,
  type StaffSession,
  staffActor,
} from '@/lib/identity/session'
import { type CodeOrder, type IssuedCode, issueCode } from '@/lib/journeys/issue-code'
import { ensureKeys } from '@/lib/keys/keys'
import { parseCode } from '@/lib/linking/activation-code'
import { now } from '@/lib/time/clock'
import { type BrokerOptions, startBroker } from '@/test/broker'
import { freePort } from '@/test/postgres-server'
import { demoConfigFile } from '@/test/test-config'

/** A broker and a demo EHR that trust each other, with people to sign in and codes to give. */
export type LinkingWorld = {
  readonly url: string
  readonly ehrUrl: string
  /** Cookie header of the latest sign-in of a session. */
  cookieOf(session: { readonly id: string }): string
  signIn(subject?: string): Promise<PatientSession>
  signInStaff(subject?: string): Promise<StaffSession>
  issue(person: Person, more?: Partial<CodeOrder>): Promise<IssuedCode & { readonly normal: string }>
  control(lever: string, body: unknown): Promise<void>
  accessLog(): Promise<string>
  /** References of the results of a chart that nobody has released. */
  unreleased(patientId: string): Promise<string[]>
  stop(): Promise<void>
}

/** Takes mail by SMTP and shows it on a page. */
export { startMailSink } from '@/demo/mail/server'

const controlToken = 'control-token-of-the-tests'

/** Starts both on free ports. The EHR's configuration is the demo's with its address and what the test overrides. */
export async function startLinkingWorld(
  options: BrokerOptions & {
    readonly ehr?: Partial<ConfigFile['ehrs'][number]>
    /** How the EHR itself is started. */
    readonly server?: Partial<EhrOptions>
  } = {},
): Promise<LinkingWorld> {
  const port = await freePort()
  const [entry] = demoConfigFile().ehrs
  if (!entry) throw new Error('the demo has no EHR')
  const linking = { minimumSelfAgeYears: 18, codeDays: 14, clinicNetworks: [] }
  const base = {
    claims: 'hapi-interceptor' as const,
    gatewayClientId: 'vestibule-gateway',
    timeZone: 'America/New_York',
    linking,
    stepUp: [],
  }
  const ehrs = [{ ...base, ...entry, linking, fhirBase: `http://localhost:${port}/fhir`, ...options.ehr }]
  const broker = await startBroker({ ...options, config: { ...options.config, ehrs } })
  await ensureKeys()
  const ehr = await startEhr({
    port,
    host: 'localhost',
    issuer: broker.url,
    controlToken,
    today: '2026-11-20',
    writeLog: () => undefined,
    ...options.server,
  })
  const cookies = new Map<string, string>()
  const open = async (provider: string, subject: string): Promise<string> => {
    const found = config().providers.find((one) => one.id === provider)
    if (!found) throw new Error(`no provider ${provider}`)
    const identity = {
      issuer: found.issuer,
      subject,
      authTime: now(),
      acr: null,
      amr: ['otp'],
      roleClaims: {},
    }
    const opened = await openSession(found, { identity, cookieHeader: null, now: now() })
    if (opened.outcome === 'refused') throw new Error(opened.reason)
    return opened.setCookie.split(';')[0] ?? ''
  }
  const control = async (lever: string, body: unknown): Promise<Response> =>
    fetch(`${ehr.url}/control/${lever}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  return {
    url: broker.url,
    ehrUrl: ehr.url,
    cookieOf: ({ id }) => cookies.get(id) ?? '',
    signIn: async (subject = randomUUID()) => {
      const cookie = await open('sunrise', subject)
      const session = await findPatient(cookie, now())
      if (!session) throw new Error('not signed in')
      cookies.set(session.id, cookie)
      return session
    },
    signInStaff: async (subject = randomUUID()) => {
      const session = await findStaff(await open('harbor-staff', subject), now())
      if (!session) throw new Error('not signed in')
      return session
    },
    issue: async (person, more = {}) => {
      const login = { issuer: 'https://staff.example', subject: 'desk' }
      const order: CodeOrder = {
        ehrId: 'demo',
        patientId: person.patientId,
        relationship: 'self',
        receivedBy: 'patient-in-person',
        identification: 'photo-id',
        ...more,
      }
      const issued = await issueCode({ kind: 'staff', actor: staffActor(login), login }, order, {
        now: now(),
      })
      if (issued.outcome === 'refused') throw new Error(`no code: ${issued.reason}`)
      return { ...issued, normal: parseCode(issued.code) ?? '' }
    },
    control: async (lever, body) => {
      const answer = await control(lever, body)
      if (!answer.ok) throw new Error(`control ${lever}: ${answer.status}`)
    },
    unreleased: async (patientId) =>
      (
        await fetch(`${ehr.url}/control/unreleased?patient=${patientId}`, {
          headers: { authorization: `Bearer ${controlToken}` },
        })
      ).json(),
    accessLog: async () =>
      (
        await fetch(`${ehr.url}/control/access-log`, { headers: { authorization: `Bearer ${controlToken}` } })
      ).text(),
    stop: async () => {
      await ehr.close()
      await broker.stop()
    },
  }
}

/** One of the cast by key. */
export function person(key: string): Person {
  const found = people.find((one) => one.key === key)
  if (!found) throw new Error(`no such person: ${key}`)
  return found
}
