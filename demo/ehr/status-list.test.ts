import { deflateSync } from 'node:zlib'
import { createRemoteJWKSet } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { makeStatusLists, type StatusLists } from './status-list'
import { type EhrUnderTest, patientIdOf, startEhrUnderTest } from './testing/ehr-under-test'

let ehr: EhrUnderTest
let at = Date.now()
let lists: StatusLists
const path = '/status-lists/one'
let uri = ''

beforeAll(async () => {
  ehr = await startEhrUnderTest()
  uri = `${ehr.issuer.url}${path}`
})
afterAll(() => ehr.close())
beforeEach(() => {
  at = Date.now()
  const keys = createRemoteJWKSet(new URL(`${ehr.issuer.url}/jwks`))
  lists = makeStatusLists(
    ehr.issuer.url,
    async () => keys,
    () => at,
  )
})

const pack = (bytes: readonly number[]): string => deflateSync(Uint8Array.from(bytes)).toString('base64url')
// index 0, 1, 2, 3 of two bits each: valid, invalid, suspended, valid
const four = pack([0b00100100])
type Changes = { readonly claims?: object; readonly header?: Parameters<EhrUnderTest['issuer']['sign']>[1] }

async function publish({ claims = {}, header = {} }: Changes = {}): Promise<void> {
  const iat = Math.floor(at / 1000)
  const all = { sub: uri, iat, exp: iat + 600, ttl: 60, status_list: { bits: 2, lst: four }, ...claims }
  ehr.issuer.serve(path, await ehr.issuer.sign(all, { typ: 'statuslist+jwt', ...header }))
}
const ask = async (idx: number, from = uri): Promise<string> => {
  const refusal = await lists.check({ status_list: { idx, uri: from } })
  return refusal ? `${refusal.status} ${refusal.because}` : 'good'
}

describe('an EHR that reads the status list', () => {
  it('[TSL-list] lets in what is valid, and neither what has ended nor what is suspended', async () => {
    await publish()
    expect(await Promise.all([0, 1, 2, 3].map((idx) => ask(idx)))).toEqual([
      'good',
      '401 token: status-1',
      '401 token: status-2',
      'good',
    ])
  })

  it('refuses what is out of range, malformed, or named by another issuer; without a claim it asks nobody', async () => {
    await publish()
    expect(await ask(4)).toBe('401 token: status-out-of-range')
    expect(await ask(0, 'http://127.0.0.1:1/status-lists/one')).toBe('401 token: status-of-another-issuer')
    for (const wrong of [null, 'x', {}, { status_list: { idx: -1, uri } }, { status_list: { idx: 0 } }])
      expect((await lists.check(wrong))?.status).toBe(401)
    expect(await lists.check(undefined)).toBeUndefined()
  })

  it.each<[string, Changes]>([
    ['another sub', { claims: { sub: 'http://elsewhere.example/1' } }],
    ['another typ', { header: { typ: 'at+jwt' } }],
    ['another algorithm', { header: { alg: 'RS256' } }],
    ['an unknown key', { header: { kid: 'nobody' } }],
    ['an end that has passed', { claims: { exp: Math.floor(Date.now() / 1000) - 60 } }],
    ['what is no list', { claims: { status_list: { bits: 3, lst: four } } }],
    ['what does not unpack', { claims: { status_list: { bits: 2, lst: 'AAAA' } } }],
  ])('[TSL-served] does not believe a list with %s, and lets nobody in by it', async (_, changes) => {
    await publish(changes)
    expect(await ask(0)).toBe('503 status-unreachable')
  })

  it('keeps a list for its ttl, at most a minute, and asks again then', async () => {
    await publish({ claims: { ttl: 3_600 } })
    expect(await ask(0)).toBe('good')
    await publish({ claims: { status_list: { bits: 2, lst: pack([0b00000001]) } } })
    at += 59_000
    expect(await ask(0)).toBe('good')
    at += 2_000
    expect(await ask(0)).toBe('401 token: status-1')
  })

  it('lets nobody in once a list is too old and cannot be read again', async () => {
    await publish()
    expect(await ask(0)).toBe('good')
    ehr.issuer.serve(path, undefined)
    at += 61_000
    expect(await ask(0)).toBe('503 status-unreachable')
    await publish()
    expect(await ask(0)).toBe('good')
  })

  it('asks at its own door, after the token itself was found good', async () => {
    await publish()
    const maya = patientIdOf('maya')
    const knock = async (idx: number) =>
      (await ehr.get(`Patient/${maya}`, await ehr.token(maya, { status: { status_list: { idx, uri } } })))
        .status
    expect([await knock(0), await knock(1), await knock(2)]).toEqual([200, 401, 401])
  })
})
