import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { type Attempter, countFailure, takeAttempt } from '@/lib/linking/attempt-limits'
import { findCode, issueCode, spendCode, takeTry } from '@/lib/linking/codes'
import { consumeRepudiation, issueRepudiation } from '@/lib/linking/repudiations'
import { addSeconds, now } from '@/lib/time/clock'
import { openTestDatabase } from '@/test/broker'

let close: () => Promise<void>

beforeAll(async () => {
  close = await openTestDatabase()
})
afterAll(() => close())
beforeEach(() => db().rateLimitHit.deleteMany())

function issue(patientId: string): Promise<{ id: string; code: string }> {
  const how = { receivedBy: 'post', identification: 'none', issuedByKind: 'staff', issuedBy: 'desk' } as const
  const code = { ehrId: 'demo', patientId, relationship: 'self', birthDate: '1988-03-14', ...how } as const
  return db().$transaction((tx) => issueCode(tx, code, { days: 14, now: now() }))
}

const times = <T>(count: number, work: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, work))

describe('[A2] every credential of linking is spent by one conditional statement', () => {
  it('32 that spend one code: one does, and nobody after its end, its last try or its date', async () => {
    const { id } = await issue('p1')
    expect((await times(32, () => spendCode(db(), id, now()))).filter(Boolean)).toHaveLength(1)
    const late = await issue('p2')
    expect(await spendCode(db(), late.id, addSeconds(now(), 15 * 86_400))).toBe(false)
    await db().activationCode.update({ where: { id: late.id }, data: { triesLeft: 0 } })
    expect(await spendCode(db(), late.id, now())).toBe(false)
  })

  it('32 wrong dates at once take five tries, and the fifth ends the code', async () => {
    const { id, code } = await issue('p3')
    const left = await times(32, () => takeTry(db(), id, now()))
    expect(left.filter((one) => one !== 'none').sort()).toEqual([0, 1, 2, 3, 4])
    expect(await findCode(db(), code, now())).toMatchObject({ status: 'locked' })
    expect(await db().activationCode.findUnique({ where: { id } })).toMatchObject({
      triesLeft: 0,
      revokedWhy: 'wrong-birth-dates',
    })
  })

  it('16 that report one notice: one suspends, and nobody after 240 hours', async () => {
    const linkId = crypto.randomUUID()
    const number = await issueRepudiation(db(), linkId, now())
    const used = await times(16, () => consumeRepudiation(db(), number, now()))
    expect(used.filter(Boolean)).toEqual([linkId])
    const late = await issueRepudiation(db(), linkId, now())
    expect(await consumeRepudiation(db(), late, addSeconds(now(), 240 * 3600 + 1))).toBeUndefined()
  })

  it('keeps no code in clear', async () => {
    const { code } = await issue('p4')
    const rows = await db().activationCode.findMany()
    expect(JSON.stringify(rows)).not.toContain(code)
    expect(JSON.stringify(rows)).not.toContain('1988-03-14')
  })
})

describe('[link-A8] a clinic’s own networks have a budget of their own', () => {
  const at = (address: string, login: string): Attempter => ({
    login,
    address,
    clinicNetworks: ['192.0.2.0/24', '2001:db8::/48'],
  })
  const fail = (who: Attempter): Promise<boolean> =>
    db().$transaction((tx) => countFailure(tx, who, 'target', now()))
  const isAllowed = async (who: Attempter): Promise<boolean> =>
    (await db().$transaction((tx) => takeAttempt(tx, who, now()))).allowed

  it('a waiting room is not locked out by a few mistakes, a stranger’s network is', async () => {
    for (let count = 0; count < 6; count++) {
      await fail(at('192.0.2.10', `login-${count}`))
      await fail(at('198.51.100.10', `login-${count}`))
    }
    expect(await isAllowed(at('192.0.2.99', 'someone'))).toBe(true)
    expect(await isAllowed(at('2001:db8::7', 'someone-else'))).toBe(true)
    expect(await isAllowed(at('198.51.100.99', 'stranger'))).toBe(false)
  })

  it('but its budget ends too', async () => {
    for (let count = 0; count < 200; count++) await fail(at('192.0.2.10', 'login'))
    expect(await isAllowed(at('2001:db8::7', 'someone'))).toBe(false)
  })
})
