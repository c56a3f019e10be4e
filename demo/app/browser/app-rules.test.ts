import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCallback } from './callback'
import { nextPage } from './connection'
import { dateText } from './dates'
import { checkIdToken } from './id-token'
import { checkAuthorizationUrl, checkLaunch, newSecret, parseDiscovery, scopeFor } from './launch'
import { problemOfStatus } from './problems'
import { nameText, sortNewestFirst, toResultRow } from './results'
import { scopeWords } from './scopes'

const base = 'http://localhost:3000/fhir/demo'
const settings = {
  fhirBase: base,
  clientId: 'lab-window',
  scope: 'openid launch/patient',
  redirectUri: 'http://localhost:3003/app',
}
const pending = { state: 'the-state', nonce: 'the-nonce', issuer: 'http://localhost:3000' }
const answer = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields)

describe('the launch', () => {
  it('goes to the configured server whatever else the address holds', () => {
    fc.assert(
      fc.property(fc.webUrl(), (url) => {
        expect(checkLaunch(answer({ iss: url }), settings)).toEqual({
          outcome: 'refused',
          problem: 'unknown-server',
        })
      }),
    )
    expect(checkLaunch(answer({ clientId: 'x' }), settings)).toEqual({ outcome: 'go', launch: undefined })
  })

  it('a launch handle counts only with the configured server beside it', () => {
    expect(checkLaunch(answer({ iss: `${base}/`, launch: 'h' }), settings)).toEqual({
      outcome: 'go',
      launch: 'h',
    })
    expect(checkLaunch(answer({ launch: 'h' }), settings)).toEqual({ outcome: 'go', launch: undefined })
    expect(scopeFor(settings.scope, 'h')).toBe('openid launch')
  })

  it('a state has 256 bits, and none comes twice', () => {
    const made = Array.from({ length: 500 }, newSecret)
    expect(new Set(made).size).toBe(500)
    for (const secret of made) expect(secret).toMatch(/^[A-Za-z0-9_-]{43}$/)
  })

  it('an address that leads elsewhere than discovery said, or lacks PKCE, is not gone to', () => {
    const discovery = parseDiscovery({
      issuer: pending.issuer,
      authorization_endpoint: 'http://localhost:3000/oauth/authorize',
      token_endpoint: 'http://localhost:3000/oauth/token',
    })
    const right = 'http://localhost:3000/oauth/authorize?code_challenge_method=S256'
    expect(checkAuthorizationUrl(right, discovery, 'n')?.searchParams.get('nonce')).toBe('n')
    for (const wrong of [
      right.replace('localhost', 'evil.example'),
      right.replace('S256', 'plain'),
      'http://localhost:3003/app?state=x',
      undefined,
    ]) {
      expect(checkAuthorizationUrl(wrong, discovery, 'n')).toBeUndefined()
    }
  })

  it('a server that names no issuer is not used', () => {
    expect(() =>
      parseDiscovery({ authorization_endpoint: 'http://a/x', token_endpoint: 'http://a/y' }),
    ).toThrow()
  })
})

describe('the answer of the authorization server', () => {
  const right = { code: 'c', state: pending.state, iss: pending.issuer }

  it('is taken with the right state and issuer', () => {
    expect(checkCallback(answer(right), pending)).toEqual({
      outcome: 'code',
      code: 'c',
      state: pending.state,
    })
  })

  it.each([
    ['another state', { ...right, state: 'other' }, 'not-ours'],
    ['the library’s own storage key as state', { ...right, state: 'SMART_KEY' }, 'not-ours'],
    ['no state', { code: 'c', iss: pending.issuer }, 'not-ours'],
    ['another issuer', { ...right, iss: 'http://evil.example' }, 'wrong-issuer'],
    ['no issuer', { code: 'c', state: pending.state }, 'wrong-issuer'],
    ['neither code nor error', { state: pending.state, iss: pending.issuer }, 'server-refused'],
  ])('with %s is refused', (_what, fields, problem) => {
    expect(checkCallback(answer(fields), pending)).toMatchObject({ outcome: 'refused', problem })
  })

  it('an error is believed only with the right state', () => {
    const error = { error: 'access_denied', iss: pending.issuer }
    expect(checkCallback(answer({ ...error, state: 'other' }), pending)).toMatchObject({
      problem: 'not-ours',
    })
    expect(checkCallback(answer({ ...error, state: pending.state }), pending)).toMatchObject({
      problem: 'declined',
    })
  })

  it('is refused where nothing was begun', () => {
    expect(checkCallback(answer(right), undefined)).toMatchObject({ problem: 'not-ours' })
    expect(checkCallback(answer({}), undefined)).toEqual({ outcome: 'none' })
  })
})

describe('the id_token', () => {
  const now = new Date('2026-11-23T12:00:00Z')
  const expected = { issuer: pending.issuer, clientId: 'lab-window', nonce: 'n', now }
  const claims = {
    iss: pending.issuer,
    sub: 's',
    aud: 'lab-window',
    exp: now.getTime() / 1000 + 60,
    nonce: 'n',
  }

  it('is accepted when it is for this sign-in', () => {
    expect(checkIdToken(claims, expected)).toMatchObject({ sub: 's' })
    expect(checkIdToken({ ...claims, aud: ['lab-window'] }, expected)).toMatchObject({ sub: 's' })
  })

  it.each([
    ['another issuer', { iss: 'http://evil.example' }],
    ['another audience', { aud: 'other' }],
    ['another nonce', { nonce: 'other' }],
    ['no nonce', { nonce: undefined }],
    ['an old expiry', { exp: now.getTime() / 1000 - 3600 }],
    ['no subject', { sub: undefined }],
  ])('with %s is refused', (_what, change) => {
    expect(checkIdToken({ ...claims, ...change }, expected)).toBeUndefined()
  })
})

describe('the next page', () => {
  const link = (url: string) => nextPage({ link: [{ relation: 'next', url }] }, base)

  it('is followed at this server', () => {
    expect(link(`${base}/Observation?cursor=x`)).toBe(`${base}/Observation?cursor=x`)
    expect(link(`${base}?cursor=x`)).toBe(`${base}?cursor=x`)
    expect(nextPage({}, base)).toBeUndefined()
  })

  it.each([
    'https://evil.example/fhir/demo/x',
    'http://localhost:3000/fhir/demo-evil/x',
    'http://localhost:3000/other',
    'http://localhost:3000/fhir/demo/../../x',
    '//evil.example/x',
    'javascript:alert(1)',
  ])('is not followed to %s, for the access token would go along', (url) => {
    expect(link(url)).toBeUndefined()
  })
})

describe('what is shown', () => {
  const observation = { resourceType: 'Observation', status: 'final', code: { text: 'Potassium' } } as const

  it('a value keeps its comparator, its zero and its range', () => {
    const row = toResultRow({
      ...observation,
      valueQuantity: { value: 0, comparator: '<', unit: 'mmol/L' },
      referenceRange: [{ high: { value: 5.1 } }],
    })
    expect(row).toMatchObject({ value: '<0', unit: 'mmol/L', range: 'up to 5.1', status: 'Final', flag: '' })
  })

  it('a panel, components, a coded and an absent value have words', () => {
    expect(toResultRow({ ...observation, hasMember: [{}, {}] }).value).toBe('Panel of 2')
    expect(
      toResultRow({
        ...observation,
        component: [{ code: { text: 'A' }, valueQuantity: { value: 1, unit: 'g' } }],
      }).value,
    ).toBe('A: 1 g')
    expect(
      toResultRow({ ...observation, valueCodeableConcept: { coding: [{ display: 'Detected' }] } }).value,
    ).toBe('Detected')
    expect(toResultRow({ ...observation, dataAbsentReason: { text: 'Not done' } }).value).toBe('Not done')
    expect(toResultRow(observation).value).toBe('No value given')
  })

  it('dates say what they know and no more', () => {
    expect(dateText('2026', 'en-US')).toBe('2026')
    expect(dateText('2026-02', 'en-US')).toBe('Feb 2026')
    expect(dateText('2026-02-28', 'en-US')).toBe('Feb 28, 2026')
    expect(dateText('soon', 'en-US')).toBe('soon')
  })

  it('names, scopes, order and problems', () => {
    expect(
      nameText([
        { use: 'old', text: 'Old' },
        { use: 'official', family: 'Rivera', given: ['Maya'] },
      ]),
    ).toBe('Maya Rivera')
    expect(scopeWords('patient/Observation.rs')).toBe('Lab results and measurements')
    expect(scopeWords('patient/Observation.rs?category=http://x|laboratory')).toBe(
      'Lab results and measurements (laboratory)',
    )
    expect(scopeWords('strange')).toBe('strange')
    expect(
      sortNewestFirst([{ date: '' }, { date: '2025' }, { date: '2026-01' }]).map(({ date }) => date),
    ).toEqual(['2026-01', '2025', ''])
    expect([401, 403, 404, 429, 500, 503, undefined, 418].map(problemOfStatus)).toEqual([
      'access-ended',
      'not-shared',
      'not-found',
      'too-many',
      'unavailable',
      'unavailable',
      'unavailable',
      'unexpected',
    ])
  })
})
