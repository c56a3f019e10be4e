import { once } from 'node:events'
import { createServer } from 'node:http'
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from 'jose'

/** A loopback issuer for tests: discovery, a JWKS, and tokens as right or as wrong as a test wants them. */
export type SigningIssuer = {
  readonly url: string
  sign(claims: JWTPayload, header?: SignHeader): Promise<string>
  signNone(claims: JWTPayload): string
  signHmac(claims: JWTPayload): Promise<string>
  /** Signs with a key that the JWKS does not list yet; `publish` lists it. */
  readonly later: { sign(claims: JWTPayload): Promise<string>; publish(): Promise<void> }
  /** Answers a path with what a test wants; undefined makes it fail. */
  serve(path: string, body: string | undefined): void
  /** Makes discovery and JWKS fail. */
  goDown(down: boolean): void
  close(): Promise<void>
}

type SignHeader = { readonly typ?: string; readonly kid?: string; readonly alg?: 'ES256' | 'ES384' | 'RS256' }

export async function startSigningIssuer(): Promise<SigningIssuer> {
  const algorithms = ['ES256', 'ES384', 'RS256'] as const
  const pairs = new Map<string, { privateKey: CryptoKey; publicKey: CryptoKey }>()
  for (const alg of algorithms) pairs.set(alg, await generateKeyPair(alg, { extractable: true }))
  const later = await generateKeyPair('ES256', { extractable: true })
  const keys: object[] = []
  for (const [alg, { publicKey }] of pairs)
    keys.push({ ...(await exportJWK(publicKey)), kid: `key-${alg}`, alg, use: 'sig' })
  let isDown = false
  const served = new Map<string, string | undefined>()
  const server = createServer((request, response) => {
    if (isDown) return response.writeHead(500).end()
    if (served.has(request.url ?? '')) {
      const text = served.get(request.url ?? '')
      return response.writeHead(text === undefined ? 500 : 200).end(text)
    }
    const url = `http://127.0.0.1:${port()}`
    const body =
      request.url === '/.well-known/openid-configuration'
        ? { issuer: url, jwks_uri: `${url}/jwks` }
        : { keys }
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  const port = (): number => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const keyFor = (alg: string): CryptoKey => {
    const pair = pairs.get(alg)
    if (!pair) throw new Error(`no key for ${alg}`)
    return pair.privateKey
  }
  return {
    url: `http://127.0.0.1:${port()}`,
    sign: (claims, { typ = 'at+jwt', alg = 'ES256', kid = `key-${alg}` } = {}) =>
      new SignJWT(claims).setProtectedHeader({ alg, typ, kid }).sign(keyFor(alg)),
    signNone: (claims) => new UnsecuredJWT(claims).encode(),
    signHmac: (claims) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: 'key-ES256' })
        .sign(new TextEncoder().encode('a shared secret that this EHR never shared')),
    later: {
      sign: (claims) =>
        new SignJWT(claims)
          .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'key-later' })
          .sign(later.privateKey),
      async publish() {
        keys.push({ ...(await exportJWK(later.publicKey)), kid: 'key-later', alg: 'ES256', use: 'sig' })
      },
    },
    serve(path, body) {
      served.set(path, body)
    },
    goDown(down) {
      isDown = down
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close').catch(() => undefined)
    },
  }
}
