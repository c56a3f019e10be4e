import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Provider } from '@/lib/config/config'
import { findMetadata } from '@/lib/identity/upstream/discovery'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** Serves a discovery document. @returns the issuer's address and how often it was fetched */
async function serve(
  answer: (issuer: string) => RequestListener,
): Promise<{ issuer: string; hits: () => number }> {
  let hits = 0
  const made = createServer((request, response) => {
    hits++
    answer(issuer)(request, response)
  })
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  server = made
  const issuer = `http://127.0.0.1:${(made.address() as AddressInfo).port}`
  return { issuer, hits: () => hits }
}

function documentOf(issuer: string): Record<string, unknown> {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
  }
}

function send(change: (issuer: string) => Record<string, unknown>) {
  return (issuer: string): RequestListener =>
    (_, response) => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ ...documentOf(issuer), ...change(issuer) }))
    }
}

function provider(issuer: string): Provider {
  const rules = {
    workforce: false,
    mfa: { acr: [], amr: [] },
    roleClaims: [],
    algorithms: ['RS256' as const],
  }
  return { id: 'p', name: 'P', issuer, clientId: 'us', clientSecret: undefined, ...rules }
}

describe('a provider’s discovery document', () => {
  it('is fetched once and kept', async () => {
    const { issuer, hits } = await serve(send(() => ({})))
    expect(await findMetadata(provider(issuer))).toMatchObject({ issuer, token_endpoint: `${issuer}/token` })
    await findMetadata(provider(issuer))
    expect(hits()).toBe(1)
  })

  it.each([
    ['names another issuer', send(() => ({ issuer: 'https://evil.example' }))],
    ['names the issuer with a slash more', send((issuer) => ({ issuer: `${issuer}/` }))],
    [
      'sends people elsewhere over plain http',
      send(() => ({ authorization_endpoint: 'http://id.example/auth' })),
    ],
    ['has its keys elsewhere over plain http', send(() => ({ jwks_uri: 'http://id.example/jwks' }))],
    ['has no token endpoint', send(() => ({ token_endpoint: undefined }))],
    ['has an address of another scheme', send(() => ({ authorization_endpoint: 'javascript:alert(1)' }))],
    [
      'is a redirect',
      () => (_: unknown, r: Parameters<RequestListener>[1]) => r.writeHead(302, { location: '/x' }).end(),
    ],
    ['is no JSON', () => (_: unknown, r: Parameters<RequestListener>[1]) => r.end('<html>')],
    ['is an error', () => (_: unknown, r: Parameters<RequestListener>[1]) => r.writeHead(500).end('{}')],
    [
      'is endless',
      () => (_: unknown, r: Parameters<RequestListener>[1]) => r.end(`{"x":"${'x'.repeat(300_000)}"}`),
    ],
  ] as const)('that %s is not believed, and asked for again the next time', async (_, answer) => {
    const { issuer, hits } = await serve(answer)
    expect(await findMetadata(provider(issuer))).toBeUndefined()
    expect(await findMetadata(provider(issuer))).toBeUndefined()
    expect(hits()).toBe(2)
  })

  it('that cannot be fetched is undefined, not a fault', async () => {
    expect(await findMetadata(provider('http://127.0.0.1:1'))).toBeUndefined()
  })
})
