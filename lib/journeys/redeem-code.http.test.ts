import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { withRequestContext } from '@/lib/http/request-context'
import type { PatientSession } from '@/lib/identity/session'
import type { Entry } from '@/lib/journeys/code-entry'
import { type Redemption, redeemCode } from '@/lib/journeys/redeem-code'
import { formatCode, newCode } from '@/lib/linking/activation-code'
import { setStop } from '@/lib/stops/stops'
import { addSeconds, now } from '@/lib/time/clock'
import { type LinkingWorld, person, startLinkingWorld } from '@/test/linking-world'

let world: LinkingWorld
let network = 0

beforeAll(async () => {
  world = await startLinkingWorld()
})
afterAll(() => world.stop())
beforeEach(() => {
  network += 1
})

const maya = person('maya')
const wrongDate = '1970-01-01'

function redeem(
  session: PatientSession,
  entry: Entry,
  options: { at?: Date; pad?: number; address?: string } = {},
): Promise<Redemption> {
  const clientAddress = options.address ?? `10.0.${network}.7`
  return withRequestContext({ requestId: 'test', clientAddress }, () =>
    redeemCode(session, entry, { now: options.at ?? now(), padMilliseconds: options.pad ?? 0 }),
  )
}

async function reasons(session: PatientSession): Promise<readonly unknown[]> {
  const rows = await db().auditEvent.findMany({
    where: { name: 'link.attempted', accountId: session.accountId },
    orderBy: { at: 'asc' },
  })
  return rows.map((row) => (row.detail as { reason: string }).reason)
}

describe('code and birth date prove a chart', () => {
  it('proposes the link and spends nothing yet', async () => {
    const { normal, id } = await world.issue(maya)
    const session = await world.signIn()
    const redeemed = await redeem(session, { code: normal, birthDate: maya.birthDate })
    expect(redeemed.outcome).toBe('proposed')
    const code = await db().activationCode.findUniqueOrThrow({ where: { id } })
    expect(code.usedAt).toBeNull()
    expect(await db().link.count({ where: { accountId: session.accountId } })).toBe(0)
  })

  it.each([
    ['used', { usedAt: new Date() }],
    ['revoked', { revokedAt: new Date(), revokedWhy: 'staff' }],
    ['expired', { expiresAt: new Date(Date.now() - 1000) }],
  ])('[link-A8] tells who proved both that a %s code is no longer live', async (_, change) => {
    const { normal, id } = await world.issue(person('chloe'))
    await db().activationCode.update({ where: { id }, data: change })
    await db().rateLimitHit.deleteMany()
    const session = await world.signIn()
    const redeemed = await redeem(session, { code: normal, birthDate: person('chloe').birthDate })
    expect(redeemed).toEqual({ outcome: 'refused', reason: 'no-longer-live' })
  })

  it('tells who proved both that the EHR does not answer, and the code stays good', async () => {
    const george = person('george')
    const { normal } = await world.issue(george)
    const session = await world.signIn()
    await world.control('unavailable', { mode: '503', seconds: 600 })
    const entry = { code: normal, birthDate: george.birthDate }
    expect(await redeem(session, entry)).toEqual({ outcome: 'refused', reason: 'ehr-unreachable' })
    await world.control('unavailable', { mode: '503', seconds: 0 })
    expect((await redeem(session, entry)).outcome).toBe('proposed')
  })

  it('[A10] sends who proved both to the clinic when the EHR closed the chart since', async () => {
    const naomi = person('naomi')
    const { normal } = await world.issue(naomi)
    await world.control('patient', { id: naomi.patientId, deceased: true })
    const redeemed = await redeem(await world.signIn(), { code: normal, birthDate: naomi.birthDate })
    await world.control('patient', { id: naomi.patientId, deceased: false })
    expect(redeemed).toEqual({ outcome: 'refused', reason: 'call-clinic' })
  })
})

describe('[link-A8] everything a guesser could try gets one answer', () => {
  it('answers byte for byte the same, and the true reason stands in the audit alone', async () => {
    const { normal, id } = await world.issue(maya)
    const session = await world.signIn()
    const spent = await world.issue(person('layla'))
    await db().activationCode.update({ where: { id: spent.id }, data: { usedAt: now() } })
    const answers = [
      await redeem(session, { code: newCode(), birthDate: maya.birthDate }),
      await redeem(session, { code: normal, birthDate: wrongDate }),
      await redeem(session, { code: spent.normal, birthDate: wrongDate }),
    ]
    await db().activationCode.update({ where: { id }, data: { triesLeft: 0 } })
    answers.push(await redeem(session, { code: normal, birthDate: maya.birthDate }))
    expect(new Set(answers.map((one) => JSON.stringify(one)))).toEqual(
      new Set(['{"outcome":"refused","reason":"not-matched"}']),
    )
    expect(await reasons(session)).toEqual([
      'unknown-code',
      'wrong-birth-date',
      'wrong-birth-date',
      'tries-used-up',
    ])
  })

  it('answers every guess at a multiple of one time, an honest mistake like a code that does not exist', async () => {
    const { normal } = await world.issue(maya)
    for (const code of [normal, newCode()]) {
      const begun = performance.now()
      await redeem(await world.signIn(), { code, birthDate: wrongDate }, { pad: 700 })
      const taken = performance.now() - begun
      // a busy machine wakes late, but never as late as another multiple
      expect(taken % 700).toBeLessThan(350)
      expect(taken).toBeGreaterThanOrEqual(690)
    }
  })

  it('never asks the EHR about a guess', async () => {
    const { normal } = await world.issue(maya)
    const before = await world.accessLog()
    await redeem(await world.signIn(), { code: normal, birthDate: wrongDate })
    await redeem(await world.signIn(), { code: newCode(), birthDate: maya.birthDate })
    expect(await world.accessLog()).toBe(before)
  })
})

describe('[link-A7.1] five wrong birth dates end a code', () => {
  it('ends it at the fifth, even if they come all at once, and the right date then gets the one answer', async () => {
    await db().rateLimitHit.deleteMany()
    const { normal, id } = await world.issue(maya)
    const sessions = await Promise.all(Array.from({ length: 8 }, () => world.signIn()))
    // the limits on distinct sign-ins are a matter of their own
    await db().activationCode.update({ where: { id }, data: { triesLeft: 5 } })
    for (const [at, session] of sessions.entries()) {
      await db().rateLimitHit.deleteMany()
      await redeem(session, { code: normal, birthDate: wrongDate })
      const code = await db().activationCode.findUniqueOrThrow({ where: { id } })
      expect(code.triesLeft).toBe(Math.max(0, 4 - at))
      expect(code.revokedWhy).toBe(at < 4 ? null : 'wrong-birth-dates')
    }
    await db().rateLimitHit.deleteMany()
    const redeemed = await redeem(await world.signIn(), { code: normal, birthDate: maya.birthDate })
    expect(redeemed).toEqual({ outcome: 'refused', reason: 'not-matched' })
    const ended = await db().auditEvent.findMany({
      where: { name: 'code.revoked', patientId: maya.patientId },
    })
    expect(ended.map((row) => row.detail)).toContainEqual({ codeId: id, why: 'wrong-birth-dates' })
  })

  it('gives parallel guesses no more tries than five, and the right date among them too late gets nothing', async () => {
    await db().rateLimitHit.deleteMany()
    const { normal, id } = await world.issue(maya)
    const session = await world.signIn()
    const guesses = Array.from({ length: 12 }, (_, at) => `19${70 + at}-01-01`)
    const answers = await Promise.all(
      guesses.map((birthDate) => redeem(session, { code: normal, birthDate })),
    )
    const { triesLeft } = await db().activationCode.findUniqueOrThrow({ where: { id } })
    expect(triesLeft).toBe(0)
    const looked = (await reasons(session)).filter((reason) => reason === 'wrong-birth-date')
    expect(looked).toHaveLength(5)
    expect(answers.every((one) => one.outcome === 'refused')).toBe(true)
  })
})

describe('[link-A8] the limits of linking', () => {
  beforeEach(() => db().rateLimitHit.deleteMany())

  it('stops one sign-in at its sixth attempt in six hours, and says when it may try again', async () => {
    const session = await world.signIn()
    const at = now()
    for (let attempt = 0; attempt < 5; attempt++)
      await redeem(session, { code: newCode(), birthDate: wrongDate }, { at, address: `10.9.${attempt}.1` })
    const sixth = await redeem(
      session,
      { code: newCode(), birthDate: wrongDate },
      { at, address: '10.9.9.1' },
    )
    expect(sixth).toEqual({ outcome: 'refused', reason: 'limited', retryAfterSeconds: 6 * 3600 })
    const later = await redeem(
      session,
      { code: newCode(), birthDate: wrongDate },
      { at: addSeconds(at, 6 * 3600 + 1) },
    )
    expect(later).toEqual({ outcome: 'refused', reason: 'not-matched' })
  })

  it('stops a network at its sixth failure in a minute, whatever sign-ins it uses', async () => {
    const at = now()
    for (let attempt = 0; attempt < 5; attempt++)
      await redeem(
        await world.signIn(),
        { code: newCode(), birthDate: wrongDate },
        { at, address: `10.7.7.${attempt}` },
      )
    const sixth = await redeem(
      await world.signIn(),
      { code: newCode(), birthDate: wrongDate },
      { at, address: '10.7.7.99' },
    )
    expect(sixth).toMatchObject({ reason: 'limited', retryAfterSeconds: 60 })
    const elsewhere = await redeem(
      await world.signIn(),
      { code: newCode(), birthDate: wrongDate },
      { at, address: '10.7.8.1' },
    )
    expect(elsewhere).toMatchObject({ reason: 'not-matched' })
  })

  it('locks linking to a record after five failures over all sign-ins: the right date then gets the one answer', async () => {
    const { normal, id } = await world.issue(maya)
    for (let attempt = 0; attempt < 2; attempt++) {
      const session = await world.signIn()
      for (let again = 0; again < 3; again++)
        await redeem(session, { code: normal, birthDate: wrongDate }, { address: `10.${attempt}.${again}.1` })
    }
    await db().activationCode.update({
      where: { id },
      data: { triesLeft: 5, revokedAt: null, revokedWhy: null },
    })
    const session = await world.signIn()
    const redeemed = await redeem(session, { code: normal, birthDate: maya.birthDate })
    expect(redeemed).toEqual({ outcome: 'refused', reason: 'not-matched' })
    expect(await reasons(session)).toEqual(['record-locked'])
  })

  it('lets one sign-in try two records in thirty days and no third, though it has every code', async () => {
    const session = await world.signIn()
    const codes = []
    for (const key of ['maya', 'layla', 'chloe'])
      codes.push({ who: person(key), ...(await world.issue(person(key))) })
    const answers = []
    for (const { normal, who } of codes)
      answers.push((await redeem(session, { code: normal, birthDate: who.birthDate })).outcome)
    expect(answers).toEqual(['proposed', 'proposed', 'refused'])
    expect((await reasons(session)).at(-1)).toBe('too-many-records')
  })

  it('lets three sign-ins try one record in thirty days and no fourth', async () => {
    const { normal } = await world.issue(maya)
    for (let at = 0; at < 3; at++)
      expect((await redeem(await world.signIn(), { code: normal, birthDate: maya.birthDate })).outcome).toBe(
        'proposed',
      )
    const session = await world.signIn()
    expect(await redeem(session, { code: normal, birthDate: maya.birthDate })).toMatchObject({
      reason: 'not-matched',
    })
    expect(await reasons(session)).toEqual(['too-many-logins'])
  })

  it('keeps no code, date or address in clear among its hits', async () => {
    const code = newCode()
    await redeem(await world.signIn(), { code, birthDate: '1977-07-07' }, { address: '10.66.66.66' })
    const hits = await db().rateLimitHit.findMany()
    expect(hits.length).toBeGreaterThan(0)
    expect(hits.every((hit) => hit.key.length === 32)).toBe(true)
    const text = JSON.stringify(await db().auditEvent.findMany())
    for (const canary of [code, formatCode(code), '1977-07-07', '10.66.66'])
      expect(text).not.toContain(canary)
  })
})

it('a pause of linking holds from the next request', async () => {
  const { normal } = await world.issue(maya)
  const session = await world.signIn()
  await setStop('linking', '', { reason: 'test', actor: { kind: 'system' } })
  const redeemed = await redeem(session, { code: normal, birthDate: maya.birthDate })
  await db().stop.updateMany({ data: { liftedAt: now() } })
  expect(redeemed).toEqual({ outcome: 'refused', reason: 'paused' })
})

it('nobody redeems a code of their own issue', async () => {
  await db().rateLimitHit.deleteMany()
  const session = await world.signIn()
  const { normal } = await world.issue(maya)
  const { staffActor } = await import('@/lib/identity/session')
  await db().activationCode.updateMany({
    where: { patientId: maya.patientId, usedAt: null, revokedAt: null },
    data: { issuedBy: staffActor(session).id ?? '' },
  })
  expect(await redeem(session, { code: normal, birthDate: maya.birthDate })).toMatchObject({
    reason: 'not-matched',
  })
  expect(await reasons(session)).toEqual(['own-code'])
})
