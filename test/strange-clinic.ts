import type { ConfigFile } from '@/lib/config/file'
import { startBroker, type TestBroker } from '@/test/broker'
import { type AccessSeed, type SeededAccess, seedAccess } from '@/test/fixtures'
import { type StrangeEhr, startStrangeEhr } from '@/test/strange-ehr'

/** A broker in front of one EHR that says what a test makes it say, and access to one chart of it. */
export type StrangeClinic = {
  readonly ehr: StrangeEhr
  readonly broker: TestBroker
  readonly access: SeededAccess
  /** Access to the same chart for another app or person. */
  open(seed?: Partial<AccessSeed>): Promise<SeededAccess>
  stop(): Promise<void>
}

type EhrEntry = ConfigFile['ehrs'][number]

/** Nothing is visible without its orderer's release, practically for ever. */
const patientPolicy: EhrEntry['releasePolicy'] = {
  kind: 'orderer-release',
  automaticReleaseDays: 36_500,
  coverPools: [],
  jurisdiction: 'US',
}

/** Starts both. The chart is that of `Patient/p1`. */
export async function startStrangeClinic(more: Partial<EhrEntry> = {}): Promise<StrangeClinic> {
  const ehr = await startStrangeEhr()
  const entry: EhrEntry = {
    id: 'strange',
    name: 'Strange Clinic',
    fhirBase: ehr.fhirBase,
    enforcement: 'gateway',
    claims: 'hapi-interceptor',
    credential: { kind: 'own-token' },
    gatewayClientId: 'vestibule-gateway',
    releasePolicy: patientPolicy,
    timeZone: 'America/New_York',
    stepUp: [],
    linking: { minimumSelfAgeYears: 18, codeDays: 14, clinicNetworks: [] },
    ...more,
  }
  const broker = await startBroker({ config: { ehrs: [entry] } })
  const open = (seed: Partial<AccessSeed> = {}): Promise<SeededAccess> =>
    seedAccess({ ehrId: 'strange', patientId: 'p1', ...seed })
  return {
    ehr,
    broker,
    access: await open(),
    open,
    stop: async () => {
      await broker.stop()
      await ehr.close()
    },
  }
}
