import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { openSession } from '@/lib/identity/new-session'
import { consumeChallenge, issueChallenge } from '@/lib/identity/passkey-challenges'
import {
  beginAuthentication,
  beginRegistration,
  findSecondFactorStep,
  finishAuthentication,
  finishRegistration,
} from '@/lib/identity/passkeys'
import { findProvider } from '@/lib/identity/providers'
import { findStaff, type StaffSession } from '@/lib/identity/session'
import { addSeconds } from '@/lib/time/clock'
import { makeAuthenticator } from '@/test/authenticator'
import { openTestDatabase } from '@/test/broker'

const start = new Date('2026-11-23T08:00:00Z')
let close: () => Promise<void>

beforeAll(async () => {
  close = await openTestDatabase()
})
afterAll(() => close())

async function signIn(subject: string, now = start): Promise<{ cookie: string; session: StaffSession }> {
  const provider = findProvider('harbor-staff')
  if (!provider) throw new Error('no provider')
  const identity = {
    issuer: provider.issuer,
    subject,
    authTime: now,
    acr: null,
    amr: ['pwd'],
    roleClaims: {},
  }
  const opened = await openSession(provider, { identity, cookieHeader: null, now })
  const cookie = opened.outcome === 'signed-in' ? (opened.setCookie.split(';')[0] ?? '') : ''
  const session = await findStaff(cookie, now)
  if (!session) throw new Error('no session')
  return { cookie, session }
}

async function register(session: StaffSession, now = start) {
  const authenticator = makeAuthenticator()
  const options = await beginRegistration(session, now)
  if (!options) throw new Error('may not register')
  return {
    authenticator,
    outcome: await finishRegistration(authenticator.create(options.challenge), session, now),
  }
}

describe('a passkey as second factor', () => {
  it('the first is registered right after the sign-in and proves the factor, with a new cookie', async () => {
    const { cookie, session } = await signIn('work-first')
    expect(session.mfa).toBeNull()
    expect(await findSecondFactorStep(session, start)).toBe('register-passkey')
    const { outcome } = await register(session)
    if (outcome.outcome !== 'proven') throw new Error('refused')
    expect(await findStaff(cookie, start)).toBeUndefined()
    expect(await findStaff(outcome.setCookie.split(';')[0], start)).toMatchObject({
      id: session.id,
      mfa: 'passkey',
    })
  })

  it('the next sign-in asks for it, and takes it', async () => {
    const first = await signIn('work-second')
    const { authenticator } = await register(first.session)
    const { session } = await signIn('work-second')
    expect(await findSecondFactorStep(session, start)).toBe('use-passkey')
    const options = await beginAuthentication(session, start)
    const answer = authenticator.get(options?.challenge ?? '')
    const outcome = await finishAuthentication(answer, session, start)
    expect(outcome.outcome).toBe('proven')
    expect(await finishAuthentication(answer, session, start)).toEqual({ outcome: 'refused' })
  })

  it('of 16 answers to one challenge one is taken', async () => {
    const { session } = await signIn('work-raced')
    const challenge = await issueChallenge(session, 'authenticate', start)
    const use = { purpose: 'authenticate', now: start } as const
    const taken = await Promise.all(
      Array.from({ length: 16 }, () => consumeChallenge(challenge, session, use)),
    )
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  it('five minutes after the sign-in no first passkey is taken', async () => {
    const { session } = await signIn('work-late')
    const late = addSeconds(start, 301)
    expect(await findSecondFactorStep(session, late)).toBe('sign-in-again')
    expect(await beginRegistration(session, late)).toBeUndefined()
    const options = await beginRegistration(session, start)
    const answer = makeAuthenticator().create(options?.challenge ?? '')
    expect(await finishRegistration(answer, session, late)).toEqual({ outcome: 'refused' })
  })

  it('who has a passkey cannot register another without proving it', async () => {
    await register((await signIn('work-owner')).session)
    const thief = await signIn('work-owner')
    expect(await beginRegistration(thief.session, start)).toBeUndefined()
  })

  it('another person’s passkey, another session’s challenge, another origin, no user verification: refused', async () => {
    const owner = await register((await signIn('work-a')).session)
    await register((await signIn('work-b')).session)
    const { session } = await signIn('work-b')
    const other = await signIn('work-a')
    const challenge = async (of: StaffSession): Promise<string> =>
      (await beginAuthentication(of, start))?.challenge ?? ''
    const refused = { outcome: 'refused' }
    expect(
      await finishAuthentication(owner.authenticator.get(await challenge(session)), session, start),
    ).toEqual(refused)
    expect(
      await finishAuthentication(owner.authenticator.get(await challenge(session)), other.session, start),
    ).toEqual(refused)
    const evil = owner.authenticator.get(await challenge(other.session), { origin: 'https://evil.example' })
    expect(await finishAuthentication(evil, other.session, start)).toEqual(refused)
    const unverified = owner.authenticator.get(await challenge(other.session), { flags: 0x01 })
    expect(await finishAuthentication(unverified, other.session, start)).toEqual(refused)
    const late = owner.authenticator.get(await challenge(other.session))
    expect(await finishAuthentication(late, other.session, addSeconds(start, 301))).toEqual(refused)
    const good = owner.authenticator.get(await challenge(other.session))
    expect((await finishAuthentication(good, other.session, start)).outcome).toBe('proven')
  })

  it('an answer signed by another key is refused and stands in the audit', async () => {
    const { authenticator } = await register((await signIn('work-forged')).session)
    const { session } = await signIn('work-forged')
    const options = await beginAuthentication(session, start)
    const forged = makeAuthenticator(authenticator.id).get(options?.challenge ?? '')
    expect(await finishAuthentication(forged, session, start)).toEqual({ outcome: 'refused' })
    const audit = await db().auditEvent.findFirst({
      where: { name: 'passkey.refused' },
      orderBy: { at: 'desc' },
    })
    expect(audit?.detail).toEqual({ purpose: 'authenticate', reason: 'not-verified' })
  })

  it.each([undefined, null, 'text', {}, { id: '../x' }])('nonsense (%o) is refused', async (given) => {
    const { session } = await signIn('work-nonsense')
    expect(await finishRegistration(given, session, start)).toEqual({ outcome: 'refused' })
    expect(await finishAuthentication(given, session, start)).toEqual({ outcome: 'refused' })
  })
})
