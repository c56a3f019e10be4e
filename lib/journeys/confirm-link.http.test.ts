import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { endSession } from '@/lib/identity/change-session'
import { findPatient, type PatientSession } from '@/lib/identity/session'
import { confirmLink, declineProposal } from '@/lib/journeys/confirm-link'
import { describeProposal } from '@/lib/journeys/look-at-proposal'
import { type Redemption, redeemCode } from '@/lib/journeys/redeem-code'
import { reportNotMe } from '@/lib/journeys/report-not-me'
import { parseCode } from '@/lib/linking/activation-code'
import { sendNotices } from '@/lib/notifications/send-notices'
import { addSeconds, now } from '@/lib/time/clock'
import { type LinkingWorld, person, startLinkingWorld, startMailSink } from '@/test/linking-world'

let world: LinkingWorld

beforeAll(async () => {
  world = await startLinkingWorld()
})
afterAll(() => world.stop())
beforeEach(async () => {
  await db().rateLimitHit.deleteMany()
  await db().notification.deleteMany()
  // at most five sign-ins open one record: those of the test before are closed
  await db().link.updateMany({ data: { status: 'ended' } })
})

const maya = person('maya')

async function propose(session: PatientSession, key = 'maya'): Promise<string> {
  const who = person(key)
  const { normal } = await world.issue(who)
  const entry = { code: normal, birthDate: who.birthDate }
  return proposalOf(await redeemCode(session, entry, { now: now(), padMilliseconds: 0 }))
}

function proposalOf(redeemed: Redemption): string {
  if (redeemed.outcome !== 'proposed') throw new Error(redeemed.reason)
  return redeemed.proposalId
}

async function link(session: PatientSession, key = 'maya'): Promise<string> {
  const confirmed = await confirmLink(session, await propose(session, key), { now: now() })
  if (confirmed.outcome !== 'linked') throw new Error(confirmed.reason)
  return confirmed.linkId
}

describe('a link is written after the person saw which sign-in will open which chart', () => {
  it('shows both, the chart as its EHR spells it now', async () => {
    const session = await world.signIn()
    await propose(session)
    const described = await describeProposal(session, now())
    expect(described).toMatchObject({
      outcome: 'open',
      view: {
        providerName: 'Sunrise ID',
        patientName: 'Maya Rivera',
        birthYear: '1988',
        relationship: 'self',
      },
    })
  })

  it('writes link, evidence, audit and notice together, and evidence holds nothing in clear', async () => {
    const session = await world.signIn()
    const linkId = await link(session)
    const row = await db().link.findUniqueOrThrow({ where: { id: linkId } })
    expect(row).toMatchObject({
      status: 'active',
      method: 'activation-code',
      level: 'L-desk',
      loginId: session.loginId,
    })
    expect(row.evidence).toMatchObject({
      rule: 'activation-code/1',
      matched: ['activation-code', 'birth-date'],
    })
    const kept = JSON.stringify([
      row.evidence,
      await db().auditEvent.findMany(),
      await db().notification.findMany(),
    ])
    for (const canary of [
      maya.birthDate,
      maya.name,
      'Rivera',
      maya.mrn,
      maya.contact.email ?? '',
      session.subject,
    ])
      expect(kept).not.toContain(canary)
    const events = await db().auditEvent.findMany({ where: { linkId }, orderBy: { at: 'asc' } })
    expect(events.map((event) => event.name)).toEqual(['link.created', 'notice.written'])
  })

  it('changes the session’s id: whoever knew the old cookie holds nothing', async () => {
    const session = await world.signIn()
    const confirmed = await confirmLink(session, await propose(session), { now: now() })
    expect(await findPatient(world.cookieOf(session), now())).toBeUndefined()
    const cookie = confirmed.outcome === 'linked' ? confirmed.setCookie.split(';')[0] : ''
    expect((await findPatient(cookie, now()))?.accountId).toBe(session.accountId)
  })

  it('is nothing in another session, after ten minutes, or a second time', async () => {
    const session = await world.signIn()
    const proposal = await propose(session)
    const nothing = { outcome: 'refused', reason: 'no-proposal' }
    expect(await confirmLink(await world.signIn(), proposal, { now: now() })).toEqual(nothing)
    expect(await confirmLink(session, proposal, { now: addSeconds(now(), 601) })).toEqual(nothing)
    expect((await confirmLink(session, proposal, { now: now() })).outcome).toBe('linked')
    expect((await confirmLink(session, proposal, { now: now() })).outcome).toBe('refused')
  })

  it('"not my sign-in" ends the session and leaves the code good; "not my chart" ends the code', async () => {
    const shared = await world.signIn()
    const { normal, id } = await world.issue(maya)
    const entry = { code: normal, birthDate: maya.birthDate }
    const at = { now: now(), padMilliseconds: 0 }
    const first = await redeemCode(shared, entry, at)
    await declineProposal(shared, proposalOf(first), 'sign-in', { now: now() })
    expect(await findPatient(world.cookieOf(shared), now())).toBeUndefined()
    const own = await world.signIn()
    await declineProposal(own, proposalOf(await redeemCode(own, entry, at)), 'chart', { now: now() })
    const code = await db().activationCode.findUniqueOrThrow({ where: { id } })
    expect(code.revokedWhy).toBe('not-me')
    expect(await db().link.count({ where: { accountId: { in: [shared.accountId, own.accountId] } } })).toBe(0)
  })

  it('"not my chart" ends the code of the page it was said on, not that of a newer one in another tab', async () => {
    const session = await world.signIn()
    const [older, newer] = [await world.issue(maya), await world.issue(person('ingrid'))]
    const at = { now: now(), padMilliseconds: 0 }
    const shown = proposalOf(await redeemCode(session, { code: older.normal, birthDate: maya.birthDate }, at))
    const birthDate = person('ingrid').birthDate
    const other = proposalOf(await redeemCode(session, { code: newer.normal, birthDate }, at))
    await declineProposal(await world.signIn(), other, 'chart', { now: now() })
    await declineProposal(session, shown, 'chart', { now: now() })
    const why = async (id: string) =>
      (await db().activationCode.findUniqueOrThrow({ where: { id } })).revokedWhy
    expect([await why(older.id), await why(newer.id)]).toEqual(['not-me', null])
    expect((await confirmLink(session, other, { now: now() })).outcome).toBe('linked')
  })

  it('links nothing and breaks nothing when the session ended in another tab meanwhile', async () => {
    const session = await world.signIn()
    const proposal = await propose(session)
    await db().$transaction((tx) => endSession(tx, session.id, 'sign-out', now()))
    const confirmed = await confirmLink(session, proposal, { now: now() })
    expect(confirmed).toEqual({ outcome: 'refused', reason: 'no-proposal' })
    expect(await db().link.count({ where: { accountId: session.accountId } })).toBe(0)
  })

  it('one sign-in opens one chart of its own: a second is refused, the first told again', async () => {
    const session = await world.signIn()
    await link(session)
    const other = person('layla')
    const { normal } = await world.issue(other)
    const at = { now: now(), padMilliseconds: 0 }
    expect(await redeemCode(session, { code: normal, birthDate: other.birthDate }, at)).toMatchObject({
      reason: 'other-chart-open',
    })
    const again = await world.issue(maya)
    expect(await redeemCode(session, { code: again.normal, birthDate: maya.birthDate }, at)).toMatchObject({
      reason: 'already-open',
    })
  })

  it('two people of one name never see each other’s chart: the other birth date opens nothing', async () => {
    const { normal } = await world.issue(person('maya-two'))
    const session = await world.signIn()
    const redeemed = await redeemCode(
      session,
      { code: normal, birthDate: maya.birthDate },
      { now: now(), padMilliseconds: 0 },
    )
    expect(redeemed).toEqual({ outcome: 'refused', reason: 'not-matched' })
  })

  it('a mother opens her son’s chart as proxy, beside her own, while the EHR names her', async () => {
    const { relatedPersonId } = person('ingrid')
    const theo = person('theo')
    await expect(world.issue(theo)).rejects.toThrow('under-age')
    const session = await world.signIn()
    await link(session, 'ingrid')
    const { normal } = await world.issue(theo, {
      relationship: 'proxy',
      relatedPersonId,
      receivedBy: 'parent-in-person',
    })
    const redeemed = await redeemCode(
      session,
      { code: normal, birthDate: theo.birthDate },
      { now: now(), padMilliseconds: 0 },
    )
    expect(redeemed.outcome).toBe('proposed')
    const proposal = redeemed.outcome === 'proposed' ? redeemed.proposalId : ''
    expect((await confirmLink(session, proposal, { now: now() })).outcome).toBe('linked')
    const links = await db().link.findMany({ where: { accountId: session.accountId } })
    expect(links.map((row) => row.relationship).sort()).toEqual(['proxy', 'self'])
  })
})

describe('[A2] a code is spent once', () => {
  it('of 64 people who confirm one code at once, one is linked', async () => {
    const { id } = await world.issue(maya)
    const racers: { session: PatientSession; proposal: string }[] = []
    for (let at = 0; at < 64; at++) {
      const session = await world.signIn()
      const { id: proposal } = await db().linkProposal.create({
        data: {
          sessionId: session.id,
          accountId: session.accountId,
          activationCodeId: id,
          expiresAt: addSeconds(now(), 600),
        },
      })
      racers.push({ session, proposal })
    }
    const before = await db().link.count()
    const answers = await Promise.all(
      racers.map(({ session, proposal }) => confirmLink(session, proposal, { now: now() })),
    )
    expect(answers.filter((one) => one.outcome === 'linked')).toHaveLength(1)
    const lost = answers.filter((one) => one.outcome === 'refused').map((one) => one.reason)
    expect(new Set(lost)).toEqual(new Set(['no-longer-live']))
    expect(await db().link.count()).toBe(before + 1)
  })

  it('of 16 equal posts of one person, one is linked and the session still lives', async () => {
    const session = await world.signIn()
    const proposal = await propose(session)
    const answers = await Promise.all(
      Array.from({ length: 16 }, () => confirmLink(session, proposal, { now: now() })),
    )
    const linked = answers.flatMap((one) => (one.outcome === 'linked' ? [one.setCookie] : []))
    expect(linked).toHaveLength(1)
    expect(await findPatient(linked[0]?.split(';')[0], now())).toBeDefined()
  })

  it('a code issued again leaves the old one dead, even with its proposal open', async () => {
    const session = await world.signIn()
    const proposal = await propose(session)
    await world.issue(maya)
    expect(await confirmLink(session, proposal, { now: now() })).toEqual({
      outcome: 'refused',
      reason: 'no-longer-live',
    })
  })
})

describe('[A11] the person on record is told', () => {
  it('by a neutral mail that leaves through SMTP, and "this was not me" suspends that link and no other', async () => {
    const sink = await startMailSink({ smtpPort: 0, httpPort: 0 })
    const before = config()
    setConfig({ ...before, environment: { ...before.environment, SMTP_URL: sink.smtpUrl } })
    try {
      const other = await link(await world.signIn(), 'layla')
      await db().notification.deleteMany()
      const linkId = await link(await world.signIn())
      await sendNotices()
      const inbox = await (await fetch(sink.url)).text()
      expect(inbox).toContain(maya.contact.email)
      const page =
        /href="([^"]*message[^"]*)"/.exec(inbox)?.[1] ?? /href="(\/[a-z]+\/[^"]+)"/.exec(inbox)?.[1] ?? ''
      const mail = await (await fetch(new URL(page, sink.url))).text()
      for (const forbidden of ['Sunrise', 'Lab Window', 'Rivera', 'HbA1c'])
        expect(mail).not.toContain(forbidden)
      const number =
        parseCode(/[0-9A-HJKMNP-TV-Z]{5}(?:-[0-9A-HJKMNP-TV-Z]{5}){2}/.exec(mail)?.[0] ?? '') ?? ''
      const row = await db().notification.findFirstOrThrow()
      expect(row.sentAt).not.toBeNull()
      expect(row.sealedTo).toBeNull()
      expect(await reportNotMe('00000-00000-00000', now())).toBe('received')
      expect((await db().link.findUniqueOrThrow({ where: { id: linkId } })).status).toBe('active')
      expect(await reportNotMe(number, now())).toBe('received')
      expect((await db().link.findUniqueOrThrow({ where: { id: linkId } })).status).toBe('suspended')
      expect((await db().link.findUniqueOrThrow({ where: { id: other } })).status).toBe('active')
    } finally {
      setConfig(before)
      await sink.close()
    }
  })

  it('at the desk, and the audit says so, when the EHR marks no contact usable', async () => {
    const linkId = await link(await world.signIn(), 'agnes')
    expect(await db().notification.count()).toBe(0)
    const told = await db().auditEvent.findFirstOrThrow({ where: { name: 'notice.written', linkId } })
    expect(told.detail).toEqual({ kind: 'link-created', way: 'desk' })
  })

  it('once: what cannot be sent waits, and is given up after twelve tries with the address erased', async () => {
    const before = config()
    setConfig({ ...before, environment: { ...before.environment, SMTP_URL: 'smtp://127.0.0.1:1' } })
    try {
      await link(await world.signIn())
      await sendNotices()
      const { id, attempts, sealedTo } = await db().notification.findFirstOrThrow()
      expect([attempts, sealedTo === null]).toEqual([1, false])
      await db().notification.update({ where: { id }, data: { attempts: 11, notBefore: now() } })
      await sendNotices()
      const row = await db().notification.findFirstOrThrow()
      expect([row.failedAt === null, row.sealedTo]).toEqual([false, null])
    } finally {
      setConfig(before)
    }
  })

  it('never lets numbers be tried in bulk', async () => {
    const answers = []
    for (let at = 0; at < 11; at++) answers.push(await reportNotMe(randomCode(), now()))
    expect(answers.slice(0, 10)).toEqual(Array(10).fill('received'))
    expect(answers.at(-1)).toBe('limited')
  })
})

function randomCode(): string {
  return randomUUID()
    .replace(/[^0-9a-f]/g, '')
    .slice(0, 15)
}
