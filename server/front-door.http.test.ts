import { connect } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startBroker, type TestBroker } from '@/test/broker'

let broker: TestBroker
beforeAll(async () => {
  broker = await startBroker()
})
afterAll(() => broker.stop())

/** Sends bytes as they are: what fetch would repair. @returns the status line and headers */
function raw(lines: readonly string[]): Promise<string> {
  const { port } = new URL(broker.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), 'localhost', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`))
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    socket.on('end', () => resolve(answer))
    socket.on('error', reject)
  })
}

test('a foreign Host is misdirected, so that it can poison no issuer, link or cache', async () => {
  expect(
    await raw(['GET /.well-known/jwks.json HTTP/1.1', 'Host: evil.example', 'Connection: close']),
  ).toMatch(/^HTTP\/1.1 421/)
})

test('health answers whatever the Host, for load balancers call it by address', async () => {
  expect(await raw(['GET /health/ready HTTP/1.1', 'Host: 10.0.0.1', 'Connection: close'])).toMatch(
    /^HTTP\/1.1 200/,
  )
})

test('no other path passes for health: a foreign Host reaches nothing by a detour', async () => {
  for (const path of [
    '/health/../.well-known/openid-configuration',
    '/health/..%2foauth/authorize',
    '/health/x',
  ])
    expect(await raw([`GET ${path} HTTP/1.1`, 'Host: evil.example', 'Connection: close'])).toMatch(
      /^HTTP\/1.1 421/,
    )
})

test('a path with dot segments, however spelled, is nobody’s: it would end in another place than it was looked at for', async () => {
  const host = new URL(broker.url).host
  for (const path of [
    '/fhir/../oauth/token',
    '/_next/%2e%2e/link',
    '/_next/.%2E',
    '/x\\..\\y',
    '/fhir/demo/.',
  ])
    expect(await raw([`GET ${path} HTTP/1.1`, `Host: ${host}`, 'Connection: close']), path).toMatch(
      /^HTTP\/1.1 400/,
    )
  expect(await raw(['GET /.well-known/jwks.json HTTP/1.1', `Host: ${host}`, 'Connection: close'])).toMatch(
    /^HTTP\/1.1 200/,
  )
})

test('a malformed Origin is refused before any plane sees it', async () => {
  const host = new URL(broker.url).host
  expect(
    await raw(['GET /health/live HTTP/1.1', `Host: ${host}`, 'Origin: http://[', 'Connection: close']),
  ).toMatch(/^HTTP\/1.1 400/)
})

test('a body over the limit is refused, announced or not', async () => {
  const big = 'x'.repeat(70_000)
  const announced = await fetch(`${broker.url}/oauth/token`, { method: 'POST', body: big })
  expect(announced.status).toBe(413)
  const streamed = new ReadableStream({
    start(controller) {
      for (let i = 0; i < 70; i++) controller.enqueue(new TextEncoder().encode('x'.repeat(1_000)))
      controller.close()
    },
  })
  const chunked = await fetch(`${broker.url}/oauth/token`, {
    method: 'POST',
    body: streamed,
    duplex: 'half',
  } as RequestInit)
  expect(chunked.status).toBe(413)
})

test.each([
  '/oauth/authorize',
  '/oauth/token',
  '/oauth/revoke',
  '/activation-codes',
  '/fhir/demo/Observation/_search',
  '/oauth/authorize/x/decision',
])('no endpoint reads more than the limit: %s', async (path) => {
  const send = (body: BodyInit, more: object = {}): Promise<Response> =>
    fetch(`${broker.url}${path}`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      ...more,
    })
  expect((await send('x'.repeat(70_000))).status).toBe(413)
  const unmeasured = new Blob(['x'.repeat(70_000)]).stream()
  expect((await send(unmeasured, { duplex: 'half' })).status).toBe(413)
})

test('every answer carries the headers that keep it from being framed or sniffed, and a request id', async () => {
  const { headers } = await fetch(`${broker.url}/health/live`)
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(headers.get('x-frame-options')).toBe('DENY')
  expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/)
  expect(headers.get('strict-transport-security')).toBeNull()
})
