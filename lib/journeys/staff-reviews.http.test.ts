import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { countAlerts } from '@/lib/alerts/alerts'
import { db } from '@/lib/db/database'
import { withRequestContext } from '@/lib/http/request-context'
import { loginNumber } from '@/lib/identity/linking-suspension'
import { type PatientSession, type StaffSession, staffActor } from '@/lib/identity/session'
import { sealHandle } from '@/lib/journeys/chart-handle'
import { confirmLink } from '@/lib/journeys/confirm-link'
import { lookAgain } from '@/lib/journeys/recheck-link'
import { type Redemption, redeemCode } from '@/lib/journeys/redeem-code'
import { reportNotMe } from '@/lib/journeys/report-not-me'
import { openChart } from '@/lib/journeys/staff-charts'
import {
  closeStaffAlert,
  liftChartLink,
  listStaffAlerts,
  type StaffAlertView,
  unlockChart,
} from '@/lib/journeys/staff-reviews'
import { tellLockedRecords } from '@/lib/journeys/tell-locked-records'
import { newCode } from '@/lib/linking/activation-code'
import { findLink } from '@/lib/linking/links'
import { sendNotices } from '@/lib/notifications/send-notices'
import { addSeconds, now } from '@/lib/time/clock'
import { type LinkingWorld, person, startLinkingWorld, startMailSink } from '@/test/linking-world'

let world: LinkingWorld
let mail: Awaited<ReturnType<typeof startMailSink>>
let dana: StaffSession
let network = 0
const maya = person('maya')
const layla = person('layla')

beforeAll(async () => {
  mail = await startMailSink({ smtpPort: 0, httpPort: 0 })
  world = await startLinkingWorld({ environment: { SMTP_URL: mail.smtpUrl } })
  dana = await world.signInStaff()
})
afterAll(async () => {
  await world.stop()
  await mail.close()
})
beforeEach(async () => {
  await world.control('reset', {})
  await fetch(`${mail.url}/messages.json`, { method: 'DELETE' })
  await db().rateLimitHit.deleteMany()
  await db().staffAlert.deleteMany()
  await db().notification.deleteMany()
  await db().link.updateMany({ data: { status: 'ended', disputedAt: null } })
})

async function redeem(session: PatientSession, code: string, birthDate: string): Promise<Redemption> {
  network += 1
  return withRequestContext({ requestId: 'test', clientAddress: `10.${network % 250}.8.7` }, () =>
    redeemCode(session, { code, birthDate }, { now: now(), padMilliseconds: 0 }),
  )
}

/** Five wrong birth dates by two sign-ins lock a record. */
async function lock(who = maya): Promise<void> {
  const { normal, id } = await world.issue(who)
  const sessions = [await world.signIn(), await world.signIn()]
  for (let at = 0; at < 5; at += 1) {
    const session = sessions[at % 2]
    if (session) await redeem(session, normal, `1970-01-0${at + 1}`)
  }
  await db().activationCode.update({
    where: { id },
    data: { triesLeft: 5, revokedAt: null, revokedWhy: null },
  })
}

async function open(session: PatientSession, who = maya): Promise<string> {
  const { normal } = await world.issue(who)
  const redeemed = await redeem(session, normal, who.birthDate)
  if (redeemed.outcome !== 'proposed') throw new Error(redeemed.reason)
  const confirmed = await confirmLink(session, redeemed.proposalId, { now: now() })
  if (confirmed.outcome !== 'linked') throw new Error(confirmed.reason)
  return confirmed.linkId
}

async function alerts(): Promise<readonly StaffAlertView[]> {
  return listStaffAlerts(dana, now())
}

function chartOf(who = maya, staff = dana): string {
  return sealHandle(staff, { ehrId: 'demo', patientId: who.patientId, reason: 'alert' }, now())
}

async function audited(name: string): Promise<readonly unknown[]> {
  const rows = await db().auditEvent.findMany({ where: { name }, orderBy: { at: 'asc' } })
  return rows.map((row) => row.detail)
}

async function dispute(linkId: string): Promise<void> {
  const text = (await messages()).find((one) => one.text.includes('#n='))?.text ?? ''
  const number = /#n=(\S+)/.exec(text)?.[1] ?? ''
  expect(await reportNotMe(number, now())).toBe('received')
  expect((await db().link.findUniqueOrThrow({ where: { id: linkId } })).status).toBe('suspended')
}

async function messages(): Promise<readonly { readonly text: string; readonly to: readonly string[] }[]> {
  await sendNotices()
  return (await fetch(`${mail.url}/messages.json`)).json()
}

describe('[link-A8] a record locked by failures', () => {
  it('alerts staff once, and tells the contact on record once per lock, in words that name nobody', async () => {
    await lock(layla)
    await tellLockedRecords(now())
    await tellLockedRecords(now())
    const sent = await messages()
    expect(sent.map(({ to }) => to)).toEqual([[layla.contact.email]])
    for (const secret of [layla.name, layla.birthDate, layla.mrn, layla.patientId, '/not-me'])
      expect(sent[0]?.text).not.toContain(secret)
    expect((await alerts()).map(({ kind }) => kind)).toEqual(['record-locked'])
    const guesser = await world.signIn()
    const { normal } = await world.issue(layla)
    await redeem(guesser, normal, '1971-01-01')
    await tellLockedRecords(now())
    expect(await messages()).toHaveLength(1)
  })

  it('[link-A11] speaks the language the chart prefers, and the clinic’s first where it has no other', async () => {
    await lock(maya)
    await lock(layla)
    await tellLockedRecords(now())
    const rows = await db().notification.findMany({ where: { kind: 'record-locked' } })
    expect(rows.map(({ language }) => language).sort()).toEqual(['en', 'es'])
  })

  it('a second lock a day later, its alert still open, is told again', async () => {
    await lock(layla)
    await tellLockedRecords(now())
    await db().rateLimitHit.deleteMany()
    await db().staffAlert.updateMany({ data: { raisedAt: addSeconds(now(), -90_000) } })
    await lock(layla)
    await tellLockedRecords(now())
    expect(await db().notification.count({ where: { kind: 'record-locked' } })).toBe(2)
    expect(await countAlerts()).toBe(1)
  })

  it('asks the EHR nothing during the attempt, and later again while it is out of reach', async () => {
    const before = await world.accessLog()
    const { normal, id } = await world.issue(layla)
    const issued = await world.accessLog()
    expect(issued).not.toBe(before)
    for (let at = 0; at < 5; at += 1) await redeem(await world.signIn(), normal, `1970-01-0${at + 1}`)
    await db().activationCode.update({ where: { id }, data: { triesLeft: 5 } })
    expect(await world.accessLog()).toBe(issued)
    await world.control('unavailable', { mode: '503', seconds: 600 })
    await lock(layla).catch(() => undefined)
    await tellLockedRecords(now())
    expect(await db().notification.count()).toBe(0)
    await world.control('unavailable', { mode: '503', seconds: 0 })
    await tellLockedRecords(now())
    expect(await db().notification.count({ where: { kind: 'record-locked' } })).toBe(1)
  })

  it('a child’s record is told to no contact, which may be a parent’s: the desk has the alert', async () => {
    const theo = person('theo')
    const relatedPersonId = person('ingrid').relatedPersonId
    const order = { relationship: 'proxy' as const, relatedPersonId }
    const { normal } = await world.issue(theo, order)
    const session = await world.signIn()
    for (let at = 0; at < 5; at += 1) await redeem(session, normal, `1970-01-0${at + 1}`)
    await tellLockedRecords(now())
    expect(await db().notification.count()).toBe(0)
    expect((await audited('notice.written')).at(-1)).toEqual({ kind: 'record-locked', way: 'desk' })
    expect((await alerts()).map(({ kind }) => kind)).toEqual(['record-locked'])
  })

  it('is unlocked by the desk with a reason, and the owner’s code opens the chart at once', async () => {
    await lock()
    const opened = await openChart(dana, chartOf(), now())
    expect(opened.outcome === 'open' && opened.chart.lockedUntil).toBeInstanceOf(Date)
    const { normal } = await world.issue(maya)
    expect((await redeem(await world.signIn(), normal, maya.birthDate)).outcome).toBe('refused')
    expect(await unlockChart(dana, chartOf(), 'id-checked', now())).toBe('done')
    expect((await redeem(await world.signIn(), normal, maya.birthDate)).outcome).toBe('proposed')
    expect((await audited('record.unlocked')).at(-1)).toEqual({ reason: 'id-checked' })
    expect(await alerts()).toEqual([])
    const again = await openChart(dana, chartOf(), now())
    expect(again.outcome === 'open' && again.chart.lockedUntil).toBeUndefined()
  })

  it('is not unlocked by somebody whose own record it is, nor with a colleague’s handle', async () => {
    await lock()
    const ruth = await world.signInStaff('ruth')
    expect(await unlockChart(ruth, chartOf(maya, dana), 'id-checked', now())).toBe('expired')
    await db().rateLimitHit.deleteMany()
    const session = await world.signIn()
    await open(session)
    await lock()
    await db().login.update({
      where: { id: session.loginId },
      data: { issuer: dana.issuer, subject: dana.subject },
    })
    expect(await unlockChart(dana, chartOf(), 'id-checked', now())).toBe('own-record')
    const opened = await openChart(dana, chartOf(), now())
    expect(opened.outcome === 'open' && opened.chart.lockedUntil).toBeInstanceOf(Date)
    await db().login.update({ where: { id: session.loginId }, data: { subject: 'somebody' } })
  })
})

describe('[link-A8] a sign-in that tries too many records', () => {
  async function tryThree(session: PatientSession): Promise<readonly Redemption[]> {
    const answers = []
    for (const key of ['maya', 'layla', 'chloe']) {
      const { normal } = await world.issue(person(key))
      answers.push(await redeem(session, normal, person(key).birthDate))
    }
    return answers
  }

  it('is suspended with the one answer, opens nothing more a month later, and staff is alerted with its number', async () => {
    const session = await world.signIn()
    expect((await tryThree(session)).at(-1)).toEqual({ outcome: 'refused', reason: 'not-matched' })
    const [alert] = await alerts()
    expect(alert).toMatchObject({
      kind: 'login-suspended',
      signIn: { provider: 'Sunrise ID', number: loginNumber(session.loginId) },
    })
    await db().rateLimitHit.deleteMany()
    const { normal } = await world.issue(person('naomi'))
    expect(await redeem(session, normal, person('naomi').birthDate)).toEqual({
      outcome: 'refused',
      reason: 'not-matched',
    })
    expect((await audited('link.attempted')).at(-1)).toMatchObject({ reason: 'login-suspended' })
    expect((await audited('login.linking-suspended')).at(-1)).toEqual({ why: 'too-many-records' })
    expect(JSON.stringify(await audited('alert.raised'))).not.toContain(session.subject)
  })

  it('links nothing by a proposal that was open before', async () => {
    const session = await world.signIn()
    const { normal } = await world.issue(maya)
    const redeemed = await redeem(session, normal, maya.birthDate)
    await db().login.update({ where: { id: session.loginId }, data: { linkingSuspendedAt: now() } })
    if (redeemed.outcome !== 'proposed') throw new Error(redeemed.reason)
    expect(await confirmLink(session, redeemed.proposalId, { now: now() })).toEqual({
      outcome: 'refused',
      reason: 'call-clinic',
    })
    expect(await db().link.count({ where: { accountId: session.accountId } })).toBe(0)
  })

  it('links again when staff lifted it with a reason, which nobody does for their own sign-in', async () => {
    const session = await world.signIn()
    await tryThree(session)
    const [alert] = await alerts()
    const own = { ...dana, issuer: session.issuer, subject: session.subject }
    expect(await closeStaffAlert(own, alert?.id ?? '', 'our-error', now())).toBe('own-record')
    expect(await closeStaffAlert(dana, alert?.id ?? '', 'called-back', now())).toBe('done')
    expect(await closeStaffAlert(dana, alert?.id ?? '', 'called-back', now())).toBe('nothing-to-do')
    const { normal } = await world.issue(person('chloe'))
    expect((await redeem(session, normal, person('chloe').birthDate)).outcome).toBe('proposed')
    expect((await audited('login.linking-resumed')).at(-1)).toEqual({ reason: 'called-back' })
    expect(await alerts()).toEqual([])
  })
})

it('[link-A8] codes that do not exist, in numbers, alert staff once on the same page', async () => {
  for (let at = 0; at < 53; at += 1) {
    if (at % 4 === 0)
      await db().rateLimitHit.deleteMany({ where: { expiresAt: { gt: addSeconds(now(), 3700) } } })
    await redeem(await world.signIn(), newCode(), '1970-01-01')
  }
  expect((await alerts()).map(({ kind }) => kind)).toEqual(['many-unknown-codes'])
  const [alert] = await alerts()
  expect(await closeStaffAlert(dana, alert?.id ?? '', 'our-error', now())).toBe('done')
  expect(await countAlerts()).toBe(0)
})

describe('[link-A11] a link that its contact disowned', () => {
  it('stands among the alerts, and the desk lifts it after checking the person; the contact is told', async () => {
    const session = await world.signIn()
    const linkId = await open(session, layla)
    await dispute(linkId)
    expect((await alerts()).map(({ kind }) => kind)).toEqual(['link-on-hold'])
    await db().notification.deleteMany()
    expect(await liftChartLink(dana, chartOf(layla), { linkId, reason: 'id-checked', now: now() })).toBe(
      'done',
    )
    const row = await db().link.findUniqueOrThrow({ where: { id: linkId } })
    expect(row).toMatchObject({ status: 'active', disputedAt: null, endedWhy: null })
    expect((await audited('link.resumed')).at(-1)).toEqual({ was: 'not-me', reason: 'id-checked' })
    expect(await db().notification.count({ where: { kind: 'link-resumed' } })).toBe(1)
    expect(await alerts()).toEqual([])
    expect(await liftChartLink(dana, chartOf(layla), { linkId, reason: 'id-checked', now: now() })).toBe(
      'nothing-to-do',
    )
  })

  it('is not lifted on another chart’s page, for a closed chart, or while the EHR is out of reach', async () => {
    const linkId = await open(await world.signIn(), layla)
    await dispute(linkId)
    const lift = (who = layla): Promise<string> =>
      liftChartLink(dana, chartOf(who), { linkId, reason: 'id-checked', now: now() })
    expect(await lift(maya)).toBe('nothing-to-do')
    await world.control('patient', { id: layla.patientId, active: false })
    expect(await lift()).toBe('not-eligible')
    await world.control('patient', { id: layla.patientId, active: true })
    await world.control('unavailable', { mode: '503', seconds: 600 })
    expect(await lift()).toBe('unreachable')
    expect((await db().link.findUniqueOrThrow({ where: { id: linkId } })).status).toBe('suspended')
  })

  it('[link-A10] a link to a record that changed a lot waits for staff, and once lifted holds for what was checked', async () => {
    const linkId = await open(await world.signIn(), layla)
    await world.control('patient', { id: layla.patientId, birthDate: '1991-01-02' })
    const look = async (): Promise<string | undefined> => {
      const link = await findLink(db(), linkId)
      return link && (await lookAgain(link, now())).outcome
    }
    expect(await look()).toBe('suspended')
    expect((await alerts()).map(({ kind }) => kind)).toEqual(['link-on-hold'])
    const lifted = await liftChartLink(dana, chartOf(layla), { linkId, reason: 'id-checked', now: now() })
    expect(lifted).toBe('done')
    expect(await look()).toBe('good')
  })

  it('who lifts is in the audit', async () => {
    const linkId = await open(await world.signIn(), layla)
    await dispute(linkId)
    await liftChartLink(dana, chartOf(layla), { linkId, reason: 'called-back', now: now() })
    const rows = await db().auditEvent.findMany({ where: { name: 'link.resumed', linkId } })
    expect(rows.map(({ actor, actorKind }) => [actor, actorKind])).toEqual([[staffActor(dana).id, 'staff']])
  })
})
