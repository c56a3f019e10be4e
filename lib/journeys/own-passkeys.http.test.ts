import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import {
  addPasskey,
  beginPasskey,
  beginProof,
  checkPasskey,
  finishProof,
  listPasskeys,
  mayAddPasskey,
  mostPasskeys,
} from '@/lib/identity/account-passkeys'
import { isFresh } from '@/lib/identity/assurance'
import { findPatient, type PatientSession } from '@/lib/identity/session'
import { makeOwnPasskey, removeOwnPasskey } from '@/lib/journeys/own-passkeys'
import { addSeconds, now } from '@/lib/time/clock'
import { type Authenticator, makeAuthenticator } from '@/test/authenticator'
import { type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

const person = async (key = 'maya'): Promise<PatientSession> => (await world.visitor(key)).session
/** As if the sign-in had been long ago, and the provider had not said when. */
const stale = async (session: PatientSession): Promise<PatientSession> => {
  const data = { authTimeProven: false, authTime: addSeconds(now(), -4000), linkedAt: null }
  await db().session.update({ where: { id: session.id }, data })
  return { ...session, ...data, steppedUp: undefined }
}

async function make(
  session: PatientSession,
  authenticator = makeAuthenticator(),
): Promise<{ readonly authenticator: Authenticator; readonly outcome: string; readonly setCookie?: string }> {
  const options = await beginPasskey(session, now())
  const answer = authenticator.create(options?.challenge ?? '')
  return { authenticator, ...(await makeOwnPasskey(session, answer, { name: 'My phone', now: now() })) }
}

async function prove(session: PatientSession, authenticator: Authenticator, deviation = {}) {
  const options = await beginProof(session, now())
  return finishProof(authenticator.get(options?.challenge ?? '', deviation), session, now())
}

const told = (accountId: string, kind: string) =>
  db().auditEvent.count({
    where: { name: 'notice.written', accountId, detail: { path: ['kind'], equals: kind } },
  })

describe('making a passkey', () => {
  it('is named, audited, told to the contact on record, and raises the session under a new cookie', async () => {
    const maya = await person()
    const { outcome, setCookie } = await make(maya)
    expect(outcome).toBe('made')
    expect(await listPasskeys(maya.accountId)).toMatchObject([{ name: 'My phone' }])
    expect(await told(maya.accountId, 'passkey-added')).toBe(1)
    const raised = await findPatient(setCookie?.split(';')[0], now())
    expect(raised).toMatchObject({ id: maya.id, steppedUp: { by: 'passkey' } })
    expect(await findPatient(world.cookieOf(maya), now())).toBeUndefined()
    const { accountId } = maya
    expect(await db().auditEvent.count({ where: { name: 'account-passkey.added', accountId } })).toBe(1)
  })

  it('takes a fresh sign-in or a chart opened in this very visit, and a chart to guard', async () => {
    const maya = await person()
    expect(await mayAddPasskey(maya, now())).toBe(true)
    const old = await stale(maya)
    expect(await mayAddPasskey(old, now())).toBe(false)
    expect(await mayAddPasskey({ ...old, linkedAt: addSeconds(now(), -899) }, now())).toBe(true)
    expect(await mayAddPasskey({ ...old, linkedAt: addSeconds(now(), -901) }, now())).toBe(false)
    expect(await mayAddPasskey(await world.signIn(), now())).toBe(false)
  })

  it('begun while it was allowed and finished when it no longer is, is refused', async () => {
    const maya = await person()
    const authenticator = makeAuthenticator()
    const options = await beginPasskey(maya, now())
    const late = await stale(maya)
    expect(await beginPasskey(late, now())).toBeUndefined()
    const answer = authenticator.create(options?.challenge ?? '')
    expect(await makeOwnPasskey(late, answer, { name: 'x', now: now() })).toEqual({ outcome: 'refused' })
    expect(await listPasskeys(maya.accountId)).toEqual([])
  })

  it('an authenticator that names ways no text column takes is refused, not a fault', async () => {
    const maya = await person()
    const answer = makeAuthenticator().create((await beginPasskey(maya, now()))?.challenge ?? '')
    const { response } = answer as { response: object }
    for (const way of ['\u0000', 'us\u202eb', ''])
      expect(
        await makeOwnPasskey(
          maya,
          { ...(answer as object), response: { ...response, transports: [way] } },
          { name: 'x', now: now() },
        ),
      ).toEqual({ outcome: 'refused' })
    expect(await listPasskeys(maya.accountId)).toEqual([])
  })

  it('a key whose number is taken already is refused, not a fault', async () => {
    const [maya, chloe] = [await person(), await person('chloe')]
    const { authenticator } = await make(maya)
    expect((await make(chloe, makeAuthenticator(authenticator.id))).outcome).toBe('refused')
    expect(await listPasskeys(chloe.accountId)).toEqual([])
  })

  it('sixteen at once are ten: nobody has more', async () => {
    const maya = await person()
    const drafts = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const options = await beginPasskey(maya, now())
        const answer = makeAuthenticator().create(options?.challenge ?? '')
        return checkPasskey(answer, maya, { name: 'one of many', now: now() })
      }),
    )
    const added = await Promise.all(
      drafts.map((draft) =>
        db().$transaction((tx) =>
          draft ? addPasskey(tx, maya, { draft, now: now() }) : Promise.resolve(undefined),
        ),
      ),
    )
    expect(added.filter(Boolean)).toHaveLength(mostPasskeys)
    expect(await listPasskeys(maya.accountId)).toHaveLength(mostPasskeys)
    expect(await mayAddPasskey(maya, now())).toBe(false)
  })
})

describe('proving a passkey', () => {
  it('makes a stale session fresh, with a new cookie; of what a provider never proves', async () => {
    const maya = await person()
    const { authenticator } = await make(maya)
    const old = await stale(maya)
    expect(isFresh(old, now())).toBe(false)
    const proof = await prove(old, authenticator)
    if (proof.outcome !== 'proven') throw new Error('refused')
    const raised = await findPatient(proof.setCookie.split(';')[0], now())
    expect(raised && isFresh(raised, now())).toBe(true)
    expect(raised && isFresh(raised, addSeconds(now(), 301))).toBe(false)
  })

  it('takes no passkey of another account, of another session, twice, without the person, or removed', async () => {
    const [maya, chloe] = [await person(), await person('chloe')]
    const [hers, other] = [await make(maya), await make(chloe)]
    const refused = { outcome: 'refused' }
    expect(await prove(maya, other.authenticator)).toEqual(refused)
    const options = await beginProof(chloe, now())
    const borrowed = hers.authenticator.get(options?.challenge ?? '')
    expect(await finishProof(borrowed, maya, now())).toEqual(refused)
    expect(await prove(maya, hers.authenticator, { flags: 0x01 })).toEqual(refused)
    expect(await prove(maya, hers.authenticator, { origin: 'https://evil.example' })).toEqual(refused)
    const own = await beginProof(maya, now())
    const answer = hers.authenticator.get(own?.challenge ?? '')
    expect((await finishProof(answer, maya, now())).outcome).toBe('proven')
    expect(await finishProof(answer, maya, now())).toEqual(refused)
    const [passkey] = await listPasskeys(maya.accountId)
    expect(await removeOwnPasskey(maya, passkey?.id ?? '', now())).toBe('removed')
    expect(await prove(maya, hers.authenticator)).toEqual(refused)
    const { accountId } = maya
    expect(await db().auditEvent.count({ where: { name: 'session.step-up-refused', accountId } })).toBe(6)
  })

  it('signs nobody in: to a session that has ended it gives nothing back', async () => {
    const maya = await person()
    const { authenticator } = await make(maya)
    const options = await beginProof(maya, now())
    await db().session.update({ where: { id: maya.id }, data: { endedAt: now() } })
    const answer = authenticator.get(options?.challenge ?? '')
    await expect(finishProof(answer, maya, now())).rejects.toMatchObject({ code: 'session-ended' })
    expect(await db().session.count({ where: { accountId: maya.accountId, endedAt: null } })).toBe(0)
  })

  it.each([undefined, null, 'text', {}, { id: '../x' }])('nonsense (%o) is refused', async (given) => {
    const maya = await person()
    expect(await finishProof(given, maya, now())).toEqual({ outcome: 'refused' })
    expect(await makeOwnPasskey(maya, given, { name: 'x', now: now() })).toEqual({ outcome: 'refused' })
  })
})

describe('removing a passkey', () => {
  it('is told to the contact on record, and nobody removes another’s', async () => {
    const [maya, chloe] = [await person(), await person('chloe')]
    await make(maya)
    const [passkey] = await listPasskeys(maya.accountId)
    expect(await removeOwnPasskey(chloe, passkey?.id ?? '', now())).toBe('not-found')
    expect(await removeOwnPasskey(maya, passkey?.id ?? '', now())).toBe('removed')
    expect(await removeOwnPasskey(maya, passkey?.id ?? '', now())).toBe('not-found')
    expect(await told(maya.accountId, 'passkey-removed')).toBe(1)
    expect(await told(chloe.accountId, 'passkey-removed')).toBe(0)
  })
})
