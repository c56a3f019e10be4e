import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { guardedFetch } from '@/lib/http/guarded-fetch'
import { isPublicAddress } from '@/lib/http/public-address'
import { testConfig } from '@/test/test-config'

const resolved = vi.hoisted(() => new Map<string, readonly string[]>())

// only the network is faked: what names resolve to
vi.mock('node:dns', async (original) => {
  const real = await original<typeof import('node:dns')>()
  return {
    ...real,
    lookup: (name: string, _: object, done: (fault: Error | null, found?: object) => void) => {
      const addresses = resolved.get(name)
      if (!addresses) return done(new Error(`unplanned name: ${name}`))
      done(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    },
  }
})

const servers: Server[] = []
let asked = 0

beforeEach(() => {
  asked = 0
  resolved.clear()
  resolved.set('localhost', ['127.0.0.1'])
  setConfig(testConfig())
})

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function serve(answer: RequestListener): Promise<number> {
  const server = createServer((request, response) => {
    asked++
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

const asPublicServer = () => setConfig({ ...config(), issuer: 'https://broker.example' })

describe('[J11] an address an app named', () => {
  it('is asked, and its status, headers and text come back', async () => {
    const port = await serve((request, response) => {
      response.writeHead(201, { 'cache-control': 'max-age=7' })
      request.on('data', (bytes) => response.end(`${request.method} ${request.headers['accept']} ${bytes}`))
    })
    const answer = await guardedFetch(`http://localhost:${port}/keys`, {
      method: 'POST',
      body: 'hello',
      headers: { accept: 'application/json' },
    })
    expect(answer).toMatchObject({ outcome: 'answered', status: 201, body: 'POST application/json hello' })
    expect(answer.outcome === 'answered' && answer.headers.get('cache-control')).toBe('max-age=7')
  })

  it('on loopback is not asked by a server that is public, by http or https, by name or number', async () => {
    const port = await serve((_, response) => response.end('secret'))
    asPublicServer()
    for (const host of ['localhost', '127.0.0.1', '[::1]', '0x7f.1', '2130706433'])
      expect(await guardedFetch(`http://${host}:${port}/`)).toEqual({ outcome: 'failed', why: 'not-https' })
    for (const host of ['localhost', '127.0.0.1', '[::1]', '0x7f.1', '2130706433', '[::ffff:127.0.0.1]'])
      expect(await guardedFetch(`https://${host}:${port}/`)).toEqual({
        outcome: 'failed',
        why: 'forbidden-address',
      })
    expect(asked).toBe(0)
  })

  it('is not asked when its name resolves into a network behind us, alone or among public addresses', async () => {
    asPublicServer()
    for (const addresses of [
      ['10.1.2.3'],
      ['169.254.169.254'],
      ['fd00::1'],
      ['93.184.215.14', '192.168.0.7'],
    ]) {
      resolved.set('keys.example', addresses)
      expect(await guardedFetch('https://keys.example/')).toEqual({
        outcome: 'failed',
        why: 'forbidden-address',
      })
    }
  })

  it('is asked at the address that was judged: its name is resolved once, so that changing its mind gains nothing', async () => {
    const port = await serve((_, response) => response.end('judged'))
    const resolve = vi.spyOn(resolved, 'get')
    resolve.mockImplementationOnce(() => ['127.0.0.1'])
    resolved.set('localhost', ['10.0.0.1'])
    expect(await guardedFetch(`http://localhost:${port}/`)).toMatchObject({ body: 'judged' })
    expect(resolve).toHaveBeenCalledTimes(1)
    resolve.mockRestore()
    expect(await guardedFetch(`http://localhost:${port}/`)).toMatchObject({ why: 'forbidden-address' })
    expect(asked).toBe(1)
  })

  it('in a private network is not asked by a server on loopback either', async () => {
    resolved.set('inside.example', ['10.0.0.1'])
    expect(await guardedFetch('https://inside.example/')).toMatchObject({ why: 'forbidden-address' })
    expect(await guardedFetch('https://192.168.1.1/')).toMatchObject({ why: 'forbidden-address' })
    expect(await guardedFetch('http://inside.example/')).toMatchObject({ why: 'not-https' })
  })

  it('that is no address, carries a password or another scheme is not asked', async () => {
    for (const address of ['', 'keys', '/keys', 'https://user:word@keys.example/'])
      expect(await guardedFetch(address)).toMatchObject({ why: 'forbidden-address' })
    for (const address of ['file:///etc/passwd', 'ftp://keys.example/', 'data:,x'])
      expect(await guardedFetch(address)).toMatchObject({ why: 'not-https' })
  })

  it('that redirects is not followed', async () => {
    const port = await serve((request, response) =>
      request.url === '/'
        ? response.writeHead(302, { location: '/elsewhere' }).end()
        : response.end('followed'),
    )
    expect(await guardedFetch(`http://localhost:${port}/`)).toEqual({ outcome: 'failed', why: 'redirect' })
    expect(asked).toBe(1)
  })

  it('that sends more than it may is cut off', async () => {
    const port = await serve((_, response) => response.end('x'.repeat(70_000)))
    expect(await guardedFetch(`http://localhost:${port}/`)).toEqual({ outcome: 'failed', why: 'too-large' })
    expect(await guardedFetch(`http://localhost:${port}/`, { maxBytes: 70_000 })).toMatchObject({
      outcome: 'answered',
    })
  })

  it('that does not answer, or not to the end, is given up in time', async () => {
    const silent = await serve(() => undefined)
    const endless = await serve((_, response) => response.writeHead(200).write('x'))
    for (const port of [silent, endless])
      expect(await guardedFetch(`http://localhost:${port}/`, { timeoutMilliseconds: 150 })).toEqual({
        outcome: 'failed',
        why: 'timeout',
      })
  })

  it('where nobody listens is a failure, not a fault', async () => {
    const port = await serve(() => undefined)
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
    expect(await guardedFetch(`http://localhost:${port}/`)).toEqual({ outcome: 'failed', why: 'network' })
  })
})

it('[J11] of all addresses only those of the public internet are public', () => {
  const publicOnes = [
    '93.184.215.14',
    '8.8.8.8',
    '172.15.0.1',
    '172.32.0.1',
    '2606:4700::1111',
    '2a00:1450::1',
  ]
  const others =
    '0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.1.1 ' +
    '198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 255.255.255.255 :: ::1 ::ffff:8.8.8.8 64:ff9b::a00:1 fc00::1 ' +
    'fd12::1 fe80::1 fec0::1 ff02::1 2001::1 2001:db8::1 2002:7f00:1:: nothing'
  for (const address of publicOnes) expect(`${address} ${isPublicAddress(address)}`).toBe(`${address} true`)
  for (const address of others.split(' '))
    expect(`${address} ${isPublicAddress(address)}`).toBe(`${address} false`)
})
