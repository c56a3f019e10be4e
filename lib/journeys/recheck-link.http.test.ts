import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { patientActor } from '@/lib/identity/session'
import { endLink } from '@/lib/journeys/end-link'
import { type LinkLook, lookAgain } from '@/lib/journeys/recheck-link'
import { digestDemographics } from '@/lib/linking/demographics'
import { findLink } from '@/lib/linking/links'
import { now } from '@/lib/time/clock'
import { type LinkingWorld, person, startLinkingWorld } from '@/test/linking-world'

let world: LinkingWorld

beforeAll(async () => {
  world = await startLinkingWorld()
})
afterAll(() => world.stop())
beforeEach(() => world.control('reset', {}))

const maya = person('maya')

async function seedLink(
  key = 'maya',
  more: { relatedPersonId?: string; minor?: boolean } = {},
): Promise<string> {
  const session = await world.signIn()
  const who = person(key)
  const [given = '', family = ''] = who.name.split(' ')
  const { id } = await db().link.create({
    data: {
      accountId: session.accountId,
      loginId: session.loginId,
      ehrId: 'demo',
      patientId: who.patientId,
      relationship: more.relatedPersonId ? 'proxy' : 'self',
      relatedPersonId: more.relatedPersonId ?? null,
      method: 'activation-code',
      level: 'L-code',
      evidence: {},
      candidateVersion: '1',
      demographicsDigest: digestDemographics({ birthDate: who.birthDate, names: [{ given, family }] }),
    },
  })
  return id
}

async function statusOf(id: string): Promise<unknown> {
  const { status, endedWhy } = await db().link.findUniqueOrThrow({ where: { id } })
  return [status, endedWhy]
}

async function lookAt(id: string): Promise<LinkLook> {
  const link = await findLink(db(), id)
  if (!link) throw new Error('no link')
  return lookAgain(link, now())
}

describe('[A10] a link is looked at again at consent and at every refresh', () => {
  it('is good while link and EHR agree, and gives the record as it is now', async () => {
    const id = await seedLink()
    expect(await lookAt(id)).toMatchObject({ outcome: 'good', record: { id: maya.patientId } })
    expect((await findLink(db(), id))?.fhirUser).toBe(`Patient/${maya.patientId}`)
  })

  it.each([
    ['deceased', { deceased: true }],
    ['inactive', { active: false }],
    ['record-changed', { birthDate: '1990-01-01' }],
  ])('is suspended when the person is %s at the EHR, with its audit row', async (why, change) => {
    const id = await seedLink()
    await world.control('patient', { id: maya.patientId, ...change })
    expect(await lookAt(id)).toEqual({ outcome: 'suspended', reason: why })
    expect(await statusOf(id)).toEqual(['suspended', why])
    expect(await db().auditEvent.count({ where: { name: 'link.suspended', linkId: id } })).toBe(1)
  })

  it('is suspended when its chart was merged into another', async () => {
    const { formerPatientId } = person('daniel')
    const id = await seedLink('daniel')
    await db().link.update({ where: { id }, data: { patientId: formerPatientId ?? '' } })
    expect(await lookAt(id)).toEqual({ outcome: 'suspended', reason: 'merged' })
  })

  it('is suspended when the EHR ends the proxy', async () => {
    const relatedPersonId = person('ingrid').relatedPersonId ?? ''
    const id = await seedLink('theo', { relatedPersonId })
    expect(await lookAt(id)).toMatchObject({ outcome: 'good' })
    expect((await findLink(db(), id))?.fhirUser).toBe(`RelatedPerson/${relatedPersonId}`)
    await world.control('related-person', { id: relatedPersonId, ended: true })
    expect(await lookAt(id)).toEqual({ outcome: 'suspended', reason: 'proxy-ended' })
  })

  it('is suspended when the clinic raises the age for a link of one’s own', async () => {
    const id = await seedLink()
    const before = config()
    const ehrs = before.ehrs.map((ehr) => ({ ...ehr, linking: { ...ehr.linking, minimumSelfAgeYears: 99 } }))
    setConfig({ ...before, ehrs })
    expect(await lookAt(id)).toEqual({ outcome: 'suspended', reason: 'under-age' })
    setConfig(before)
  })

  it('is no verdict while the EHR is out of reach: nothing changes', async () => {
    const id = await seedLink()
    await world.control('unavailable', { mode: '503', seconds: 600 })
    expect(await lookAt(id)).toEqual({ outcome: 'ehr-unreachable' })
    expect(await statusOf(id)).toEqual(['active', null])
  })
})

describe('ending a link', () => {
  it('ends it with every grant on it, audit and notice together, and once', async () => {
    const id = await seedLink()
    const { accountId, ehrId, patientId } = await db().link.findUniqueOrThrow({ where: { id } })
    const grant = await db().grant.create({
      data: {
        accountId,
        linkId: id,
        appId: 'app',
        ehrId,
        patientId,
        scopes: [],
        textVersion: '1',
        language: 'en',
        shown: {},
        expiresAt: new Date(Date.now() + 1e9),
      },
    })
    const options = { why: 'person', actor: patientActor({ accountId }), accountId, now: now() } as const
    expect(await endLink(id, { ...options, accountId: randomUUID() })).toBe('not-found')
    const answers = await Promise.all(Array.from({ length: 8 }, () => endLink(id, options)))
    expect(answers.filter((one) => one === 'ended')).toHaveLength(1)
    expect(await statusOf(id)).toEqual(['ended', 'person'])
    expect((await db().grant.findUniqueOrThrow({ where: { id: grant.id } })).endedWhy).toBe('link-ended')
    expect(await db().notification.count({ where: { kind: 'link-ended' } })).toBe(1)
  })

  it('does not wait for an EHR that is out of reach', async () => {
    const id = await seedLink()
    await world.control('unavailable', { mode: '503', seconds: 600 })
    expect(await endLink(id, { why: 'staff', actor: { kind: 'staff', id: 'x' }, now: now() })).toBe('ended')
  })
})
