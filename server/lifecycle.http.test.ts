import { connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { pool } from '@/lib/db/database'
import { cookieName, setCookie } from '@/lib/http/cookies'
import { startBroker, type TestBroker } from '@/test/broker'
import { createTestDatabase, isPostgres } from '@/test/database'
import { freePort } from '@/test/postgres-server'

const cleanups: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

async function broker(environment: Record<string, string> = {}): Promise<TestBroker> {
  const started = await startBroker({ environment })
  cleanups.push(() => started.stop())
  return started
}

async function waitFor(url: string, status: number): Promise<Response> {
  const until = Date.now() + 25_000
  for (;;) {
    const answer = await fetch(url)
    if (answer.status === status || Date.now() > until) return answer
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

/** A wire to the database that can be cut and mended. */
async function cuttable(target: URL): Promise<{ url: string; cut(): Promise<void>; mend(): Promise<void> }> {
  const port = await freePort()
  const sockets = new Set<Socket>()
  let server: Server
  const mend = async (): Promise<void> => {
    server = createServer((inbound) => {
      const outbound = connect(Number(target.port), target.hostname)
      for (const socket of [inbound, outbound]) sockets.add(socket.on('error', () => socket.destroy()))
      inbound.pipe(outbound).pipe(inbound)
    })
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  }
  const cut = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
  await mend()
  cleanups.push(cut)
  const url = new URL(target)
  url.host = `127.0.0.1:${port}`
  return { url: url.href, cut, mend }
}

test('a lost database is a clear 503, and comes back without a restart', async () => {
  if (isPostgres) {
    const database = await createTestDatabase()
    cleanups.push(() => database.drop())
    const wire = await cuttable(new URL(database.environment['DATABASE_URL'] ?? ''))
    const { url } = await broker({ DATABASE_URL: wire.url })
    expect((await fetch(`${url}/health/ready`)).status).toBe(200)
    await wire.cut()
    expect((await waitFor(`${url}/health/ready`, 503)).status).toBe(503)
    await wire.mend()
    expect((await waitFor(`${url}/health/ready`, 200)).status).toBe(200)
    return
  }
  const { url } = await broker()
  const child = await import('node:child_process')
  const host = (pool().options as { host?: string }).host ?? ''
  child.execFileSync('pkill', ['-KILL', '-f', `embedded-host.mjs .* ${host}/`])
  expect((await waitFor(`${url}/health/ready`, 503)).status).toBe(503)
  expect((await waitFor(`${url}/health/ready`, 200)).status).toBe(200)
})

test('a stop lets the request in flight finish, and takes no new one', async () => {
  const started = await startBroker()
  const { port, host } = new URL(started.url)
  const socket = connect(Number(port), 'localhost')
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk.toString()
  })
  const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  const head = [
    'POST /oauth/token HTTP/1.1',
    `Host: ${host}`,
    'Content-Type: application/x-www-form-urlencoded',
  ]
  socket.write(`${head.join('\r\n')}\r\nContent-Length: 12\r\n\r\ngrant_`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const stopping = started.stop()
  await new Promise((resolve) => setTimeout(resolve, 100))
  await expect(fetch(`${started.url}/health/live`)).rejects.toThrow()
  expect(answer).toBe('')
  socket.write('type=x')
  socket.end()
  await ended
  expect(answer).toMatch(/^HTTP\/1.1 400/)
  await stopping
})

test('under https every answer asks for https to stay, and cookies are Secure and bound to this host', async () => {
  const { url } = await broker({ VESTIBULE_PUBLIC_URL: 'https://localhost:8443', HOST: '127.0.0.1' })
  const port = new URL(url).port
  const answer = await rawGet(Number(port), 'localhost:8443')
  expect(answer).toMatch(/strict-transport-security: max-age=63072000; includeSubDomains/i)
  expect(cookieName('x')).toBe('__Host-vestibule.x')
  expect(setCookie('x', '1')).toBe('__Host-vestibule.x=1; Path=/; HttpOnly; SameSite=Lax; Secure')
})

function rawGet(port: number, host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write(`GET /health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    )
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}
