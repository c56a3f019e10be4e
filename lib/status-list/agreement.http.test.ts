import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { decide } from '@/lib/access/decide'
import { findAuthority } from '@/lib/access/facts'
import { db, pool } from '@/lib/db/database'
import { tokenStatus, tokenStatusJoins } from '@/lib/status-list/token-status'
import { setStop } from '@/lib/stops/stops'
import { addSeconds, now } from '@/lib/time/clock'
import { openTestDatabase } from '@/test/broker'
import { type SeededAccess, seedAccess } from '@/test/fixtures'

let close: () => Promise<void>
beforeAll(async () => {
  close = await openTestDatabase()
})
afterAll(() => close())

const past = () => addSeconds(now(), -60)
const actor = { kind: 'system', id: 'test' } as const

/** What may have happened to a token, each by itself or with others. */
const happenings: Readonly<Record<string, (access: SeededAccess, appId: string) => Promise<unknown>>> = {
  'token revoked': ({ jti }) => db().accessToken.update({ where: { jti }, data: { revokedAt: past() } }),
  'family ended': ({ familyId }) =>
    db().refreshFamily.update({ where: { id: familyId }, data: { endedAt: past() } }),
  'visit gone': ({ familyId }) =>
    db().refreshFamily.update({
      where: { id: familyId },
      data: { scopes: ['patient/Patient.rs', 'online_access'], sessionId: randomUUID() },
    }),
  'away, visit gone': ({ familyId }) =>
    db().refreshFamily.update({
      where: { id: familyId },
      data: { scopes: ['online_access', 'offline_access'], sessionId: randomUUID() },
    }),
  'grant ended': ({ grantId }) => db().grant.update({ where: { id: grantId }, data: { endedAt: past() } }),
  'grant over': ({ grantId }) => db().grant.update({ where: { id: grantId }, data: { expiresAt: past() } }),
  'grant of another app': ({ grantId }) =>
    db().grant.update({ where: { id: grantId }, data: { appId: 'x' } }),
  'account ended': ({ accountId }) =>
    db().account.update({ where: { id: accountId }, data: { endedAt: past() } }),
  'link suspended': ({ linkId }) =>
    db().link.update({ where: { id: linkId }, data: { status: 'suspended' } }),
  'link ended': ({ linkId }) => db().link.update({ where: { id: linkId }, data: { status: 'ended' } }),
  'link to another chart': ({ linkId }) =>
    db().link.update({ where: { id: linkId }, data: { patientId: 'someone-else' } }),
  'proxy without a name': ({ linkId }) =>
    db().link.update({ where: { id: linkId }, data: { relationship: 'proxy', relatedPersonId: null } }),
  'app removed': (_, id) => db().app.update({ where: { id }, data: { removedAt: past() } }),
  'app paused': (_, id) => setStop('app', id, { reason: 'test', actor }),
}

it('gateway, introspection and status list agree on every token, whatever happened to it', async () => {
  let count = 0
  const some = fc.uniqueArray(fc.constantFrom(...Object.keys(happenings)), { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(some, async (names) => {
      const appId = `app-${++count}`
      const patientId = `patient-${count}`
      const access = await seedAccess({ ehrId: 'demo', patientId, appId, scopes: ['patient/Patient.rs'] })
      for (const name of names) await happenings[name]?.(access, appId)
      const at = now()
      const authority = await findAuthority(access.jti)
      const asked = {
        ehrId: 'demo',
        interaction: 'read',
        type: 'Patient',
        id: patientId,
        categories: [],
        patientId: undefined,
      } as const
      const { jti, accountId: sub } = access
      const token = {
        jti,
        sub,
        clientId: appId,
        patient: patientId,
        expiresAt: addSeconds(at, 60),
        acr: undefined,
        authTime: at,
      }
      const decision = decide({ now: at, asked, token, authority, stepUpRules: [] })
      const { rows } = await pool().query<{ status: number }>(
        `SELECT ${tokenStatus('$2')} AS status FROM access_token t ${tokenStatusJoins} WHERE t.jti = $1`,
        [jti, at],
      )
      expect([names, rows[0]?.status === 0]).toEqual([names, decision.permit])
    }),
    { numRuns: 40, examples: Object.keys(happenings).map((name) => [[name]]) },
  )
})
