import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { type StaffSession, staffActor } from '@/lib/identity/session'
import { findChart } from '@/lib/journeys/chart-handle'
import { issueCode } from '@/lib/journeys/issue-code'
import { endChartLink, openChart, revokeChartCode, searchCharts } from '@/lib/journeys/staff-charts'
import { setStop } from '@/lib/stops/stops'
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
beforeEach(() => world.control('reset', {}))

async function find(session: StaffSession, mrn = maya.mrn): Promise<string> {
  const search = { ehrId: 'demo', reason: 'patient-here', query: { by: 'mrn', mrn } } as const
  const found = await searchCharts(session, search, now())
  return found.outcome === 'found' ? (found.hits[0]?.handle ?? '') : ''
}

async function audited(name: string): Promise<readonly Record<string, unknown>[]> {
  return db().auditEvent.findMany({
    where: { name, actor: staffActor(dana).id ?? '' },
    orderBy: { at: 'asc' },
  })
}

describe('staff look at charts only with a reason, and it is written down', () => {
  it('a search keeps reason, kind and count, and nothing of what was typed or found', async () => {
    await find(dana)
    const query = { by: 'name', name: 'Rivera', birthDate: maya.birthDate } as const
    await searchCharts(dana, { ehrId: 'demo', reason: 'support', query }, now())
    const rows = await audited('staff.charts-searched')
    expect(rows.map((row) => row['detail'])).toEqual([
      { reason: 'patient-here', by: 'mrn', found: 1 },
      { reason: 'support', by: 'name', found: 1 },
    ])
    for (const canary of [maya.mrn, 'Rivera', maya.birthDate])
      expect(JSON.stringify(rows)).not.toContain(canary)
  })

  it('a search that the EHR did not answer is written down too', async () => {
    await world.control('unavailable', { mode: '503', seconds: 600 })
    const before = (await audited('staff.charts-searched')).length
    expect(await find(dana)).toBe('')
    expect(await audited('staff.charts-searched')).toHaveLength(before + 1)
  })

  it('an opened chart names the record and the reason of the search', async () => {
    const opened = await openChart(dana, await find(dana), now())
    expect(opened).toMatchObject({
      outcome: 'open',
      chart: { name: maya.name, mrn: maya.mrn, selfCode: 'eligible' },
    })
    expect((await audited('staff.chart-opened')).at(-1)).toMatchObject({
      patientId: maya.patientId,
      ehrId: 'demo',
      detail: { reason: 'patient-here' },
    })
  })

  it('the EHR’s own log names the staff member, not a patient', async () => {
    await openChart(dana, await find(dana), now())
    expect(await world.accessLog()).toContain(staffActor(dana).id)
  })
})

describe('a chart’s address says nothing and serves one session', () => {
  it('holds no record id, opens nothing for someone else, nor after half an hour, nor changed by one character', async () => {
    const handle = await find(dana)
    expect(handle).not.toContain(maya.patientId)
    expect(Buffer.from(handle, 'base64url').toString('latin1')).not.toContain(maya.patientId)
    expect(findChart(dana, handle, now())?.patientId).toBe(maya.patientId)
    expect(findChart(await world.signInStaff(), handle, now())).toBeUndefined()
    expect(findChart(dana, handle, addSeconds(now(), 1801))).toBeUndefined()
    const changed = `${handle.slice(0, 20)}${handle[20] === 'A' ? 'B' : 'A'}${handle.slice(21)}`
    expect(findChart(dana, changed, now())).toBeUndefined()
    expect(findChart(dana, 'x', now())).toBeUndefined()
    expect(await openChart(dana, 'x', now())).toEqual({ outcome: 'expired' })
  })

  it('ends codes and links of that chart and of no other', async () => {
    const { id } = await world.issue(maya)
    const other = await find(dana, person('layla').mrn)
    const own = await find(dana)
    expect(await revokeChartCode(dana, other, id, now())).toBe(false)
    expect(await revokeChartCode(dana, own, id, now())).toBe(true)
    expect(await revokeChartCode(dana, own, id, now())).toBe(false)
    const linkId = await seedLink(await world.signIn(), maya.patientId)
    expect(await endChartLink(dana, other, linkId, now())).toBe(false)
    expect(await endChartLink(dana, own, linkId, now())).toBe(true)
    expect((await db().link.findUniqueOrThrow({ where: { id: linkId } })).endedWhy).toBe('staff')
  })
})

describe('a code is given only where the EHR lets it', () => {
  const order = (key: string) => ({
    ehrId: 'demo',
    patientId: person(key).patientId,
    relationship: 'self' as const,
    receivedBy: 'patient-in-person' as const,
    identification: 'photo-id' as const,
  })
  const issuer = () => ({ kind: 'staff', actor: staffActor(dana), login: dana }) as const

  it.each([
    ['theo', 'under-age'],
    ['walter', 'deceased'],
    ['priya', 'inactive'],
  ])('[A10] refuses one for %s: %s, and the refusal is audited', async (key, reason) => {
    expect(await issueCode(issuer(), order(key), { now: now() })).toEqual({ outcome: 'refused', reason })
    expect((await audited('code.issue-refused')).at(-1)).toMatchObject({
      detail: { reason },
      outcome: 'refused',
    })
  })

  it('[A10] refuses one for a chart that was merged into another', async () => {
    const merged = { ...order('daniel'), patientId: person('daniel').formerPatientId ?? '' }
    expect(await issueCode(issuer(), merged, { now: now() })).toEqual({
      outcome: 'refused',
      reason: 'merged',
    })
  })

  it('refuses one for the staff member’s own record, however she signs in as a patient', async () => {
    const patient = await world.signIn()
    await seedLink(patient, person('chloe').patientId)
    const login = { issuer: patient.issuer, subject: patient.subject }
    const own = { kind: 'staff', actor: staffActor(login), login } as const
    expect(await issueCode(own, order('chloe'), { now: now() })).toEqual({
      outcome: 'refused',
      reason: 'own-record',
    })
  })

  it('refuses a proxy code for someone the EHR does not name', async () => {
    const proxy = { ...order('theo'), relationship: 'proxy' as const, relatedPersonId: 'nobody' }
    expect(await issueCode(issuer(), proxy, { now: now() })).toEqual({
      outcome: 'refused',
      reason: 'proxy-ended',
    })
  })

  it('refuses while linking or the EHR is paused', async () => {
    for (const [target, id] of [
      ['linking', ''],
      ['ehr', 'demo'],
    ] as const) {
      await setStop(target, id, { reason: 'test', actor: { kind: 'system' } })
      expect(await issueCode(issuer(), order('maya'), { now: now() })).toEqual({
        outcome: 'refused',
        reason: 'paused',
      })
      await db().stop.updateMany({ data: { liftedAt: now() } })
    }
  })

  it('gives one code for one form: a page loaded again does not end the code it showed', async () => {
    const options = { now: now(), formKey: 'form-1' }
    const first = await issueCode(issuer(), order('maya'), options)
    expect(await issueCode(issuer(), order('maya'), options)).toEqual({
      outcome: 'refused',
      reason: 'already-made',
    })
    const id = first.outcome === 'issued' ? first.id : ''
    expect((await db().activationCode.findUniqueOrThrow({ where: { id } })).revokedAt).toBeNull()
  })

  it('[link-A7.1] leaves one live code for a record and relationship, of 16 issued at once', async () => {
    const issued = await Promise.all(
      Array.from({ length: 16 }, () => issueCode(issuer(), order('george'), { now: now() })),
    )
    expect(issued.every((one) => one.outcome === 'issued')).toBe(true)
    const where = { patientId: person('george').patientId, revokedAt: null, usedAt: null }
    expect(await db().activationCode.count({ where })).toBe(1)
  })
})

async function seedLink(session: { accountId: string; loginId: string }, patientId: string): Promise<string> {
  const { id } = await db().link.create({
    data: linkRow({ ...session, patientId }),
  })
  return id
}
