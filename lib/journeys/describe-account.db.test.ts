import { afterAll, beforeAll, expect, test } from 'vitest'
import { config } from '@/lib/config/config'
import { sha256 } from '@/lib/crypto/digest'
import { db } from '@/lib/db/database'
import { countOtherSessions, endOtherSessions } from '@/lib/identity/own-sign-ins'
import { describeAccount, findOwnApp, findOwnChart } from '@/lib/journeys/describe-account'
import { endLink } from '@/lib/journeys/end-link'
import { endOwnGrant } from '@/lib/journeys/end-own-grant'
import { addSeconds, now } from '@/lib/time/clock'
import { openTestDatabase } from '@/test/broker'
import { type SeededAccess, seedAccess } from '@/test/fixtures'

let drop: () => Promise<void>
let mine: SeededAccess
let hers: SeededAccess
beforeAll(async () => {
  drop = await openTestDatabase()
  const ehrId = config().ehrs[0]?.id ?? ''
  mine = await seedAccess({ ehrId, patientId: 'pMine' })
  hers = await seedAccess({ ehrId, patientId: 'pHers' })
})
afterAll(() => drop())

test('a person sees her own chart and app and nothing of anybody else, also while the EHR is out of reach', async () => {
  const account = await describeAccount(mine.accountId, now())
  expect(account.charts.map((chart) => chart.linkId)).toEqual([mine.linkId])
  expect(account.charts[0]).toMatchObject({ personName: undefined, relationship: 'self', status: 'active' })
  expect(account.apps.map((app) => app.grantId)).toEqual([mine.grantId])
  expect(account.apps[0]).toMatchObject({ name: 'fixture-app', isReviewed: true, isRemoved: false })
  expect(account.logins).toHaveLength(1)
})

test('the id of another person’s chart or app opens nothing and ends nothing', async () => {
  expect(await findOwnChart(mine.accountId, hers.linkId)).toBeUndefined()
  expect(await findOwnApp(mine.accountId, hers.grantId, now())).toBeUndefined()
  expect(await endOwnGrant(mine.accountId, hers.grantId, now())).toBe('not-found')
  const options = {
    why: 'person',
    actor: { kind: 'patient' },
    accountId: mine.accountId,
    now: now(),
  } as const
  expect(await endLink(hers.linkId, options)).toBe('not-found')
  expect((await describeAccount(hers.accountId, now())).apps).toHaveLength(1)
})

test('an app its owner stopped is gone from her page, with one audit row that names her', async () => {
  expect(await endOwnGrant(mine.accountId, mine.grantId, now())).toBe('ended')
  expect(await endOwnGrant(mine.accountId, mine.grantId, now())).toBe('not-found')
  expect((await describeAccount(mine.accountId, now())).apps).toEqual([])
  const rows = await db().auditEvent.findMany({ where: { name: 'grant.ended', grantId: mine.grantId } })
  expect(rows).toMatchObject([{ actorKind: 'patient', actor: mine.accountId, detail: { why: 'person' } }])
})

test('an app the clinic took out of service is still shown, and said to be', async () => {
  await db().app.updateMany({ where: { id: 'fixture-app' }, data: { removedAt: now() } })
  expect((await describeAccount(hers.accountId, now())).apps).toMatchObject([{ isRemoved: true }])
})

test('signing out elsewhere ends every other visit of this person, spares this one and other people', async () => {
  const here = await seedSession(mine.accountId, 'here')
  await seedSession(mine.accountId, 'lost phone')
  await seedSession(mine.accountId, 'library')
  await seedSession(hers.accountId, 'her phone')
  const session = { id: here, accountId: mine.accountId }
  expect(await countOtherSessions(session, now())).toBe(2)
  expect(await endOtherSessions(session, now())).toBe(2)
  expect(await countOtherSessions(session, now())).toBe(0)
  const alive = await db().session.findMany({ where: { endedAt: null }, orderBy: { createdAt: 'asc' } })
  expect(alive.map((row) => row.accountId)).toEqual([mine.accountId, hers.accountId])
  expect(await db().auditEvent.count({ where: { name: 'session.ended' } })).toBe(2)
})

async function seedSession(accountId: string, secret: string): Promise<string> {
  const login = await db().login.findFirstOrThrow({ where: { accountId } })
  const { id } = await db().session.create({
    data: {
      digest: sha256(secret),
      kind: 'patient',
      accountId,
      loginId: login.id,
      issuer: login.issuer,
      subject: login.subject,
      provider: login.provider,
      authTime: now(),
      expiresAt: addSeconds(now(), 3600),
    },
    select: { id: true },
  })
  return id
}
