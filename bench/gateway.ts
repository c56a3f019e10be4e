import { Pool } from 'undici'
import { authorizeCall } from '@/lib/ehrs/door'
import { getEhr } from '@/lib/ehrs/ehrs'
import { ensureKeys } from '@/lib/keys/keys'
import { seedAccess } from '@/test/fixtures'
import { freePort } from '@/test/postgres-server'
import { closedLoop } from './closed-loop'
import { printMeasure } from './print'
import { type Running, start } from './processes'
import { alternate, percentile, type Side } from './rounds'
import { benchApp, benchScopes, ehrId, george } from './seed'
import { openWorld, type World } from './world'

const workers = 16
const entries = 50

type Ready = { readonly world: World; readonly token: string; readonly search: string }
type Asked = { readonly path: string; readonly form: string }

/** A search of fifty results judged one by one, against the same upstream search passed through as it is. */
export async function measureGateway(postgres: string, profile: string | undefined): Promise<void> {
  const live = await openReady(postgres, 'live')
  const recorded = await openReady(postgres, 'recorded', profile)
  const asked = await listQuestions(recorded)
  const [first] = asked
  if (!first) throw new Error('the gateway asked the EHR nothing')
  const passLive = await startPassThrough()
  const passRecorded = await startPassThrough()
  const renew = (): Promise<void> => pointAt(passLive, live, first)
  await pointAt(passRecorded, recorded, first)
  const sides: readonly Side[] = [
    sideOf('gateway, recorded EHR', { ready: recorded, through: recorded.world.broker }),
    sideOf('pass-through, recorded EHR', { ready: recorded, through: passRecorded }),
    sideOf('gateway, demo EHR', { ready: live, through: live.world.broker }),
    sideOf('pass-through, demo EHR', { ready: live, through: passLive, before: renew }),
  ]
  const figures = await alternate(sides, { seconds: 4 })
  const title = `3. Search of ${entries} entries with policy, ${workers} at once; the gateway asks the EHR ${asked.length === 1 ? 'once' : `${asked.length} times`} for it`
  printMeasure(title, figures.slice(0, 2), 'pass-through, recorded EHR')
  printMeasure(`${title}, here the demo EHR answers afresh`, figures.slice(2), 'pass-through, demo EHR')
  await passLive.stop()
  await passRecorded.stop()
  await live.world.close()
  await recorded.world.close()
}

async function openReady(postgres: string, ehr: 'live' | 'recorded', profile?: string): Promise<Ready> {
  let token = ''
  const seed = async (): Promise<void> => {
    const scopes = benchScopes
    token = (await seedAccess({ ehrId: ehrId(), patientId: george.patientId, appId: benchApp, scopes })).token
  }
  const world = await openWorld({ postgres, ehr, profile, seed })
  return { world, token, search: `/fhir/demo/Observation?patient=${george.patientId}&_count=${entries}` }
}

/** What the gateway asks the EHR for one search, heard at the EHR, which tells each question it had not heard before. */
async function listQuestions({ world, token, search }: Ready): Promise<readonly Asked[]> {
  const asked: Asked[] = []
  world.ehr.onMessage((message) => {
    if (isAsked(message)) asked.push({ path: message.asked.path, form: message.asked.form ?? '' })
  })
  const answer = await fetch(`${world.broker.url}${search}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const body: unknown = await answer.json()
  const count =
    typeof body === 'object' && body !== null && 'entry' in body && Array.isArray(body.entry)
      ? body.entry.length
      : 0
  if (count !== entries) throw new Error(`the gateway answered ${answer.status} with ${count} entries`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  return asked
}

function isAsked(
  message: unknown,
): message is { readonly asked: { readonly path: string; readonly form?: string } } {
  return typeof message === 'object' && message !== null && 'asked' in message
}

async function startPassThrough(): Promise<Running> {
  const port = await freePort()
  return start('bench/peers/pass-through', { port, environment: {}, isMeasured: true })
}

/** Gives the pass-through a fresh token for the EHR's own door: they live a minute, a round takes seconds. */
async function pointAt(peer: Running, { world }: Ready, { path, form }: Asked): Promise<void> {
  const { authorization = '' } = await world.inside(async () => {
    await ensureKeys()
    return authorizeCall(getEhr(ehrId()), {
      sub: 'bench',
      app: benchApp,
      fhirUser: `Patient/${george.patientId}`,
      patient: george.patientId,
      scope: 'patient/Observation.rs patient/ServiceRequest.rs patient/Provenance.rs',
      linkLevel: 'L-code',
      linkMethod: 'activation-code',
      purpose: 'PATRQT',
    })
  })
  peer.tell({
    url: `${world.ehr.url}${path}`,
    form,
    token: authorization.replace(/^Bearer /, ''),
  })
}

function sideOf(
  name: string,
  options: { readonly ready: Ready; readonly through: Running; readonly before?: () => Promise<void> },
): Side {
  const { ready, through, before } = options
  return {
    name,
    load: async (seconds) => {
      await before?.()
      const pool = new Pool(through.url, { connections: workers })
      const headers = { authorization: `Bearer ${ready.token}`, accept: 'application/fhir+json' }
      const act = async (): Promise<void> => {
        const answer = await pool.request({ path: ready.search, method: 'GET', headers })
        await answer.body.arrayBuffer()
        if (answer.statusCode !== 200) throw new Error(`${name} answered ${answer.statusCode}`)
      }
      const { acts, seconds: took, milliseconds } = await closedLoop(act, { workers, seconds })
      await pool.close()
      return { acts, seconds: took, p50: percentile(milliseconds, 0.5), p99: percentile(milliseconds, 0.99) }
    },
    processes: { server: through.pid, EHR: ready.world.ehr.pid },
  }
}
