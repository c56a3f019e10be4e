import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { setConfig } from '@/lib/config/config'
import { forgetOnce } from '@/lib/process/once'
import { admit } from '@/server/front-door'
import { testConfig } from '@/test/test-config'

let server: Server
beforeAll(() => setConfig(testConfig()))
afterEach(() => server.close())

/** Asks a server that only has the front door, and says what it saw. */
async function seenBy(
  trustedProxies: readonly string[],
  headers: Record<string, string>,
): Promise<Record<string, unknown>> {
  forgetOnce('trusted-proxies')
  setConfig({ ...testConfig(), trustedProxies: [...trustedProxies] })
  server = createServer((req, res) => {
    const admission = admit(req, res)
    res.end(
      JSON.stringify({
        admission,
        host: req.headers['x-forwarded-host'],
        proto: req.headers['x-forwarded-proto'],
        forwarded: req.headers['forwarded'],
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    const call = request(
      { port, host: '127.0.0.1', headers: { host: 'localhost:3000', ...headers } },
      (answer) => {
        let body = ''
        answer.on('data', (chunk) => {
          body += chunk
        })
        answer.on('end', () => resolve(JSON.parse(body)))
      },
    )
    call.on('error', reject)
    call.end()
  })
}

const forged = {
  'x-forwarded-for': '203.0.113.9',
  'x-forwarded-host': 'evil.example',
  'x-forwarded-proto': 'https',
  forwarded: 'for=203.0.113.9',
}

test('a stranger cannot choose his own address, host or scheme', async () => {
  const seen = await seenBy([], forged)
  expect(seen).toMatchObject({
    host: 'localhost:3000',
    proto: 'http',
    admission: { context: { clientAddress: '127.0.0.1' } },
  })
  expect(seen['forwarded']).toBeUndefined()
})

test('behind a trusted proxy the client is the right-most hop that is not one of ours', async () => {
  const seen = await seenBy(['127.0.0.0/8', '10.0.0.0/8'], {
    'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.1.2.3',
  })
  expect(seen).toMatchObject({ admission: { context: { clientAddress: '203.0.113.9' } } })
})

test('a hop that cannot be read hides no one behind what the client wrote itself', async () => {
  const addressOf = async (hops: string) => {
    const seen = await seenBy(['127.0.0.0/8'], { 'x-forwarded-for': hops })
    return (seen['admission'] as { context: { clientAddress: string } }).context.clientAddress
  }
  expect(await addressOf('198.51.100.1, 203.0.113.9:4711')).toBe('203.0.113.9')
  expect(await addressOf('198.51.100.1, [2001:db8::7]:4711')).toBe('2001:db8::7')
  expect(await addressOf('198.51.100.1, unknown')).toBe('127.0.0.1')
  expect(await addressOf('198.51.100.1, ')).toBe('127.0.0.1')
})

test('behind a trusted proxy the host and scheme still come from the configuration', async () => {
  expect(await seenBy(['127.0.0.1'], forged)).toMatchObject({ host: 'localhost:3000', proto: 'http' })
})
