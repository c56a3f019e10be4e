import { decodeProtectedHeader, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { ensureKeys, publicJwks, rotateKeys, signJwt, verifyOwnJwt } from '@/lib/keys/keys'
import { activatableAt, forgettableAt } from '@/lib/keys/lifecycle'
import { tendKeys } from '@/lib/keys/rotate'
import { addSeconds, epochSeconds, now } from '@/lib/time/clock'
import { openTestDatabase } from '@/test/broker'

let close: () => Promise<void>
beforeAll(async () => {
  close = await openTestDatabase()
  await Promise.all([ensureKeys(), ensureKeys(), ensureKeys()])
})
afterAll(() => close())

const claims = () => ({ iss: config().issuer, aud: 'someone', exp: epochSeconds(now()) + 60, jti: 'j' })
const kidOf = (token: string): string | undefined => decodeProtectedHeader(token).kid
const listed = (algorithm: string) =>
  db().signingKey.findMany({ where: { algorithm }, orderBy: { createdAt: 'asc' } })

describe('signing keys', () => {
  it('three processes that start at once agree on one active and one next key for each algorithm', async () => {
    for (const algorithm of ['ES256', 'RS256'])
      expect((await listed(algorithm)).map((key) => key.status).sort()).toEqual(['active', 'next'])
  })

  it('[7517] the published set is public halves only, with kid, use and alg', async () => {
    const { keys } = await publicJwks()
    expect(keys).toHaveLength(4)
    expect(new Set(keys.map((key) => key.kid)).size).toBe(4)
    for (const key of keys) {
      expect(key).toMatchObject({ use: 'sig', alg: key.kty === 'EC' ? 'ES256' : 'RS256' })
      expect(
        Object.keys(key).filter((name) => ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k'].includes(name)),
      ).toEqual([])
    }
  })

  it('private halves stand in the database only sealed', async () => {
    for (const key of await db().signingKey.findMany())
      expect(Buffer.from(key.sealedPrivate).toString('latin1')).not.toContain('"d"')
  })

  it('[9068-4] a token passes for nothing but its own typ, issuer, audience and life', async () => {
    const token = await signJwt(claims(), { algorithm: 'ES256', typ: 'at+jwt' })
    expect(await verifyOwnJwt(token, { typ: 'at+jwt', audience: 'someone' })).toMatchObject({ jti: 'j' })
    expect(await verifyOwnJwt(token, { typ: 'JWT' })).toBeUndefined()
    expect(await verifyOwnJwt(token, { typ: 'at+jwt', audience: 'other' })).toBeUndefined()
    expect(await verifyOwnJwt(`${token.slice(0, -4)}AAAA`, { typ: 'at+jwt' })).toBeUndefined()
    expect(await verifyOwnJwt('not.a.token', { typ: 'at+jwt' })).toBeUndefined()
    const late = await signJwt(
      { ...claims(), exp: epochSeconds(now()) - 1 },
      { algorithm: 'ES256', typ: 'at+jwt' },
    )
    expect(await verifyOwnJwt(late, { typ: 'at+jwt' })).toBeUndefined()
    const foreign = await signJwt(
      { ...claims(), iss: 'https://other.example' },
      { algorithm: 'ES256', typ: 'at+jwt' },
    )
    expect(await verifyOwnJwt(foreign, { typ: 'at+jwt' })).toBeUndefined()
  })

  it('[9068-4] a token signed with HS256 under our public key is refused', async () => {
    const { keys } = await publicJwks()
    const forged = await new SignJWT(claims())
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt', kid: keys[0]?.kid ?? '' })
      .sign(new TextEncoder().encode(JSON.stringify(keys[0])))
    expect(await verifyOwnJwt(forged, { typ: 'at+jwt' })).toBeUndefined()
  })

  it('[7517] a next key signs only after it has been public for the max-age; then old tokens still verify until they expire', async () => {
    const at = now()
    const keys = await listed('ES256')
    const active = keys.find((key) => key.status === 'active')
    const next = keys.find((key) => key.status === 'next')
    const before = await signJwt(claims(), { algorithm: 'ES256', typ: 'at+jwt' })
    expect(kidOf(before)).toBe(active?.id)
    const early = await rotateKeys('ES256', { now: at })
    expect(early).toEqual([
      { algorithm: 'ES256', outcome: 'waiting', until: activatableAt({ createdAt: next?.createdAt ?? at }) },
    ])

    const later = addSeconds(at, 400)
    const outcomes = (
      await Promise.all(Array.from({ length: 8 }, () => rotateKeys('ES256', { now: later })))
    ).flat()
    expect(outcomes.filter((rotation) => rotation.outcome === 'rotated')).toEqual([
      { algorithm: 'ES256', outcome: 'rotated', kid: next?.id },
    ])
    expect(kidOf(await signJwt(claims(), { algorithm: 'ES256', typ: 'at+jwt' }))).toBe(next?.id)
    expect(await verifyOwnJwt(before, { typ: 'at+jwt' })).toBeDefined()
    expect((await listed('ES256')).map((key) => key.status).sort()).toEqual(['active', 'next', 'retiring'])

    await tendKeys(addSeconds(forgettableAt({ retiredAt: later }), -1))
    expect(await verifyOwnJwt(before, { typ: 'at+jwt' })).toBeDefined()
    await tendKeys(addSeconds(forgettableAt({ retiredAt: later }), 1))
    expect(await verifyOwnJwt(before, { typ: 'at+jwt' })).toBeUndefined()
    const gone = (await listed('ES256')).find((key) => key.id === active?.id)
    expect(gone?.status).toBe('gone')
    expect(gone?.sealedPrivate).toHaveLength(0)
  })

  it('force skips the wait, and every change is in the audit', async () => {
    const [rotation] = await rotateKeys('RS256', { now: now(), force: true })
    expect(rotation?.outcome).toBe('rotated')
    const rows = await db().auditEvent.findMany({ where: { name: 'keys.rotated' } })
    expect(rows.length).toBeGreaterThanOrEqual(5)
  })

  it('the job replaces a key that signed for ninety days', async () => {
    const before = (await listed('ES256')).find((key) => key.status === 'active')?.id
    await tendKeys(addSeconds(now(), 91 * 86_400))
    expect((await listed('ES256')).find((key) => key.status === 'active')?.id).not.toBe(before)
  })
})
