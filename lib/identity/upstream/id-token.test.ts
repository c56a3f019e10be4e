import { generateKeyPair, SignJWT } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import type { Provider } from '@/lib/config/config'
import { isMultiFactor } from '@/lib/identity/new-session'
import type { ProviderMetadata } from '@/lib/identity/upstream/discovery'
import { checkClaims, verifyIdToken } from '@/lib/identity/upstream/id-token'
import { exchangeCode, requestParameters } from '@/lib/identity/upstream/provider-options'
import { epochSeconds } from '@/lib/time/clock'

const now = new Date('2026-11-23T08:00:00Z')
const at = epochSeconds(now)
const provider: Provider = {
  id: 'p',
  name: 'P',
  issuer: 'https://accounts.google.com',
  clientId: 'us',
  clientSecret: 's',
  workforce: false,
  mfa: { acr: ['mfa'], amr: ['otp', 'hwk'] },
  roleClaims: ['groups'],
  algorithms: ['RS256'],
}
const good = {
  iss: provider.issuer,
  sub: 'x',
  aud: 'us',
  iat: at,
  exp: at + 300,
  nonce: 'n',
  auth_time: at - 5,
}
const read = (change: object) => checkClaims({ ...good, ...change }, provider, { nonce: 'n', now })

describe('the claims of an ID token', () => {
  it.each([
    [{ iss: 'https://accounts.google.com/' }, 'issuer'],
    [{ iss: 'https://evil.example' }, 'issuer'],
    [{ aud: 'them' }, 'audience'],
    [{ aud: ['us', 'them'] }, 'audience'],
    [{ aud: [] }, 'audience'],
    [{ azp: 'them' }, 'azp'],
    [{ nonce: 'other' }, 'nonce'],
    [{ nonce: undefined }, 'nonce'],
    [{ exp: at - 60 }, 'time'],
    [{ iat: at + 61 }, 'time'],
    [{ iat: at - 601 }, 'time'],
    [{ auth_time: at + 61 }, 'time'],
    [{ sub: '' }, 'malformed'],
    [{ sub: 7 }, 'malformed'],
    [{ sub: 'x'.repeat(256) }, 'malformed'],
    [{ iat: undefined }, 'malformed'],
    [{ exp: 'soon' }, 'malformed'],
  ])('%o is refused as %s', (change, problem) => {
    expect(read(change)).toEqual({ outcome: 'refused', problem })
  })

  it.each([{}, { aud: ['us'] }, { azp: 'us' }, { exp: at - 59 }, { iat: at + 60 }, { auth_time: undefined }])(
    '%o is believed',
    (change) => {
      expect(read(change)).toMatchObject({
        outcome: 'verified',
        identity: { issuer: provider.issuer, subject: 'x' },
      })
    },
  )

  it('[RP-pins] the old spelling of Google’s issuer is read as the one spelling that keys logins', () => {
    expect(read({ iss: 'accounts.google.com' })).toMatchObject({
      identity: { issuer: 'https://accounts.google.com' },
    })
  })

  it('[RP-key] of all claims only those the configuration names are kept, and never an e-mail', () => {
    const reading = read({ groups: ['a'], email: 'x@example.org', name: 'X', email_verified: true })
    expect(JSON.stringify(reading)).not.toContain('example.org')
    expect(reading).toMatchObject({ identity: { roleClaims: { groups: ['a'] } } })
  })

  it('an auth_time that was not given proves no fresh authentication', () => {
    expect(read({ auth_time: undefined })).toMatchObject({ identity: { authTime: undefined } })
  })
})

describe('the signature of an ID token', () => {
  it.each([
    ['ES256', ['RS256'], 'algorithm'],
    ['ES256', ['RS256', 'ES256'], undefined],
    ['RS256', ['ES256'], 'algorithm'],
    ['RS256', ['RS256'], undefined],
  ] as const)('%s where the configuration allows %o: %s', async (algorithm, algorithms, problem) => {
    const { publicKey, privateKey } = await generateKeyPair(algorithm)
    const token = await new SignJWT(good).setProtectedHeader({ alg: algorithm }).sign(privateKey)
    const allowing = { ...provider, algorithms: [...algorithms] }
    const reading = await verifyIdToken(token, allowing, { keys: async () => publicKey, nonce: 'n', now })
    expect(reading.outcome === 'refused' ? reading.problem : undefined).toBe(problem)
  })

  it.each(['at+jwt', 'logout+jwt', 'secevent+jwt'])('a token of type %s is no ID token', async (typ) => {
    const { publicKey, privateKey } = await generateKeyPair('RS256')
    const token = await new SignJWT(good).setProtectedHeader({ alg: 'RS256', typ }).sign(privateKey)
    const reading = await verifyIdToken(token, provider, { keys: async () => publicKey, nonce: 'n', now })
    expect(reading).toEqual({ outcome: 'refused', problem: 'type' })
  })
})

describe('the answer of a provider', () => {
  const metadata: ProviderMetadata = {
    issuer: provider.issuer,
    authorization_endpoint: 'https://id.example.org/auth',
    token_endpoint: 'https://id.example.org/token',
    jwks_uri: 'https://id.example.org/jwks',
    token_endpoint_auth_methods_supported: [],
    authorization_response_iss_parameter_supported: false,
  }
  const checks = { state: 's', nonce: 'n', code_verifier: 'v' }
  const answer = { state: 's', code: 'c' }

  it.each([
    [{ answer: { ...answer, state: 'other' }, checks }, 'state'],
    [{ answer: { code: 'c' }, checks }, 'state'],
    [{ answer, checks: { ...checks, state: '' } }, 'checks-missing'],
    [{ answer, checks: { state: 's', code_verifier: 'v' } }, 'checks-missing'],
    [{ answer, checks: { state: 's', nonce: 'n' } }, 'checks-missing'],
    [{ answer: { ...answer, iss: 'https://evil.example' }, checks }, 'response-issuer'],
    [{ answer: { state: 's' }, checks }, 'provider-refused-code'],
  ])('%o is refused as %s, and no code is redeemed', async (given, problem) => {
    const redeem = vi.fn()
    const exchange = await exchangeCode(provider, metadata, { ...given, redeem, now })
    expect(exchange).toEqual({ outcome: 'refused', problem })
    expect(redeem).not.toHaveBeenCalled()
  })
})

describe('the request to a provider', () => {
  it('asks for openid alone and which account', () => {
    expect(requestParameters(provider, {})).toEqual({ scope: 'openid', prompt: 'select_account' })
  })

  it('asks for a new authentication in words the provider knows', () => {
    const other = { ...provider, issuer: 'https://id.example.org' }
    expect(requestParameters(other, { maxAgeSeconds: 0 })).toMatchObject({ prompt: 'login', max_age: '0' })
    expect(requestParameters(provider, { maxAgeSeconds: 0 })).toMatchObject({ prompt: 'select_account' })
  })
})

describe('two factors at the provider', () => {
  it.each([
    [{ acr: 'mfa', amr: [] }, true],
    [{ acr: null, amr: ['pwd', 'hwk'] }, true],
    [{ acr: 'sfa', amr: ['pwd'] }, false],
    [{ acr: null, amr: [] }, false],
  ])('%o: %s', (identity, proven) => {
    expect(isMultiFactor(provider, identity)).toBe(proven)
  })

  it('a provider whose configuration names none proves none', () => {
    expect(isMultiFactor({ mfa: { acr: [], amr: [] } }, { acr: 'mfa', amr: ['otp', 'mfa'] })).toBe(false)
  })
})
