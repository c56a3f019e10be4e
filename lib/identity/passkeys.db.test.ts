import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'
import { isoCBOR } from '@simplewebauthn/server/helpers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config } from '@/lib/config/config'
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

type Deviation = { readonly origin?: string; readonly flags?: number }

type Authenticator = {
  readonly id: string
  create(challenge: string): unknown
  get(challenge: string, deviation?: Deviation): unknown
}

/** An authenticator in software: one ES256 key, attestation `none`. */
function makeAuthenticator(id = randomBytes(32).toString('base64url')): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  let counter = 0
  const header = (flags: number): Buffer => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(++counter)
    const rp = createHash('sha256').update(new URL(config().issuer).hostname).digest()
    return Buffer.concat([rp, Buffer.from([flags]), count])
  }
  const credential = (response: Record<string, string>): unknown => ({
    id,
    rawId: id,
    type: 'public-key',
    response,
    clientExtensionResults: {},
  })
  return {
    id,
    create: (challenge) => {
      const attestation = new Map<string, string | Map<string, string> | Uint8Array>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', new Uint8Array(Buffer.concat([header(0x45), attestedData(id, publicKey)]))],
      ])
      return credential({
        clientDataJSON: clientData('webauthn.create', challenge, {}).toString('base64url'),
        attestationObject: Buffer.from(isoCBOR.encode(attestation)).toString('base64url'),
      })
    },
    get: (challenge, deviation = {}) => {
      const authData = header(deviation.flags ?? 0x05)
      const client = clientData('webauthn.get', challenge, deviation)
      const signed = Buffer.concat([authData, createHash('sha256').update(client).digest()])
      return credential({
        clientDataJSON: client.toString('base64url'),
        authenticatorData: authData.toString('base64url'),
        signature: createSign('sha256').update(signed).sign(privateKey).toString('base64url'),
      })
    },
  }
}

/** Attested credential data (WebAuthn L3 §6.5.1) with an ES256 COSE key. */
function attestedData(credentialId: string, publicKey: KeyObject): Buffer {
  const id = Buffer.from(credentialId, 'base64url')
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const key: [number, number | Uint8Array][] = [
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
    [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
  ]
  const length = Buffer.from([id.length >> 8, id.length & 0xff])
  return Buffer.concat([Buffer.alloc(16), length, id, isoCBOR.encode(new Map(key))])
}

function clientData(type: string, challenge: string, { origin = config().issuer }: Deviation): Buffer {
  return Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }))
}
