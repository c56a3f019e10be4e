import { inflateSync } from 'node:zlib'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeStatusLists } from '@/demo/ehr/status-list'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { endGrant } from '@/lib/grants/grants'
import { endLink, suspendLink } from '@/lib/linking/change-link'
import { forgetOnce } from '@/lib/process/once'
import type { StatusClaim } from '@/lib/status-list/list-address'
import { findSignedList } from '@/lib/status-list/revisions'
import { liftStop, setStop } from '@/lib/stops/stops'
import { addSeconds, now, setClock } from '@/lib/time/clock'
import { backendToken } from '@/test/backend-client'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
let passed = 0
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())
afterEach(() => {
  passed = 0
  setClock(() => new Date())
})

type Tokens = { access_token: string; refresh_token: string }
type ListClaims = {
  sub: string
  iat: number
  exp: number
  ttl: number
  status_list: { bits: number; lst: string }
}

const actor = { kind: 'system', id: 'test' } as const
const start = async (key = 'maya'): Promise<Tokens> =>
  (await (await world.exchange(await world.allow(await world.visitor(key)))).json()) as Tokens
const pass = (seconds: number): void => {
  passed += seconds
  const total = passed
  setClock(() => new Date(Date.now() + total * 1000))
}
const referenceOf = (token: string): StatusClaim['status_list'] => {
  const { status_list } = decodeJwt(token)['status'] as StatusClaim
  return status_list
}
const read = async (uri: string): Promise<ListClaims> => {
  const answer = await fetch(uri)
  expect(answer.status).toBe(200)
  const keys = createRemoteJWKSet(new URL(`${world.url}/.well-known/jwks.json`))
  const options = { typ: 'statuslist+jwt', algorithms: ['ES256'], subject: uri, currentDate: now() }
  return (await jwtVerify<ListClaims>(await answer.text(), keys, options)).payload
}
/** Makes what was read of the lists too old to be served unread. */
const age = () => db().statusList.updateMany({ data: { checkedAt: addSeconds(now(), -3) } })
/** As a resource server would: after the list it had is too old to keep. */
const statusOf = async (token: string): Promise<number> => {
  await age()
  const { idx, uri } = referenceOf(token)
  const bytes = inflateSync(Buffer.from((await read(uri)).status_list.lst, 'base64url'))
  expect(bytes).toHaveLength(16_384)
  return ((bytes[idx >> 2] ?? 0) >> ((idx & 3) * 2)) & 3
}
const grantOf = async (token: string) => {
  const { grantId } = await db().accessToken.findUniqueOrThrow({ where: { jti: decodeJwt(token).jti ?? '' } })
  return db().grant.findUniqueOrThrow({ where: { id: grantId ?? '' } })
}

describe('the claim', () => {
  it('[TSL-list] stands in every token of more than a minute, and in no shorter one', async () => {
    const first = await start()
    const second = (await (await world.refresh(first.refresh_token)).json()) as Tokens
    const backend = await backendToken(world, 'printer', 'system/Patient.rs')
    for (const token of [first.access_token, second.access_token, backend]) {
      const { idx, uri } = referenceOf(token)
      expect(Number.isInteger(idx) && idx >= 0 && idx < 65_536).toBe(true)
      expect(uri).toMatch(new RegExp(`^${world.url}/status-lists/[A-Za-z0-9_-]{22}$`))
    }
    const before = config()
    setConfig({ ...before, tokens: { accessTokenSeconds: 60 } })
    const short = (await (await world.refresh(second.refresh_token)).json()) as Tokens
    setConfig(before)
    expect(decodeJwt(short.access_token)['status']).toBeUndefined()
  })

  it('[TSL-index] is another one for each token, and the same in a repeated answer', async () => {
    const first = await start()
    const second = (await (await world.refresh(first.refresh_token)).json()) as Tokens
    const again = (await (await world.refresh(first.refresh_token)).json()) as Tokens
    expect(referenceOf(again.access_token)).toEqual(referenceOf(second.access_token))
    expect(referenceOf(second.access_token)).not.toEqual(referenceOf(first.access_token))
  })
})

describe('the list', () => {
  it('[TSL-served] is a signed JWT, for any origin, packed where that is understood, and asked about again each time', async () => {
    const { uri } = referenceOf((await start()).access_token)
    const answer = await fetch(uri, { headers: { origin: 'https://any.example' } })
    expect(answer.headers.get('content-type')).toBe('application/statuslist+jwt')
    expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    expect(answer.headers.get('cache-control')).toContain('no-cache')
    expect(answer.headers.get('content-encoding')).toBe('gzip')
    const plain = await fetch(uri, { headers: { 'accept-encoding': 'identity' } })
    expect(plain.headers.get('content-encoding')).toBeNull()
    expect(await plain.text()).toBe(await answer.text())
    const etag = answer.headers.get('etag') ?? ''
    const known = await fetch(uri, { headers: { 'if-none-match': etag } })
    expect([known.status, await known.text()]).toEqual([304, ''])
    const list = await read(uri)
    expect(list).toMatchObject({ sub: uri, ttl: 60, status_list: { bits: 2 } })
    expect(list.exp).toBeGreaterThan(list.iat + list.ttl)
  })

  it('[TSL-served] an id that names no list is not found, whatever it looks like', async () => {
    for (const id of ['x', 'A'.repeat(22), '%2e%2e', "'--"])
      expect((await fetch(`${world.url}/status-lists/${id}`)).status).toBe(404)
  })

  it('is forgotten when its last token has expired, and not before', async () => {
    const { uri } = referenceOf((await start()).access_token)
    const id = uri.split('/').at(-1) ?? ''
    pass(3_600)
    expect(await findSignedList(id, now())).toBeDefined()
    pass(2 * 3_600)
    expect(await findSignedList(id, now())).toBeUndefined()
  })

  it('tells nothing by its size: that of an empty one is that of a used one', async () => {
    const { access_token } = await start()
    const list = await read(referenceOf(access_token).uri)
    expect(inflateSync(Buffer.from(list.status_list.lst, 'base64url'))).toHaveLength(16_384)
  })
})

describe('what a list says of a token', () => {
  it('a link suspended is 2, and 0 again when it is cleared up', async () => {
    const { access_token } = await start()
    expect(await statusOf(access_token)).toBe(0)
    const { linkId } = await grantOf(access_token)
    await db().$transaction((tx) => suspendLink(tx, linkId, { why: 'not-me', actor, now: now() }))
    expect(await statusOf(access_token)).toBe(2)
    await db().link.update({ where: { id: linkId }, data: { status: 'active' } })
    expect(await statusOf(access_token)).toBe(0)
  })

  it('an app or EHR that an operator paused is 2 until that is lifted', async () => {
    const { access_token } = await start()
    for (const [target, id] of [
      ['app', 'test-app'],
      ['ehr', 'demo'],
    ] as const) {
      await setStop(target, id, { reason: 'test', actor })
      expect(await statusOf(access_token)).toBe(2)
      await liftStop(target, id, actor)
    }
    expect(await statusOf(access_token)).toBe(0)
  })

  it('[7009-2.2] whatever ended is 1, without a word to the list', async () => {
    const ends: Record<string, (token: string, tokens: Tokens) => Promise<unknown>> = {
      'given back': (token) => world.post('/oauth/revoke', { token, client_id: 'test-app' }),
      'refresh token given back': (_, { refresh_token }) =>
        world.post('/oauth/revoke', { token: refresh_token, client_id: 'test-app' }),
      'grant ended': async (token) => {
        const { id } = await grantOf(token)
        return db().$transaction((tx) => endGrant(tx, id, { why: 'person', actor, now: now() }))
      },
      'link ended': async (token) => {
        const { linkId } = await grantOf(token)
        return db().$transaction((tx) => endLink(tx, linkId, { why: 'person', actor, now: now() }))
      },
      'account ended': async (token) => {
        const { accountId } = await grantOf(token)
        return db().account.update({ where: { id: accountId }, data: { endedAt: now() } })
      },
    }
    for (const [why, end] of Object.entries(ends)) {
      const tokens = await start()
      expect([why, await statusOf(tokens.access_token)]).toEqual([why, 0])
      await end(tokens.access_token, tokens)
      expect([why, await statusOf(tokens.access_token)]).toEqual([why, 1])
    }
  })

  it('a removed app’s tokens are 1, a neighbour’s stay 0', async () => {
    const { access_token } = await start()
    const backend = await backendToken(world, 'printer', 'system/Patient.rs')
    await db().app.update({ where: { id: 'printer' }, data: { removedAt: now() } })
    expect([await statusOf(backend), await statusOf(access_token)]).toEqual([1, 0])
    await db().app.update({ where: { id: 'printer' }, data: { removedAt: null } })
  })
})

describe('an EHR of its own', () => {
  it('[TSL-served] believes our list by our published keys, and lets an ended token in no more', async () => {
    const { access_token } = await start()
    const keys = createRemoteJWKSet(new URL(`${world.url}/.well-known/jwks.json`))
    const knock = () => makeStatusLists(world.url, async () => keys).check(decodeJwt(access_token)['status'])
    expect(await knock()).toBeUndefined()
    await world.post('/oauth/revoke', { token: access_token, client_id: 'test-app' })
    await age()
    expect(await knock()).toMatchObject({ status: 401, because: 'token: status-1' })
  })
})

describe('revisions', () => {
  it('of 32 readers at once all get the same bytes, whoever signs', async () => {
    const { access_token } = await start()
    const id = referenceOf(access_token).uri.split('/').at(-1) ?? ''
    for (let round = 0; round < 4; round += 1) {
      const tokens = await start()
      await world.post('/oauth/revoke', { token: tokens.access_token, client_id: 'test-app' })
      await age()
      const at = now()
      const lists = await Promise.all(Array.from({ length: 32 }, () => findSignedList(id, at)))
      expect(new Set(lists).size).toBe(1)
      expect(decodeJwt(lists[0] ?? '').sub).toBe(referenceOf(access_token).uri)
    }
  })

  it('an unchanged list is not signed again until half its life is over', async () => {
    const { access_token } = await start()
    const { uri } = referenceOf(access_token)
    await age()
    const first = await (await fetch(uri)).text()
    pass(60)
    expect(await (await fetch(uri)).text()).toBe(first)
    pass(300)
    const later = await (await fetch(uri)).text()
    expect(later).not.toBe(first)
    expect(decodeJwt(later).exp).toBeGreaterThan(decodeJwt(first).exp ?? 0)
    forgetOnce('status-list-rounds')
    expect(await statusOf(access_token)).toBe(0)
  })
})
