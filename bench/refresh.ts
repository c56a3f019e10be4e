import { Pool } from 'undici'
import { freePort } from '@/test/postgres-server'
import { closedLoop } from './closed-loop'
import { printMeasure } from './print'
import { findParent, type Running, start } from './processes'
import { alternate, percentile, type Side } from './rounds'
import { benchApp, benchScopes, george, seedRefreshTokens } from './seed'
import { openWorld, query, type World } from './world'

/**
 * People whose apps refresh in turn. More than the gateway tokens that a process keeps, so that each refresh signs its
 * own, as in a clinic where an app refreshes every quarter of an hour.
 */
const chains = 4_096
const workers = 32

/** Refresh with rotation, each chain with its newest token, against the certified engine in memory. */
export async function measureRefresh(postgres: string, profile: string | undefined): Promise<void> {
  const onPostgres = await openSeeded({ postgres, ehr: 'live', profile })
  const recorded = await openSeeded({ postgres, ehr: 'recorded' })
  const embedded = await openSeeded({ ehr: 'live' })
  const peer = await start('bench/peers/oidc-provider', {
    port: await freePort(),
    environment: {
      BENCH_APP: benchApp,
      BENCH_SCOPES: benchScopes.join(' '),
      BENCH_PATIENT: george.patientId,
      BENCH_TOKENS: String(chains),
    },
    isMeasured: true,
  })
  const postmaster = await findPostmaster(postgres)
  const sides: readonly Side[] = [
    sideOf('PostgreSQL, demo EHR', onPostgres, postmaster),
    sideOf('PostgreSQL, recorded EHR', recorded, postmaster),
    sideOf('embedded, demo EHR', embedded),
    {
      name: 'oidc-provider',
      load: loadChains(`${peer.url}/token`, await tokensOf(peer)),
      processes: { server: peer.pid },
    },
  ]
  const figures = await alternate(sides, { seconds: 4 })
  printMeasure(
    `2. Refresh with rotation, ${chains} chains, ${workers} at once: ES256 access token, RS256 ID token`,
    figures,
    'oidc-provider',
  )
  await peer.stop()
  for (const { world } of [onPostgres, recorded, embedded]) await world.close()
}

/** A world whose chains can be refreshed. */
export type Seeded = { readonly world: World; readonly tokens: readonly string[] }

/** Opens a world with chains to refresh, after `before` wrote what else is to be there. */
export async function openSeeded(
  options: Omit<Parameters<typeof openWorld>[0], 'seed'>,
  before?: () => Promise<void>,
): Promise<Seeded> {
  let tokens: readonly string[] = []
  const seed = async (): Promise<void> => {
    await before?.()
    tokens = await seedRefreshTokens(chains)
  }
  return { world: await openWorld({ ...options, seed }), tokens }
}

/** Refreshes the chains of a world. */
export function sideOf(name: string, { world, tokens }: Seeded, postmaster?: number): Side {
  const { broker, ehr } = world
  return {
    name,
    load: loadChains(`${broker.url}/oauth/token`, tokens),
    processes: { server: broker.pid, EHR: ehr.pid, ...(postmaster ? { PostgreSQL: postmaster } : {}) },
  }
}

/** The process that PostgreSQL's others hang on, if it runs on this machine. */
async function findPostmaster(postgres: string): Promise<number | undefined> {
  const [row] = await query(postgres, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
  return findParent(Number(row?.['pid']), 'postgres')
}

function tokensOf(peer: Running): Promise<readonly string[]> {
  return new Promise((resolve) => {
    peer.onMessage((message) => {
      if (hasTokens(message)) resolve(message.tokens)
    })
    peer.tell({ give: 'tokens' })
  })
}

function hasTokens(message: unknown): message is { readonly tokens: readonly string[] } {
  return typeof message === 'object' && message !== null && 'tokens' in message
}

/** Each worker has chains of its own and takes them in turn, so a token is never presented twice. */
function loadChains(endpoint: string, first: readonly string[]): Side['load'] {
  const newest = [...first]
  const next = Array.from({ length: workers }, (_, worker) => worker)
  const { origin, pathname } = new URL(endpoint)
  return async (seconds) => {
    const pool = new Pool(origin, { connections: workers })
    const act = async (worker: number): Promise<void> => {
      const chain = next[worker] ?? worker
      next[worker] = (chain + workers) % chains
      newest[chain] = await refresh(pool, pathname, newest[chain] ?? '')
    }
    const { acts, seconds: took, milliseconds } = await closedLoop(act, { workers, seconds })
    await pool.close()
    return { acts, seconds: took, p50: percentile(milliseconds, 0.5), p99: percentile(milliseconds, 0.99) }
  }
}

type Answer = { readonly access_token?: string; readonly refresh_token?: string; readonly id_token?: string }

async function refresh(pool: Pool, path: string, token: string): Promise<string> {
  const answer = await pool.request({
    path,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `grant_type=refresh_token&client_id=${benchApp}&refresh_token=${token}`,
  })
  const text = await answer.body.text()
  const body = JSON.parse(text) as Answer
  const isWhole =
    algorithmOf(body.access_token) === 'ES256' &&
    algorithmOf(body.id_token) === 'RS256' &&
    body.refresh_token !== undefined &&
    body.refresh_token !== token
  if (!isWhole || body.refresh_token === undefined)
    throw new Error(`a refresh was answered ${answer.statusCode} ${answer.statusCode === 200 ? '' : text}`)
  return body.refresh_token
}

function algorithmOf(jwt: string | undefined): unknown {
  if (jwt === undefined) return undefined
  const header: unknown = JSON.parse(Buffer.from(jwt.split('.')[0] ?? '', 'base64url').toString())
  return typeof header === 'object' && header !== null && 'alg' in header ? header.alg : undefined
}
