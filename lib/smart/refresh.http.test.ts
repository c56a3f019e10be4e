import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { removeApp } from '@/lib/apps/apps'
import { config, setConfig } from '@/lib/config/config'
import { fileSchema } from '@/lib/config/file'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { liftStop, setStop } from '@/lib/stops/stops'
import { addSeconds, now, setClock } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import { fullScope, type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

type Tokens = {
  access_token: string
  refresh_token: string
  id_token: string
  scope: string
  error?: string
  expires_in: number
}

const start = async (key = 'maya'): Promise<Tokens> =>
  (await (await world.exchange(await world.allow(await world.visitor(key)))).json()) as Tokens
const good = async (response: Response): Promise<Tokens> => {
  expect(response.status).toBe(200)
  return (await response.json()) as Tokens
}
const bad = async (response: Response): Promise<string> =>
  `${response.status} ${((await response.json()) as Tokens).error}`
const tomorrow = (): string => new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)
const row = (token: string) =>
  db().refreshToken.findUniqueOrThrow({ where: { digest: sha256(token) }, include: { family: true } })
const call = async (token: string): Promise<number> =>
  (await fetch(`${world.audience}/Patient`, { headers: { authorization: `Bearer ${token}` } })).status
async function later<T>(seconds: number, work: () => Promise<T>): Promise<T> {
  setClock(() => new Date(Date.now() + seconds * 1000))
  try {
    return await work()
  } finally {
    setClock(() => new Date())
  }
}

describe('a refresh', () => {
  it('[OIDC-12.2][F3] rotates, keeps the scopes, and says who and whose again', async () => {
    const first = await start()
    const second = await good(await world.refresh(first.refresh_token))
    expect(second.refresh_token).not.toBe(first.refresh_token)
    expect(second.scope).toBe(first.scope)
    expect(second).toMatchObject({ patient: person('maya').patientId, token_type: 'Bearer', expires_in: 900 })
    expect(await call(second.access_token)).toBe(200)
    const [before, after] = [decodeJwt(first.id_token), decodeJwt(second.id_token)]
    for (const claim of ['iss', 'sub', 'aud', 'auth_time', 'fhirUser'])
      expect(after[claim]).toEqual(before[claim])
    expect(after['nonce']).toBeUndefined()
    await good(await world.refresh(second.refresh_token))
  })

  it('[F2][T2] works without client_id, as SMART’s public apps do, and for no other client', async () => {
    const { refresh_token } = await start()
    expect(await bad(await world.refresh(refresh_token, { client_id: 'other-app' }))).toBe(
      '400 invalid_grant',
    )
    const form = { grant_type: 'refresh_token', refresh_token }
    await good(await world.post('/oauth/token', form))
  })

  it('[F1][F4][6749-6] fewer scopes narrow the access token, not the grant; more are refused unspent', async () => {
    const first = await start()
    const wider = await world.refresh(first.refresh_token, { scope: `${fullScope} patient/Encounter.rs` })
    expect(await bad(wider)).toBe('400 invalid_scope')
    expect(await bad(await world.refresh(first.refresh_token, { scope: ' ' }))).toBe('400 invalid_scope')
    const narrow = await good(await world.refresh(first.refresh_token, { scope: 'patient/Patient.r' }))
    expect(narrow.scope).toBe('patient/Patient.r')
    expect(narrow.id_token).toBeUndefined()
    expect((await good(await world.refresh(narrow.refresh_token))).scope).toBe(first.scope)
  })

  it('[F6] lives a hundred days, and each use gives a hundred more, up to what the person allowed', async () => {
    const first = await start()
    const days = async (token: string) => ((await row(token)).expiresAt.getTime() - Date.now()) / 86_400_000
    expect(await days(first.refresh_token)).toBeGreaterThan(99)
    // as if it had lain about for all but its last day
    const { family, digest } = await row(first.refresh_token)
    await db().refreshToken.update({ where: { digest }, data: { expiresAt: addSeconds(now(), 86_400) } })
    const second = await good(await world.refresh(first.refresh_token))
    expect(await days(second.refresh_token)).toBeGreaterThan(99)
    await db().grant.update({
      where: { id: family.grantId },
      data: { expiresAt: addSeconds(now(), 600) },
    })
    const last = await good(await world.refresh(second.refresh_token))
    expect(last.expires_in).toBeLessThanOrEqual(600)
    expect(decodeJwt(last.access_token).exp).toBeLessThanOrEqual(Date.now() / 1000 + 600)
    expect((await row(last.refresh_token)).expiresAt.getTime()).toBeLessThanOrEqual(Date.now() + 600_000)
  })

  it('what is given to somebody who looks after a chart ends with that, as the EHR says', async () => {
    const { relatedPersonId = '', relatedPatientId } = person('ingrid')
    const day = new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 10)
    const visitor = await world.visitor('ingrid')
    const links = await db().link.findMany({ where: { accountId: visitor.session.accountId } })
    const proxy = links.find((link) => link.patientId === relatedPatientId && link.relationship === 'proxy')
    await db().link.updateMany({
      where: { accountId: visitor.session.accountId, id: { not: proxy?.id ?? '' } },
      data: { status: 'ended' },
    })
    await world.control('related-person', { id: relatedPersonId, ended: false, until: day })
    try {
      const first = await good(await world.exchange(await world.allow(visitor)))
      const end = new Date(`${day}T24:00:00Z`)
      const { family, expiresAt } = await row(first.refresh_token)
      const grant = await db().grant.findUniqueOrThrow({ where: { id: family.grantId } })
      expect([grant.expiresAt, expiresAt]).toEqual([end, end])
      // brought forward since: the refresh hears of it
      await world.control('related-person', { id: relatedPersonId, ended: false, until: tomorrow() })
      const second = await good(await world.refresh(first.refresh_token))
      const limit = new Date(`${tomorrow()}T24:00:00Z`)
      expect((await row(second.refresh_token)).expiresAt).toEqual(limit)
    } finally {
      await world.control('related-person', { id: relatedPersonId, ended: false })
    }
  })

  it('[T5] an access token lives as long as configured, at most an hour, and is refused after', async () => {
    const first = await start()
    const usual = config()
    setConfig({ ...usual, tokens: { accessTokenSeconds: 300 } })
    const second = await good(await world.refresh(first.refresh_token))
    setConfig(usual)
    expect(second.expires_in).toBe(300)
    expect(await call(second.access_token)).toBe(200)
    expect(await later(301, () => call(second.access_token))).toBe(401)
    const tooLong = fileSchema.shape.tokens.safeParse({ accessTokenSeconds: 3_601 })
    expect(tooLong.success).toBe(false)
  })

  it('no token stands in the database, in clear or sealed', async () => {
    const { refresh_token } = await start()
    const second = await good(await world.refresh(refresh_token))
    const rows = await db().refreshToken.findMany()
    const dump = Buffer.concat(
      rows.flatMap((one) => [Buffer.from(one.digest), Buffer.from(one.successorDigest ?? [])]),
    )
    for (const token of [refresh_token, second.refresh_token]) {
      expect(dump.includes(Buffer.from(token))).toBe(false)
      expect(dump.includes(Buffer.from(token, 'base64url'))).toBe(false)
    }
  })
})

describe('a refresh token that comes back', () => {
  it('64 equal requests: 64 good answers, one successor, one access token, one audit row', async () => {
    const first = await start()
    const answers = await Promise.all(Array.from({ length: 64 }, () => world.refresh(first.refresh_token)))
    const tokens = await Promise.all(answers.map(good))
    expect(new Set(tokens.map((one) => one.refresh_token)).size).toBe(1)
    expect(new Set(tokens.map((one) => decodeJwt(one.access_token).jti)).size).toBe(1)
    expect(new Set(tokens.map((one) => decodeJwt(one.access_token).exp)).size).toBe(1)
    const { family } = await row(first.refresh_token)
    expect(family.endedAt).toBeNull()
    expect(await db().refreshToken.count({ where: { familyId: family.id } })).toBe(2)
    expect(await db().accessToken.count({ where: { familyId: family.id } })).toBe(2)
    const audited = { name: 'refresh.exchanged', grantId: family.grantId }
    expect(await db().auditEvent.count({ where: audited })).toBe(1)
    expect(await call(tokens[63]?.access_token ?? '')).toBe(200)
  })

  it('the same request within 30 s gets the same successor and jti, with what is left of its life', async () => {
    const first = await start()
    const second = await good(await world.refresh(first.refresh_token))
    const again = await later(25, async () => good(await world.refresh(first.refresh_token)))
    expect(again.refresh_token).toBe(second.refresh_token)
    expect(decodeJwt(again.access_token)).toEqual(decodeJwt(second.access_token))
    expect(again.expires_in).toBeLessThanOrEqual(875)
  })

  it('within 30 s but after the successor was used: refused, and the family lives', async () => {
    const first = await start()
    const second = await good(await world.refresh(first.refresh_token))
    const third = await good(await world.refresh(second.refresh_token))
    expect(await bad(await world.refresh(first.refresh_token))).toBe('400 invalid_grant')
    expect((await row(first.refresh_token)).family.endedAt).toBeNull()
    expect(await call(third.access_token)).toBe(200)
  })

  it('[9700-4.14] after 30 s the family ends, with every access token of it', async () => {
    const first = await start()
    const second = await good(await world.refresh(first.refresh_token))
    expect(await later(31, async () => bad(await world.refresh(first.refresh_token)))).toBe(
      '400 invalid_grant',
    )
    expect((await row(first.refresh_token)).family.endedWhy).toBe('replayed')
    expect(await bad(await world.refresh(second.refresh_token))).toBe('400 invalid_grant')
    expect(await call(second.access_token)).toBe(401)
    expect(await call(first.access_token)).toBe(401)
  })

  it('[Q1][9700-4.14] another request with the same token ends the family', async () => {
    const first = await start()
    await good(await world.refresh(first.refresh_token))
    const other = await world.refresh(first.refresh_token, { scope: 'patient/Patient.rs' })
    expect(await bad(other)).toBe('400 invalid_grant')
    expect((await row(first.refresh_token)).family.endedWhy).toBe('replayed')
  })

  it('[9700-4.14][F2] another client with a spent token ends the family; with one that was never used it burns nothing', async () => {
    const first = await start()
    const stolen = { client_id: 'other-app' }
    expect(await bad(await world.refresh(first.refresh_token, stolen))).toBe('400 invalid_grant')
    const second = await good(await world.refresh(first.refresh_token))
    expect(await bad(await world.refresh(first.refresh_token, stolen))).toBe('400 invalid_grant')
    expect((await row(first.refresh_token)).family.endedWhy).toBe('replayed')
    expect(await call(second.access_token)).toBe(401)
  })

  it('a token that never was ends nothing', async () => {
    expect(await bad(await world.refresh('x'.repeat(43)))).toBe('400 invalid_grant')
  })
})

describe('what a refresh looks at again', () => {
  it('an EHR out of reach is 503 with the token unspent', async () => {
    const { refresh_token } = await start()
    await world.control('unavailable', { mode: '503', seconds: 60 })
    const answer = await world.refresh(refresh_token)
    await world.control('unavailable', { mode: '503', seconds: 0 })
    expect(answer.headers.get('retry-after')).toBe('10')
    expect(await bad(answer)).toBe('503 temporarily_unavailable')
    expect((await row(refresh_token)).spentAt).toBeNull()
    await good(await world.refresh(refresh_token))
  })

  it('[RP-codes] the EHR’s view of the person: a death ends it, with the token unspent', async () => {
    const { refresh_token } = await start('naomi')
    await world.control('patient', { id: person('naomi').patientId, deceased: true })
    expect(await bad(await world.refresh(refresh_token))).toBe('400 invalid_grant')
    await world.control('patient', { id: person('naomi').patientId, deceased: false })
    expect((await row(refresh_token)).spentAt).toBeNull()
  })

  it('grant, link and account: ended ones refresh nothing, a spent token’s repeat included', async () => {
    const ends = [
      (id: string) => db().grant.update({ where: { id }, data: { endedAt: now() } }),
      async (id: string) => {
        const { linkId } = await db().grant.findUniqueOrThrow({ where: { id } })
        return db().link.update({ where: { id: linkId }, data: { status: 'ended' } })
      },
      async (id: string) => {
        const { accountId } = await db().grant.findUniqueOrThrow({ where: { id } })
        return db().account.update({ where: { id: accountId }, data: { endedAt: now() } })
      },
    ]
    for (const end of ends) {
      const first = await start()
      const second = await good(await world.refresh(first.refresh_token))
      await end((await row(first.refresh_token)).family.grantId)
      expect(await bad(await world.refresh(first.refresh_token))).toBe('400 invalid_grant')
      expect(await bad(await world.refresh(second.refresh_token))).toBe('400 invalid_grant')
      expect((await row(second.refresh_token)).spentAt).toBeNull()
    }
  })

  it('a stop holds from the next request and leaves the token unspent', async () => {
    const { refresh_token } = await start()
    const actor = { kind: 'system', id: 'test' } as const
    await setStop('app', 'test-app', { reason: 'test', actor })
    expect(await bad(await world.refresh(refresh_token))).toBe('503 temporarily_unavailable')
    await liftStop('app', 'test-app', actor)
    await good(await world.refresh(refresh_token))
  })

  it('[9700-2.2.2] idle for a hundred days, or past the grant, a token has lapsed', async () => {
    const { refresh_token } = await start()
    expect(await later(101 * 86_400, async () => bad(await world.refresh(refresh_token)))).toBe(
      '400 invalid_grant',
    )
    const { family } = await row(refresh_token)
    await db().grant.update({ where: { id: family.grantId }, data: { expiresAt: addSeconds(now(), -1) } })
    expect(await bad(await world.refresh(refresh_token))).toBe('400 invalid_grant')
  })

  it('a removed app is dead at once', async () => {
    const { refresh_token, access_token } = await start()
    const actor = { kind: 'system', id: 'test' } as const
    expect(await call(access_token)).toBe(200)
    await db().$transaction((tx) => removeApp(tx, 'test-app', actor))
    const form = { grant_type: 'refresh_token', refresh_token }
    expect(await bad(await world.post('/oauth/token', form))).toBe('400 invalid_grant')
    expect(await bad(await world.refresh(refresh_token))).toBe('400 invalid_client')
    expect(await call(access_token)).toBe(401)
    await db().app.update({ where: { id: 'test-app' }, data: { removedAt: null, source: 'configuration' } })
  })
})

describe('giving tokens back', () => {
  const revoke = (form: Readonly<Record<string, string>>) =>
    world.post('/oauth/revoke', { client_id: 'test-app', ...form })

  it('[7009-2.2] an ID token cannot be given back, and is told so instead of a 200 that would be untrue', async () => {
    const { id_token } = await start()
    expect(await bad(await revoke({ token: id_token }))).toBe('400 unsupported_token_type')
  })

  it('[7009-2.2] a refresh token takes its access tokens and its grant with it', async () => {
    const tokens = await start()
    const answer = await revoke({ token: tokens.refresh_token, token_type_hint: 'access_token' })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(await call(tokens.access_token)).toBe(401)
    expect(await bad(await world.refresh(tokens.refresh_token))).toBe('400 invalid_grant')
    const { family } = await row(tokens.refresh_token)
    const grant = await db().grant.findUniqueOrThrow({ where: { id: family.grantId } })
    expect(grant.endedWhy).toBe('app-revoked')
  })

  it('[7009-2.2] an access token ends alone', async () => {
    const tokens = await start()
    expect((await revoke({ token: tokens.access_token })).status).toBe(200)
    expect(await call(tokens.access_token)).toBe(401)
    await good(await world.refresh(tokens.refresh_token))
  })

  it('[7009-2.1] unknown and foreign tokens get the same answer and lose nothing; the client must say who it is', async () => {
    const tokens = await start()
    const unknown = await revoke({ token: 'x' })
    const foreign = await revoke({ token: tokens.refresh_token, client_id: 'other-app' })
    expect([foreign.status, await foreign.text()]).toEqual([unknown.status, await unknown.text()])
    await revoke({ token: tokens.access_token, client_id: 'other-app' })
    expect(await call(tokens.access_token)).toBe(200)
    expect(await bad(await world.post('/oauth/revoke', { token: 'x' }))).toBe('400 invalid_client')
    expect(await bad(await revoke({}))).toBe('400 invalid_request')
    expect((await fetch(`${world.url}/oauth/revoke`)).status).toBe(405)
  })
})
