import autocannon from 'autocannon'
import { freePort } from '@/test/postgres-server'
import { printMeasure } from './print'
import { start } from './processes'
import { alternate, type Round, type Side } from './rounds'
import { openWorld, type World } from './world'

const documents = {
  JWKS: '/.well-known/jwks.json',
  'smart-configuration': '/fhir/demo/.well-known/smart-configuration',
} as const

/** How much of bare Hono's rate is left when the same bytes are our published keys, or our discovery document. */
export async function measureJwks(postgres: string, profile: string | undefined): Promise<void> {
  const world = await openWorld({ postgres, ehr: 'recorded', profile })
  for (const [name, path] of Object.entries(documents)) await measureDocument(world, name, path)
  await world.close()
}

async function measureDocument(world: World, name: string, path: string): Promise<void> {
  const url = `${world.broker.url}${path}`
  const answer = await fetch(url)
  const port = await freePort()
  const bytes = Buffer.from(await answer.arrayBuffer())
  const peer = await start('bench/peers/bare-answer', {
    port,
    environment: {
      BENCH_PATH: path,
      BENCH_BYTES: bytes.toString('base64'),
      BENCH_HEADERS: JSON.stringify({
        'content-type': 'application/json',
        'cache-control': answer.headers.get('cache-control') ?? '',
        'access-control-allow-origin': '*',
      }),
    },
    isMeasured: true,
  })
  const sides: readonly Side[] = [
    {
      name: `our ${name}`,
      load: (seconds) => load(url, seconds),
      processes: { server: world.broker.pid, generator: process.pid },
    },
    {
      name: 'bare Hono',
      load: (seconds) => load(`${peer.url}${path}`, seconds),
      processes: { server: peer.pid, generator: process.pid },
    },
  ]
  const figures = await alternate(sides, { seconds: 4 })
  printMeasure(`1. ${name}, ${bytes.length} bytes, 32 connections`, figures, 'bare Hono')
  await peer.stop()
}

async function load(url: string, seconds: number): Promise<Round> {
  const result = await autocannon({ url, connections: 32, duration: seconds })
  if (result.errors > 0 || result.non2xx > 0) throw new Error(`${url}: not every answer was good`)
  const { p50, p99 } = result.latency
  return { acts: result.requests.total, seconds: result.duration, p50, p99 }
}
