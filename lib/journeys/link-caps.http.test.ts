import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { type PatientSession, patientActor, type StaffSession } from '@/lib/identity/session'
import { sealHandle } from '@/lib/journeys/chart-handle'
import { type Confirmation, confirmLink } from '@/lib/journeys/confirm-link'
import { endLink } from '@/lib/journeys/end-link'
import { redeemCode } from '@/lib/journeys/redeem-code'
import { allowOneLink } from '@/lib/journeys/staff-reviews'
import { suspendLink } from '@/lib/linking/change-link'
import { spendAllowance } from '@/lib/linking/link-caps'
import { addSeconds, now } from '@/lib/time/clock'
import { linkRow } from '@/test/link-row'
import { type LinkingWorld, person, startLinkingWorld } from '@/test/linking-world'

let world: LinkingWorld
let dana: StaffSession
const maya = person('maya')

beforeAll(async () => {
  world = await startLinkingWorld()
  dana = await world.signInStaff()
})
afterAll(() => world.stop())
beforeEach(async () => {
  await db().rateLimitHit.deleteMany()
  await db().linkAllowance.deleteMany()
  await db().link.updateMany({ data: { status: 'ended', disputedAt: null } })
})

/** Code, birth date, yes. @returns the answer, or why it was refused before */
async function open(session: PatientSession, who = maya): Promise<string> {
  const { normal } = await world.issue(who)
  const entry = { code: normal, birthDate: who.birthDate }
  const redeemed = await redeemCode(session, entry, { now: now(), padMilliseconds: 0 })
  if (redeemed.outcome === 'refused') return redeemed.reason
  const confirmed = await confirmLink(session, redeemed.proposalId, { now: now() })
  return confirmed.outcome === 'linked' ? confirmed.outcome : confirmed.reason
}

/** Opens the chart for so many sign-ins, whatever the limits on attempts and changes say. */
async function openFor(count: number): Promise<void> {
  for (let at = 0; at < count; at += 1) {
    expect(await open(await world.signIn())).toBe('linked')
    await db().rateLimitHit.deleteMany()
  }
}

async function close(session: PatientSession): Promise<void> {
  const { accountId } = session
  const link = await db().link.findFirstOrThrow({ where: { accountId, status: 'active' } })
  const ended = await endLink(link.id, { why: 'person', actor: patientActor(session), accountId, now: now() })
  expect(ended).toBe('ended')
}

async function renewed(session: PatientSession): Promise<PatientSession> {
  return world.signIn(session.subject)
}

function aDayAgo(): Date {
  return addSeconds(now(), -86_401)
}

function allow(): Promise<string> {
  const chart = { ehrId: 'demo', patientId: maya.patientId, reason: 'patient-here' } as const
  return allowOneLink(dana, sealHandle(dana, chart, now()), 'id-checked', now())
}

describe('[link-A2] at most five sign-ins of the patient open one record', () => {
  it('refuses the sixth with the way to the clinic, and the code stays good', async () => {
    await openFor(5)
    const sixth = await world.signIn()
    expect(await open(sixth)).toBe('call-clinic')
    const code = await db().activationCode.findFirstOrThrow({
      where: { patientId: maya.patientId, usedAt: null, revokedAt: null },
    })
    expect(code.usedAt).toBeNull()
    expect(await db().link.count({ where: { patientId: maya.patientId, status: 'active' } })).toBe(5)
  })

  it('counts them when they come at once: of three that try for the last place one gets it', async () => {
    await openFor(4)
    const proposals: (readonly [PatientSession, string])[] = []
    for (let at = 0; at < 3; at += 1) {
      const session = await world.signIn()
      const { normal, id } = await world.issue(maya)
      const entry = { code: normal, birthDate: maya.birthDate }
      const redeemed = await redeemCode(session, entry, { now: now(), padMilliseconds: 0 })
      if (redeemed.outcome === 'refused') throw new Error(redeemed.reason)
      proposals.push([session, redeemed.proposalId])
      // a newer code ends the one before it: each of the three keeps its own
      await db().activationCode.updateMany({ where: { id }, data: { relationship: `self-${at}` } })
    }
    await db().activationCode.updateMany({ where: { relationship: { startsWith: 'self-' } }, data: {} })
    const answers = await Promise.all(
      proposals.map(([session, id]) => confirmLink(session, id, { now: now() })),
    )
    expect(answers.filter((one: Confirmation) => one.outcome === 'linked')).toHaveLength(1)
  })

  it('lets a proxy in beside five of the patient’s own', async () => {
    await db().link.createMany({ data: await fiveLinksTo(person('theo').patientId) })
    const theo = person('theo')
    const { normal } = await world.issue(theo, {
      relationship: 'proxy',
      relatedPersonId: person('ingrid').relatedPersonId,
    })
    const session = await world.signIn()
    const entry = { code: normal, birthDate: theo.birthDate }
    expect((await redeemCode(session, entry, { now: now(), padMilliseconds: 0 })).outcome).toBe('proposed')
  })

  it('lets one more in when staff allowed it, and no second one', async () => {
    await openFor(5)
    expect(await allow()).toBe('done')
    expect(await open(await world.signIn())).toBe('linked')
    await db().rateLimitHit.deleteMany()
    expect(await open(await world.signIn())).toBe('call-clinic')
    const used = await db().auditEvent.findMany({ where: { name: 'link-allowance.used' } })
    expect(used.map((row) => row.detail)).toEqual([{ cap: 'record-full' }])
  })

  it('of eight that spend one allowance at once, one is told so', async () => {
    await allow()
    const record = { ehrId: 'demo', patientId: maya.patientId }
    const spent = await Promise.all(
      Array.from({ length: 8 }, () => db().$transaction((tx) => spendAllowance(tx, record, now()))),
    )
    expect(spent.filter(Boolean)).toHaveLength(1)
  })

  it('a leave that was spent or has lapsed does not stand before a later one that is good', async () => {
    await openFor(5)
    for (const data of [{ spentAt: now() }, { expiresAt: addSeconds(now(), -1) }]) {
      await allow()
      await db().linkAllowance.updateMany({ where: { spentAt: null }, data })
    }
    await allow()
    expect(await open(await world.signIn())).toBe('linked')
    const left = await db().linkAllowance.findMany({ orderBy: { createdAt: 'asc' } })
    expect(left.map(({ spentAt }) => spentAt !== null)).toEqual([true, false, true])
  })

  it('an allowance of yesterday lets nobody in', async () => {
    await openFor(5)
    await allow()
    await db().linkAllowance.updateMany({ data: { expiresAt: addSeconds(now(), -1) } })
    expect(await open(await world.signIn())).toBe('call-clinic')
  })
})

async function fiveLinksTo(patientId: string) {
  const sessions = await Promise.all(Array.from({ length: 5 }, () => world.signIn()))
  return sessions.map((session) => linkRow({ ...session, patientId }))
}

describe('[link-A2] at most three changes of links in a day', () => {
  it('refuses the account’s fourth in words that say when, never its end of a link, and allows it a day later', async () => {
    const session = await world.signIn()
    expect(await open(session)).toBe('linked')
    await close(session)
    expect(await open(await renewed(session))).toBe('linked')
    await close(session)
    expect(await open(await renewed(session))).toBe('too-many-changes')
    await db().rateLimitHit.updateMany({ data: { at: aDayAgo() } })
    expect(await open(await renewed(session))).toBe('linked')
  })

  it('counts for the record too, over all accounts, and staff can let one more be made', async () => {
    const first = await world.signIn()
    expect(await open(first)).toBe('linked')
    await close(first)
    expect(await open(await world.signIn())).toBe('linked')
    expect(await open(await world.signIn())).toBe('too-many-changes')
    await allow()
    await db().rateLimitHit.deleteMany({ where: { expiresAt: { gt: addSeconds(now(), 2 * 86_400) } } })
    expect(await open(await world.signIn())).toBe('linked')
  })
})

describe('[link-A11] a day’s wait after a dispute', () => {
  async function disputed(): Promise<PatientSession> {
    const session = await world.signIn()
    expect(await open(session)).toBe('linked')
    const link = await db().link.findFirstOrThrow({
      where: { accountId: session.accountId, status: 'active' },
    })
    const [actor, at] = [{ kind: 'anonymous' } as const, now()]
    await db().$transaction((tx) => suspendLink(tx, link.id, { why: 'not-me', actor, now: at }))
    const staff = { kind: 'staff', id: 'desk' } as const
    await endLink(link.id, { why: 'staff', actor: staff, now: at })
    return renewed(session)
  }

  it('the sign-in that was disowned does not link the record again with a new code that day, and may the next', async () => {
    const session = await disputed()
    expect(await open(session)).toBe('call-clinic')
    await db().link.updateMany({ where: { disputedAt: { not: null } }, data: { disputedAt: aDayAgo() } })
    expect(await open(session)).toBe('linked')
  })

  it('holds neither another sign-in nor another record up', async () => {
    const session = await disputed()
    expect(await open(await world.signIn())).toBe('linked')
    expect(await open(session, person('chloe'))).toBe('linked')
  })

  it('ends early when staff allows it', async () => {
    const session = await disputed()
    await allow()
    expect(await open(session)).toBe('linked')
  })
})
