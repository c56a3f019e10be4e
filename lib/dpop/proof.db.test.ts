import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { currentNonce } from '@/lib/dpop/nonce'
import { checkProof, type ProofDemand, sweepProofs } from '@/lib/dpop/proof'
import { forgetOnce } from '@/lib/process/once'
import { addSeconds, epochSeconds } from '@/lib/time/clock'
import { openTestDatabase } from '@/test/broker'
import { createDpopClient, type DpopClient, type ProofWish } from '@/test/dpop-client'
import { testConfig, testSecret } from '@/test/test-config'

let close: () => Promise<void>
let client: DpopClient
beforeAll(async () => {
  close = await openTestDatabase()
  client = await createDpopClient()
})
afterAll(() => close())

const url = 'https://broker.example/oauth/token'
const now = new Date()
const check = async (wish: Partial<ProofWish>, demand: Partial<ProofDemand> = {}): Promise<string> => {
  const proof = await client.prove({ htu: url, ...wish })
  return outcomeOf(proof, demand)
}

async function outcomeOf(proof: string, demand: Partial<ProofDemand> = {}): Promise<string> {
  const result = await checkProof(proof, { method: 'POST', url, needsNonce: false, now, ...demand })
  return result.outcome === 'refused' ? result.reason : result.outcome
}

describe('[9449-4.3] a proof', () => {
  it('[9449-4.3] proves its key: the thumbprint of RFC 7638', async () => {
    const proof = await client.prove({ htu: url })
    expect(await checkProof(proof, { method: 'POST', url, needsNonce: false, now })).toEqual({
      outcome: 'proven',
      jkt: client.jkt,
      hadNonce: false,
    })
  })

  it.each(['ES256', 'ES384', 'PS256', 'RS256'])('[9449-4.3] may be signed with %s', async (alg) => {
    const other = await createDpopClient(alg)
    expect(await outcomeOf(await other.prove({ htu: url }))).toBe('proven')
  })

  it.each([
    ['typ missing', { typ: undefined }],
    ['typ of an access token', { typ: 'at+jwt' }],
    ['typ JWT', { typ: 'JWT' }],
    ['no key', { jwk: undefined }],
    ['a key by reference', { jwk: undefined, jku: 'https://evil.example/jwks' }],
    ['a key that is text', { jwk: 'key' }],
    ['a symmetric key', { jwk: { kty: 'oct', k: 'c2VjcmV0' } }],
    ['an unknown critical header', { crit: ['x'], x: 1 }],
  ])('[9449-4.3] is refused with %s', async (_, header) => {
    const pair = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(pair.publicKey)
    const claims = { jti: 'x', htm: 'POST', htu: url, iat: epochSeconds(now) }
    const merged = { typ: 'dpop+jwt', alg: 'ES256', jwk, ...header }
    const encoded = [merged, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    const signature = Buffer.from(
      await crypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        pair.privateKey,
        Buffer.from(encoded.join('.')),
      ),
    ).toString('base64url')
    expect(await outcomeOf([...encoded, signature].join('.'))).toBe('malformed')
  })

  it('[9449-4.3] is refused when its header holds a private key, for it is then nobody’s alone', async () => {
    const pair = await generateKeyPair('ES256', { extractable: true })
    const jwk = await exportJWK(pair.privateKey)
    const proof = await new SignJWT({ jti: 'private', htm: 'POST', htu: url, iat: epochSeconds(now) })
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: { ...jwk } })
      .sign(pair.privateKey)
    expect(await outcomeOf(proof)).toBe('malformed')
  })

  it('[9449-4.3] is refused unsigned, signed with a shared secret, or by another key than it shows', async () => {
    const claims = { jti: 'x', htm: 'POST', htu: url, iat: epochSeconds(now) }
    const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
    const none = `${encode({ typ: 'dpop+jwt', alg: 'none', jwk: client.jwk })}.${encode(claims)}.`
    expect(await outcomeOf(none)).toBe('malformed')
    const shared = await new SignJWT(claims)
      .setProtectedHeader({ typ: 'dpop+jwt', alg: 'HS256', jwk: client.jwk as never })
      .sign(Buffer.from(JSON.stringify(client.jwk)))
    expect(await outcomeOf(shared)).toBe('malformed')
    const other = await createDpopClient()
    expect(await outcomeOf(await other.prove({ htu: url, header: { jwk: client.jwk } }))).toBe('malformed')
    const [head, , signature] = (await client.prove({ htu: url })).split('.')
    expect(await outcomeOf(`${head}.${encode({ ...claims, jti: 'y' })}.${signature}`)).toBe('malformed')
  })

  it.each([
    ['a point that is not on the curve', { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }],
    ['a curve that does not fit the algorithm', { kty: 'EC', crv: 'P-384', x: 'AAAA', y: 'AAAA' }],
    ['a key of another family', { kty: 'RSA', n: 'AQAB', e: 'AQAB' }],
    ['a giant key', { kty: 'RSA', n: 'A'.repeat(5000), e: 'AQAB' }],
  ])('[9449-4.3] is refused with %s, without a fault', async (_, jwk) => {
    expect(await check({ header: { jwk } })).toBe('malformed')
  })

  it.each(['', 'x', 'a.b.c', 'a.b', '..', 'a.b.c, a.b.c', '%', '\u00e9.a.b'])(
    '[9449-4.3] is refused when it cannot be read, or came twice: "%s"',
    async (header) => {
      expect(await outcomeOf(header)).toBe('malformed')
    },
  )

  it('[9449-4.3] that came in two headers is refused even if both are good', async () => {
    const twice = [await client.prove({ htu: url }), await client.prove({ htu: url })].join(', ')
    expect(await outcomeOf(twice)).toBe('malformed')
  })

  it.each([
    ['malformed', { jti: undefined }],
    ['malformed', { jti: '' }],
    ['malformed', { jti: 7 }],
    ['malformed', { htm: undefined }],
    ['malformed', { htu: undefined }],
    ['malformed', { iat: undefined }],
    ['malformed', { iat: 'now' }],
    ['htm', { htm: 'GET' }],
    ['htm', { htm: 'post' }],
    ['htu', { htu: 'https://broker.example/oauth/par' }],
    ['htu', { htu: 'http://broker.example/oauth/token' }],
    ['htu', { htu: 'https://broker.example.evil.example/oauth/token' }],
    ['htu', { htu: 'https://broker.example:8443/oauth/token' }],
    ['htu', { htu: 'https://user@broker.example/oauth/token' }],
    ['htu', { htu: 'https://broker.example/oauth/token/' }],
    ['htu', { htu: '/oauth/token' }],
    ['htu', { htu: '' }],
  ])('[9449-4.3] is refused (%s) with %o', async (reason, claims) => {
    expect(await check({ claims })).toBe(reason)
  })

  it.each([
    'https://BROKER.example:443/oauth/token',
    'https://broker.example/oauth/x/../token',
    'https://broker.example/oauth/token?a=b#c',
  ])('[9449-4.3] compares addresses as addresses, query and fragment aside: %s', async (htu) => {
    expect(await check({ htu })).toBe('proven')
  })

  it('[9449-4.3] may be made by a clock ten seconds off, not by one an hour off', async () => {
    for (const seconds of [-10, 10])
      expect(await check({ claims: { iat: epochSeconds(now) + seconds } })).toBe('proven')
    for (const seconds of [-3602, 3602])
      expect(await check({ claims: { iat: epochSeconds(now) + seconds } })).toBe('iat')
    for (const seconds of [-3598, -62, 62, 3598])
      expect(await check({ claims: { iat: epochSeconds(now) + seconds } })).toBe('nonce-needed')
    expect(await check({ claims: { exp: epochSeconds(now) - 1 } })).toBe('malformed')
  })

  it('[9449-4.3] is bound to the token it comes with', async () => {
    const demand = { accessToken: 'token-a' }
    expect(await check({ accessToken: 'token-a' }, demand)).toBe('proven')
    expect(await check({ accessToken: 'token-b' }, demand)).toBe('ath')
    expect(await check({}, demand)).toBe('ath')
  })
})

describe('[9449-4.3] a proof is used once', () => {
  it('[9449-4.3] a second use is refused, and of 64 at once one is taken', async () => {
    const proof = await client.prove({ htu: url })
    const outcomes = await Promise.all(Array.from({ length: 64 }, () => outcomeOf(proof)))
    expect(outcomes.filter((one) => one === 'proven')).toHaveLength(1)
    expect(outcomes.filter((one) => one === 'jti')).toHaveLength(63)
  })

  it('[9449-4.3] another key may use the same jti: nobody burns the number of somebody else', async () => {
    const other = await createDpopClient()
    expect(await check({ claims: { jti: 'same' } })).toBe('proven')
    expect(await outcomeOf(await other.prove({ htu: url, claims: { jti: 'same' } }))).toBe('proven')
  })

  it('[9449-4.3] a proof that was refused for something else is not used up', async () => {
    const claims = { jti: 'kept' }
    expect(await check({ claims }, { method: 'GET' })).toBe('htm')
    expect(await check({ claims })).toBe('proven')
  })

  it('is forgotten only when it could not be used again, with a nonce either', async () => {
    await check({ claims: { jti: 'old' } })
    await sweepProofs(addSeconds(now, 480))
    expect(await db().dpopProof.count()).toBeGreaterThan(0)
    await sweepProofs(addSeconds(now, 601))
    expect(await db().dpopProof.count()).toBe(0)
  })
})

describe('[9449-10] a nonce', () => {
  it('[9449-10] is asked for where it is needed, and a wrong one is refused even where it is not', async () => {
    expect(await check({}, { needsNonce: true })).toBe('nonce-needed')
    const nonce = currentNonce(now)
    expect(await check({ claims: { nonce } }, { needsNonce: true })).toBe('proven')
    expect(await check({ claims: { nonce: `${nonce}x` } })).toBe('nonce-needed')
    expect(await check({ claims: { nonce: '' } })).toBe('nonce-needed')
  })

  it('[9449-10] is good for two minutes and no more than four, and stands in for a clock that is wrong', async () => {
    const nonce = currentNonce(now)
    const at = (seconds: number) => ({ now: addSeconds(now, seconds), needsNonce: true })
    expect(await check({ claims: { nonce } }, at(119))).toBe('proven')
    expect(await check({ claims: { nonce } }, at(241))).toBe('nonce-needed')
    expect(await check({ claims: { nonce, iat: epochSeconds(now) - 3000 } })).toBe('proven')
    expect(await check({ claims: { nonce, iat: epochSeconds(now) - 3601 } })).toBe('iat')
  })

  it('[9449-10] outlives a new secret in front, and dies with its own', async () => {
    const nonce = currentNonce(now)
    const use = (secrets: string): void => {
      forgetOnce('keys.dpop-nonce')
      setConfig(testConfig({ VESTIBULE_SECRETS: secrets }))
    }
    use(`another-secret-0123456789abcdefgh,${testSecret}`)
    expect(await check({ claims: { nonce } })).toBe('proven')
    use('another-secret-0123456789abcdefgh')
    expect(await check({ claims: { nonce } })).toBe('nonce-needed')
    use(testSecret)
  })
})
