import { listUnreleased } from '@/demo/ehr/landmarks'
import { buildWorld } from '@/demo/ehr/seed/world'
import { startEhr } from '@/demo/ehr/server'
import { clinicians, people } from '@/demo/people'
import type { ConfigFile } from '@/lib/config/file'
import { startBroker, type TestBroker } from '@/test/broker'
import { type AccessSeed, type SeededAccess, seedAccess } from '@/test/fixtures'
import { freePort } from '@/test/postgres-server'

export { people } from '@/demo/people'

/** The day the demo charts are counted back from. */
export const today = '2026-11-20'

/** Lever of the demo EHR for tests. */
const controlToken = 'control-token-of-the-tests'

/** The world where results are held (`one`), or where they were never written (`two`). */
export type WorldName = 'one' | 'two'

/** A broker in front of one EHR or of two that differ in what was never written. */
export type Worlds = {
  readonly broker: TestBroker
  /** Everything the two EHRs logged, as JSON lines. */
  readonly ehrLog: readonly string[]
  access(world: WorldName, patient: string, seed?: Partial<AccessSeed>): Promise<SeededAccess>
  /** A request to the gateway of one world. */
  ask(world: WorldName, path: string, token: string, init?: RequestInit): Promise<Response>
  control(world: WorldName, act: string, body: object): Promise<void>
  stop(): Promise<void>
}

/** What may differ from the usual: what was never written in world two, and the policy of both. */
export type WorldOptions = {
  readonly without?: readonly string[]
  readonly policy?: ConfigFile['ehrs'][number]['releasePolicy']
  /** How the gateway proves itself to both. */
  readonly credential?: ConfigFile['ehrs'][number]['credential']
  /** What both open only after a fresh proof. */
  readonly stepUp?: ConfigFile['ehrs'][number]['stepUp']
}

/** Starts broker and EHRs; a result waits practically for ever, and two of three clinicians cover for one another. */
export async function startTwoWorlds(options: WorldOptions = {}): Promise<Worlds> {
  const ports = { one: await freePort(), two: await freePort() }
  const policy = options.policy ?? usualPolicy
  const credential = options.credential ?? { kind: 'own-token' as const }
  const stepUp = options.stepUp ?? []
  const ehrs = (['one', 'two'] as const).map((id) => ({
    ...ehrEntry(id, ports[id], policy),
    credential,
    stepUp,
  }))
  const broker = await startBroker({ config: { ehrs } })
  const ehrLog: string[] = []
  const shared = {
    issuer: broker.url,
    today,
    controlToken,
    writeLog: (line: string) => void ehrLog.push(line),
  }
  const one = await startEhr({ port: ports.one, ...shared })
  const two = await startEhr({
    port: ports.two,
    ...shared,
    without: options.without ?? everythingUnreleased(),
  })
  return {
    broker,
    ehrLog,
    access: (world, patient, seed) => seedAccess({ ehrId: world, patientId: patientIdOf(patient), ...seed }),
    ask: (world, path, token, init = {}) => {
      const headers = new Headers(init.headers)
      if (token && !headers.has('authorization')) headers.set('authorization', `Bearer ${token}`)
      return fetch(path.startsWith('http') ? path : `${broker.url}/fhir/${world}/${path}`, {
        ...init,
        headers,
      })
    },
    control: async (world, act, body) => {
      const response = await fetch(`http://localhost:${ports[world]}/control/${act}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${controlToken}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      if (!response.ok) throw new Error(`control ${act}: ${response.status} ${await response.text()}`)
    },
    stop: async () => {
      await one.close()
      await two.close()
      await broker.stop()
    },
  }
}

/** Logical id of a person of the cast. */
export function patientIdOf(key: string): string {
  const found = people.find((person) => person.key === key)
  if (!found) throw new Error(`nobody is called ${key}`)
  return found.patientId
}

/** Logical id of a clinician of the cast. */
export function clinicianIdOf(key: string): string {
  const found = clinicians.find((one) => one.key === key)
  if (!found) throw new Error(`no clinician is called ${key}`)
  return found.id
}

/**
 * Keys (`Type/id`) of every result of the cast that nobody has released, that is held, or that was released only by
 * somebody who neither ordered it nor covers for who did.
 */
export function everythingUnreleased(): readonly string[] {
  const world = wholeSeed()
  const requesterOf = new Map<string | undefined, string | undefined>(
    world.flatMap((one) =>
      one.resourceType === 'ServiceRequest'
        ? [[`ServiceRequest/${one.id}`, one.requester?.reference] as const]
        : [],
    ),
  )
  const isEntitled = (order: string | undefined, by: string | undefined): boolean => {
    const requester = requesterOf.get(order)
    return (
      requester === by ||
      usualPolicy.coverPools.some((pool) => [requester, by].every((who) => isIn(pool, who)))
    )
  }
  const strangers = world.flatMap((one) => {
    if (one.resourceType !== 'Observation' && one.resourceType !== 'DiagnosticReport') return []
    if (!one.basedOn) return []
    const key = `${one.resourceType}/${one.id}`
    const releasers = world.flatMap((other) =>
      other.resourceType === 'Provenance' && other.target.some(({ reference }) => reference === key)
        ? [other.agent[0]?.who.reference]
        : [],
    )
    return releasers.some((by) => isEntitled(one.basedOn?.[0]?.reference, by)) ? [] : [key]
  })
  return [...new Set([...people.flatMap(({ patientId }) => listUnreleased(patientId, today)), ...strangers])]
}

function isIn(pool: readonly string[], who: string | undefined): boolean {
  return who !== undefined && pool.includes(who)
}

/** Every resource of the seed, as the EHR holds it. */
export function wholeSeed(without: readonly string[] = []): ReturnType<typeof buildWorld> {
  return buildWorld(today, without)
}

const usualPolicy = {
  kind: 'orderer-release',
  automaticReleaseDays: 36_500,
  coverPools: [[`Practitioner/${clinicianIdOf('adeyemi')}`, `Practitioner/${clinicianIdOf('brandt')}`]],
  jurisdiction: 'US',
} as const satisfies ConfigFile['ehrs'][number]['releasePolicy']

function ehrEntry(
  id: WorldName,
  port: number,
  releasePolicy: ConfigFile['ehrs'][number]['releasePolicy'],
): ConfigFile['ehrs'][number] {
  return {
    id,
    name: `Clinic ${id}`,
    fhirBase: `http://localhost:${port}/fhir`,
    enforcement: 'gateway',
    claims: 'hapi-interceptor',
    credential: { kind: 'own-token' },
    gatewayClientId: 'vestibule-gateway',
    releasePolicy,
    timeZone: 'America/New_York',
    stepUp: [],
    linking: { minimumSelfAgeYears: 18, codeDays: 14, clinicNetworks: [] },
  }
}
