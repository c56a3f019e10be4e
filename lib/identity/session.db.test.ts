import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { config, type Provider, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { renewSession } from '@/lib/identity/change-session'
import { issueStaffInvitation, redeemStaffInvitation } from '@/lib/identity/invitations'
import { openSession } from '@/lib/identity/new-session'
import { findProvider } from '@/lib/identity/providers'
import { listRoles } from '@/lib/identity/roles'
import { findPatient, findStaff, type StaffSession } from '@/lib/identity/session'
import { signOut } from '@/lib/identity/sign-out'
import { sweepIdentity } from '@/lib/identity/sweep'
import { addSeconds } from '@/lib/time/clock'
import { openTestDatabase } from '@/test/broker'

const start = new Date('2026-11-23T08:00:00Z')
const minutes = (count: number): Date => addSeconds(start, count * 60)
let close: () => Promise<void>
let made = 0

beforeAll(async () => {
  close = await openTestDatabase()
})
afterAll(() => close())
beforeEach(() => {
  setConfig({ ...config(), roles: [] })
})

function provider(id: string): Provider {
  const found = findProvider(id)
  if (!found) throw new Error(`no provider ${id}`)
  return found
}

type Signing = {
  readonly amr?: readonly string[]
  readonly claims?: Record<string, string | readonly string[]>
}

/** Signs somebody in without a provider. @returns the browser's `Cookie` header */
async function signIn(
  id: string,
  subject: string,
  { amr = ['pwd', 'otp'], claims = {} }: Signing = {},
): Promise<string> {
  const { issuer } = provider(id)
  const identity = { issuer, subject, authTime: start, acr: null, amr, roleClaims: claims }
  const opened = await openSession(provider(id), { identity, cookieHeader: null, now: start })
  if (opened.outcome === 'refused') throw new Error(opened.reason)
  return opened.setCookie.split(';')[0] ?? ''
}

async function staff(signing?: Signing): Promise<StaffSession> {
  const found = await findStaff(await signIn('harbor-staff', `work-${++made}`, signing), start)
  if (!found) throw new Error('no session')
  return found
}

describe('limits', () => {
  it.each([
    ['sunrise', findPatient, 30, 12 * 60],
    ['harbor-staff', findStaff, 15, 8 * 60],
  ] as const)('a session of %s rests for its idle time and no longer', async (id, find, idle, absolute) => {
    const idler = await signIn(id, `idle-${id}`)
    expect(await find(idler, minutes(idle - 1))).toBeDefined()
    expect(await find(idler, minutes(idle - 1 + idle))).toBeUndefined()
    const worker = await signIn(id, `busy-${id}`)
    for (let at = 5; at < absolute; at += 5) expect(await find(worker, minutes(at))).toBeDefined()
    expect(await find(worker, minutes(absolute))).toBeUndefined()
  })

  it('reading a session over and over in one half minute writes once', async () => {
    const cookie = await signIn('sunrise', 'burst')
    await findPatient(cookie, addSeconds(start, 10))
    const row = await db().session.findFirstOrThrow({ where: { subject: 'burst' } })
    expect(row.lastSeenAt).toEqual(start)
    await findPatient(cookie, addSeconds(start, 40))
    expect((await db().session.findFirstOrThrow({ where: { subject: 'burst' } })).lastSeenAt).toEqual(
      addSeconds(start, 40),
    )
  })
})

describe('ends', () => {
  it('signing out ends the row and removes the cookie', async () => {
    const cookie = await signIn('sunrise', 'leaver')
    expect(await signOut('patient', cookie, minutes(1))).toMatch(/Max-Age=0/)
    expect(await findPatient(cookie, minutes(1))).toBeUndefined()
    const row = await db().session.findFirstOrThrow({ where: { subject: 'leaver' } })
    expect(row).toMatchObject({ endedAt: minutes(1), endedWhy: 'sign-out' })
    expect(await db().auditEvent.count({ where: { name: 'session.ended', accountId: row.accountId } })).toBe(
      1,
    )
  })

  it('an ended account and a removed login are dead with the next request', async () => {
    const [a, b] = [await signIn('sunrise', 'closed'), await signIn('sunrise', 'removed')]
    const account = (await findPatient(a, start))?.accountId ?? ''
    await db().account.update({ where: { id: account }, data: { endedAt: start } })
    await db().login.updateMany({ where: { subject: 'removed' }, data: { removedAt: start } })
    expect(await findPatient(a, start)).toBeUndefined()
    expect(await findPatient(b, start)).toBeUndefined()
  })

  it('[RP-key] the same subject at two issuers is two people', async () => {
    const [a, b] = [await signIn('sunrise', 'same'), await signIn('northwind', 'same')]
    const accounts = [(await findPatient(a, start))?.accountId, (await findPatient(b, start))?.accountId]
    expect(accounts[0]).toBeDefined()
    expect(accounts[1]).not.toBe(accounts[0])
  })

  it('an ended account cannot be signed in to again, and a removed login comes back as another person', async () => {
    const { issuer } = provider('sunrise')
    const identity = { issuer, subject: 'closed', authTime: start, acr: null, amr: [], roleClaims: {} }
    const again = await openSession(provider('sunrise'), { identity, cookieHeader: null, now: start })
    expect(again).toEqual({ outcome: 'refused', reason: 'account-ended' })
    await signIn('sunrise', 'removed')
    const accounts = await db().login.findMany({ where: { subject: 'removed' } })
    expect(new Set(accounts.map(({ accountId }) => accountId)).size).toBe(2)
  })

  it('a provider taken out of the configuration, or turned into one for staff, takes its sessions along', async () => {
    const cookie = await signIn('northwind', 'gone')
    const before = config()
    setConfig({ ...before, providers: before.providers.filter(({ id }) => id !== 'northwind') })
    expect(await findPatient(cookie, start)).toBeUndefined()
    setConfig({ ...before, providers: before.providers.map((p) => ({ ...p, workforce: true })) })
    expect(await findPatient(cookie, start)).toBeUndefined()
    setConfig(before)
    expect(await findPatient(cookie, start)).toBeDefined()
  })

  it('[RP-session] linking changes the cookie’s value at once and keeps who is signed in', async () => {
    const cookie = await signIn('sunrise', 'linker')
    const session = await findPatient(cookie, start)
    if (!session) throw new Error('no session')
    const renewed = await db().$transaction((tx) => renewSession(tx, session, minutes(1)))
    expect(await findPatient(cookie, minutes(1))).toBeUndefined()
    expect(await findPatient(renewed.setCookie.split(';')[0], minutes(1))).toEqual(renewed.session)
    expect(renewed.session).toEqual({ ...session, linkedAt: minutes(1) })
  })

  it('a session that ended meanwhile is not brought back by linking', async () => {
    const cookie = await signIn('sunrise', 'late')
    const session = await findPatient(cookie, start)
    if (!session) throw new Error('no session')
    await signOut('patient', cookie, start)
    await expect(db().$transaction((tx) => renewSession(tx, session, start))).rejects.toMatchObject({
      code: 'session-ended',
    })
  })

  it('on https the cookie is Secure and bound to the host, and the plain name counts for nothing', async () => {
    const plain = await signIn('sunrise', 'secure')
    const before = config()
    setConfig({ ...before, isHttps: true })
    const secure = await signIn('sunrise', 'secure')
    expect(secure).toMatch(/^__Host-vestibule\.session=/)
    expect(await findPatient(secure, start)).toBeDefined()
    expect(await findPatient(plain, start)).toBeUndefined()
    setConfig(before)
  })

  it('two cookies of one name count as none', async () => {
    const cookie = await signIn('sunrise', 'doubled')
    expect(await findPatient(`${cookie}; ${cookie.replace(/=.*/, '=planted')}`, start)).toBeUndefined()
  })
})

describe('the sweep', () => {
  it('deletes sessions 30 days after their end and no others', async () => {
    await signIn('sunrise', 'swept')
    const count = (): Promise<number> => db().session.count({ where: { subject: 'swept' } })
    await sweepIdentity(db(), minutes(30 * 24 * 60))
    expect(await count()).toBe(1)
    await sweepIdentity(db(), minutes(31 * 24 * 60))
    expect(await count()).toBe(0)
  })
})

describe('staff', () => {
  it('roles are read at each request, by subject and by claim of the right issuer', async () => {
    const { issuer } = provider('harbor-staff')
    const cookie = await signIn('harbor-staff', 'work-roles', {
      claims: { groups: ['records', 'nurses'], unit: 'lab' },
    })
    const rolesNow = async (): Promise<readonly string[] | undefined> =>
      (await findStaff(cookie, start))?.roles
    expect(await rolesNow()).toEqual([])
    setConfig({ ...config(), roles: [{ role: 'desk', issuer, subject: 'work-roles' }] })
    expect(await rolesNow()).toEqual(['desk'])
    setConfig({
      ...config(),
      roles: [
        { role: 'records', issuer, claim: 'groups', value: 'records' },
        { role: 'admin', issuer, claim: 'unit', value: 'la' },
      ],
    })
    expect(await rolesNow()).toEqual(['records'])
    setConfig({
      ...config(),
      roles: [{ role: 'admin', issuer: 'https://other.example', subject: 'work-roles' }],
    })
    expect(await rolesNow()).toEqual([])
    const row = await db().staffRole.create({ data: { issuer, subject: 'work-roles', role: 'admin' } })
    expect(await rolesNow()).toEqual(['admin'])
    await db().staffRole.update({ where: { id: row.id }, data: { endedAt: start } })
    expect(await rolesNow()).toEqual([])
  })

  it('a claim named like a property of every object gives no role', async () => {
    const { issuer } = provider('harbor-staff')
    setConfig({ ...config(), roles: [{ role: 'admin', issuer, claim: 'constructor', value: 'Object' }] })
    expect(await listRoles({ issuer, subject: 'x', claims: { groups: 'y' } })).toEqual([])
  })

  it.each([
    [{ amr: ['pwd', 'otp'] }, 'provider'],
    [{ amr: ['pwd'] }, null],
    [{ amr: [] }, null],
  ] as const)('what the provider says of %o is read by the configuration', async (signing, mfa) => {
    expect((await staff(signing)).mfa).toBe(mfa)
  })

  it('an invitation makes the first administrator, once, and only with two factors', async () => {
    const number = await issueStaffInvitation('admin', { kind: 'system', id: 'test' }, start)
    expect(await redeemStaffInvitation(number, await staff({ amr: ['pwd'] }), start)).toEqual({
      outcome: 'refused',
    })
    const sessions = await Promise.all(Array.from({ length: 8 }, () => staff()))
    const outcomes = await Promise.all(
      sessions.map((session) => redeemStaffInvitation(number, session, start)),
    )
    expect(outcomes.filter(({ outcome }) => outcome === 'given')).toHaveLength(1)
    const winner = sessions[outcomes.findIndex(({ outcome }) => outcome === 'given')]
    expect(
      await listRoles({ issuer: winner?.issuer ?? '', subject: winner?.subject ?? '', claims: null }),
    ).toEqual(['admin'])
  })

  it('an invitation of yesterday, and a wrong one, are answered alike', async () => {
    const number = await issueStaffInvitation('desk', { kind: 'system', id: 'test' }, start)
    const session = await staff()
    expect(await redeemStaffInvitation(number, session, minutes(24 * 60))).toEqual({ outcome: 'refused' })
    expect(await redeemStaffInvitation('nothing', session, start)).toEqual({ outcome: 'refused' })
  })
})
