import { Pool } from 'undici'
import { freePort } from '@/test/postgres-server'
import { closedLoop } from './closed-loop'
import { printMeasure } from './print'
import { start } from './processes'
import { alternate, percentile, type Side } from './rounds'
import { benchApp, benchScopes, george, seedAccessTokens } from './seed'
import { openWorld } from './world'

const count = 4_096
const workers = 32

/** Asking about a token, each worker about others in turn, against the certified engine in memory. */
export async function measureIntrospection(postgres: string, profile: string | undefined): Promise<void> {
  let seeded: Awaited<ReturnType<typeof seedAccessTokens>> | undefined
  const seed = async (): Promise<void> => {
    seeded = await seedAccessTokens(count)
  }
  const world = await openWorld({ postgres, ehr: 'recorded', profile, seed })
  const peer = await start('bench/peers/oidc-provider', {
    port: await freePort(),
    environment: {
      BENCH_APP: benchApp,
      BENCH_SCOPES: benchScopes.join(' '),
      BENCH_PATIENT: george.patientId,
      BENCH_TOKENS: String(count),
    },
    isMeasured: true,
  })
  const theirs = await new Promise<readonly string[]>((resolve) => {
    peer.onMessage((message) => {
      if (typeof message === 'object' && message !== null && 'accessTokens' in message)
        resolve((message as { accessTokens: string[] }).accessTokens)
    })
    peer.tell({ give: 'tokens' })
  })
  const basic = `Basic ${Buffer.from('inspector:bench-only-secret').toString('base64')}`
  const sides: readonly Side[] = [
    {
      name: 'PostgreSQL',
      load: loadWith(
        `${world.broker.url}/oauth/introspect`,
        `Bearer ${seeded?.bearer}`,
        seeded?.tokens ?? [],
      ),
      processes: { server: world.broker.pid },
    },
    {
      name: 'oidc-provider',
      load: loadWith(`${peer.url}/token/introspection`, basic, theirs),
      processes: { server: peer.pid },
    },
  ]
  const figures = await alternate(sides, { seconds: 4 })
  printMeasure(
    `Introspection of ${count} access tokens in turn, ${workers} at once`,
    figures,
    'oidc-provider',
  )
  await peer.stop()
  await world.close()
}

function loadWith(endpoint: string, authorization: string, tokens: readonly string[]): Side['load'] {
  const { origin, pathname } = new URL(endpoint)
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  return async (seconds) => {
    const pool = new Pool(origin, { connections: workers })
    const next = Array.from({ length: workers }, (_, worker) => worker)
    const act = async (worker: number): Promise<void> => {
      const place = next[worker] ?? worker
      next[worker] = (place + workers) % tokens.length
      const body = `token=${tokens[place]}`
      const answer = await pool.request({ path: pathname, method: 'POST', headers, body })
      const text = await answer.body.text()
      if (!text.includes('"active":true'))
        throw new Error(`introspection was answered ${answer.statusCode} ${text.slice(0, 300)}`)
    }
    const { acts, seconds: took, milliseconds } = await closedLoop(act, { workers, seconds })
    await pool.close()
    return { acts, seconds: took, p50: percentile(milliseconds, 0.5), p99: percentile(milliseconds, 0.99) }
  }
}
