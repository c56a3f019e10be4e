import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { mayAddPasskey } from '@/lib/identity/account-passkeys'
import { findPatient, type PatientSession, type StaffSession, staffActor } from '@/lib/identity/session'
import { searchCharts } from '@/lib/journeys/staff-charts'
import { giveStepUpCode, redeemStepUpCode } from '@/lib/journeys/step-up-code'
import { parseStepUpCode, spendStepUpCode, sweepStepUpCodes } from '@/lib/linking/step-up-codes'
import { addSeconds, now } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
let dana: StaffSession
let forms = 0
beforeAll(async () => {
  world = await startSmartWorld()
  dana = await world.signInStaff()
})
afterAll(() => world.stop())

const linkOf = async ({ accountId }: PatientSession, relationship = 'self'): Promise<string> =>
  (await db().link.findFirstOrThrow({ where: { accountId, relationship } })).id

async function chart(key: string, staff = dana): Promise<string> {
  const query = { by: 'mrn', mrn: person(key).mrn } as const
  const found = await searchCharts(staff, { ehrId: 'demo', reason: 'patient-here', query }, now())
  return found.outcome === 'found' ? (found.hits[0]?.handle ?? '') : ''
}

async function give(
  key: string,
  linkId: string,
  more: { handle?: string; staff?: StaffSession; at?: Date } = {},
) {
  const { staff = dana, handle = await chart(key, staff), at = now() } = more
  const formKey = `form-${++forms}`
  return giveStepUpCode(staff, handle, { linkId, identification: 'photo-id', formKey, now: at })
}

async function codeFor(session: PatientSession, key = 'maya', relationship = 'self'): Promise<string> {
  const given = await give(key, await linkOf(session, relationship))
  if (given.outcome === 'refused') throw new Error(given.reason)
  return given.code
}

describe('a code from the desk', () => {
  it('raises the session of the person who stood there, under a new cookie, and opens the way to a passkey', async () => {
    const { session } = await world.visitor('maya')
    const data = { authTimeProven: false, createdAt: addSeconds(now(), -4000) }
    await db().session.update({ where: { id: session.id }, data })
    expect(await mayAddPasskey({ ...session, ...data }, now())).toBe(false)
    const code = await codeFor(session)
    expect(code).toMatch(/^[0-9A-Z]{5}-[0-9A-Z]{5}$/)
    const redeemed = await redeemStepUpCode(session, ` ${code.toLowerCase()} `, now())
    if (redeemed.outcome !== 'raised') throw new Error(redeemed.outcome)
    const raised = await findPatient(redeemed.setCookie.split(';')[0], now())
    expect(raised).toMatchObject({ id: session.id, steppedUp: { by: 'desk' } })
    expect(raised && (await mayAddPasskey(raised, now()))).toBe(true)
    expect(await findPatient(world.cookieOf(session), now())).toBeUndefined()
  })

  it('works once, for ten minutes, and a newer one ends it', async () => {
    const { session } = await world.visitor('maya')
    const code = await codeFor(session)
    expect((await redeemStepUpCode(session, code, addSeconds(now(), 601))).outcome).toBe('refused')
    expect((await redeemStepUpCode(session, code, now())).outcome).toBe('raised')
    expect((await redeemStepUpCode(session, code, now())).outcome).toBe('refused')
    const [older, newer] = [await codeFor(session), await codeFor(session)]
    expect((await redeemStepUpCode(session, older, now())).outcome).toBe('refused')
    expect((await redeemStepUpCode(session, newer, now())).outcome).toBe('raised')
  })

  it('cannot be used, or burnt, by an account that has not this chart open as this person', async () => {
    const ingrid = (await world.visitor('ingrid')).session
    const maya = (await world.visitor('maya')).session
    const forHerself = await codeFor(ingrid, 'ingrid')
    expect((await redeemStepUpCode(maya, forHerself, now())).outcome).toBe('refused')
    const asMother = (await world.visitor('ingrid')).session
    await db().link.updateMany({
      where: { accountId: asMother.accountId, relationship: 'self' },
      data: { status: 'suspended' },
    })
    expect((await redeemStepUpCode(asMother, forHerself, now())).outcome).toBe('refused')
    expect((await redeemStepUpCode(ingrid, forHerself, now())).outcome).toBe('raised')
    const forTheSon = await codeFor(asMother, 'theo', 'proxy')
    expect((await redeemStepUpCode(asMother, forTheSon, now())).outcome).toBe('raised')
  })

  it('of 64 that spend it at once one does', async () => {
    const { session } = await world.visitor('maya')
    const code = parseStepUpCode(await codeFor(session)) ?? ''
    const { accountId } = session
    const spent = await Promise.all(
      Array.from({ length: 64 }, () => spendStepUpCode(db(), code, { accountId, now: now() })),
    )
    expect(spent.filter(Boolean)).toHaveLength(1)
  })

  it('is guessed at five times and no more, right or wrong', async () => {
    const { session } = await world.visitor('maya')
    const code = await codeFor(session)
    for (let guess = 0; guess < 5; guess += 1)
      expect((await redeemStepUpCode(session, '00000-00000', now())).outcome).toBe('refused')
    expect(await redeemStepUpCode(session, code, now())).toMatchObject({ outcome: 'limited' })
  })

  it('is kept as a digest, and stands in no audit row', async () => {
    const { session } = await world.visitor('maya')
    const code = await codeFor(session)
    await redeemStepUpCode(session, code, now())
    const plain = [code, code.replace('-', '')]
    const rows = JSON.stringify([
      await db().stepUpCode.findMany(),
      await db().auditEvent.findMany({ where: { name: { contains: 'step' } } }),
    ])
    for (const text of plain) expect(rows).not.toContain(text)
    const staff = staffActor(dana).id ?? ''
    expect(
      await db().auditEvent.count({ where: { name: 'step-up-code.issued', actor: staff } }),
    ).toBeGreaterThan(0)
  })

  it('is forgotten a day after its end', async () => {
    const { session } = await world.visitor('maya')
    await codeFor(session)
    await sweepStepUpCodes(addSeconds(now(), 600 + 86_401))
    expect(await db().stepUpCode.count()).toBe(0)
  })
})

describe('the desk gets no code', () => {
  it('for a chart of the staff member’s own', async () => {
    const { session } = await world.visitor('maya')
    const own = await world.signInStaff('works-here-too')
    const { issuer, subject } = own
    const login = { accountId: session.accountId, issuer, subject, provider: 'harbor-staff' }
    await db().login.create({ data: login })
    expect(await give('maya', await linkOf(session), { staff: own })).toEqual({
      outcome: 'refused',
      reason: 'own-record',
    })
    await db().login.deleteMany({ where: { issuer, subject } })
  })

  it('for who has the chart open no more, for another chart, or twice from one form', async () => {
    const { session } = await world.visitor('maya')
    const linkId = await linkOf(session)
    const refused = (reason: string) => ({ outcome: 'refused', reason })
    expect(await give('chloe', linkId)).toEqual(refused('no-link'))
    expect(await give('maya', linkId, { handle: 'forged' })).toEqual(refused('expired'))
    const handle = await chart('maya')
    const again = { linkId, identification: 'photo-id', formKey: 'one form', now: now() } as const
    expect((await giveStepUpCode(dana, handle, again)).outcome).toBe('issued')
    expect(await giveStepUpCode(dana, handle, again)).toEqual(refused('already-made'))
    await db().link.update({ where: { id: linkId }, data: { status: 'suspended' } })
    expect(await give('maya', linkId)).toEqual(refused('no-link'))
    const where = { name: 'step-up-code.issue-refused' }
    expect(await db().auditEvent.count({ where })).toBeGreaterThanOrEqual(3)
  })
})
