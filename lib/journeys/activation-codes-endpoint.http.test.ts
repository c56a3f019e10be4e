import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { activationCodesScope } from '@/lib/journeys/activation-codes-endpoint'
import { redeemCode } from '@/lib/journeys/redeem-code'
import { signJwt } from '@/lib/keys/keys'
import { parseCode } from '@/lib/linking/activation-code'
import { setStop } from '@/lib/stops/stops'
import { addSeconds, epochSeconds, now } from '@/lib/time/clock'
import { type LinkingWorld, person, startLinkingWorld } from '@/test/linking-world'

let world: LinkingWorld

beforeAll(async () => {
  world = await startLinkingWorld()
  await addClient('printer', [activationCodesScope])
  await addClient('reader', ['system/Patient.rs'])
  await addClient('far-printer', [activationCodesScope], 'far')
})
afterAll(() => world.stop())

const maya = person('maya')

async function addClient(id: string, scopes: readonly string[], ehr?: string): Promise<void> {
  const jwks = { keys: [{ kty: 'EC', kid: '1', crv: 'P-384', x: 'x', y: 'y' }] }
  const metadata = { jwks, scopes: [...scopes], ...(ehr ? { ehr } : {}) }
  await db().app.create({ data: { id, kind: 'backend', name: id, metadata, source: 'staff' } })
}

async function token(claims: Record<string, unknown> = {}, typ = 'at+jwt'): Promise<string> {
  const at = epochSeconds(now())
  const base = {
    iss: config().issuer,
    aud: config().issuer,
    sub: 'printer',
    client_id: 'printer',
    scope: activationCodesScope,
  }
  const jti = randomUUID()
  const appId = claims['client_id'] ?? 'printer'
  await db().accessToken.create({ data: { jti, appId: String(appId), expiresAt: addSeconds(now(), 300) } })
  return signJwt({ ...base, iat: at, exp: at + 300, jti, ...claims }, { algorithm: 'ES256', typ })
}

async function order(
  codes: unknown,
  bearer?: string,
): Promise<{
  status: number
  body: { codes: Record<string, string>[]; error: string }
  challenge: string | null
}> {
  const answer = await fetch(`${world.url}/activation-codes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}) },
    body: JSON.stringify({ codes }),
  })
  return {
    status: answer.status,
    body: await answer.json(),
    challenge: answer.headers.get('www-authenticate'),
  }
}

describe('[link-A7.1] a backend client orders codes for printing', () => {
  it('gets a code that works, and a refusal in the place of each record that may have none', async () => {
    const codes = ['maya', 'theo', 'walter', 'priya'].map((key) => ({
      ehr: 'demo',
      patient: person(key).patientId,
    }))
    const former = { ehr: 'demo', patient: person('daniel').formerPatientId }
    const { status, body } = await order(
      [...codes, former, { ehr: 'demo', patient: 'nobody' }, { ehr: 'other', patient: 'x' }],
      await token(),
    )
    expect(status).toBe(200)
    expect(body.codes.map((one) => one['outcome'])).toEqual(['issued', ...Array(6).fill('refused')])
    expect(new Set(body.codes.slice(1).map((one) => one['reason']))).toEqual(new Set(['not-eligible']))
    const [issued] = body.codes
    expect(issued?.['link']).toBe(`${world.url}/link#code=${issued?.['code']}`)
    const entry = { code: parseCode(issued?.['code'] ?? '') ?? '', birthDate: maya.birthDate }
    const redeemed = await redeemCode(await world.signIn(), entry, { now: now(), padMilliseconds: 0 })
    expect(redeemed.outcome).toBe('proposed')
    const row = await db().activationCode.findFirstOrThrow({ where: { patientId: maya.patientId } })
    expect(row).toMatchObject({
      issuedByKind: 'backend',
      issuedBy: 'printer',
      receivedBy: 'visit-summary',
      identification: 'none',
    })
    const audited = await db().auditEvent.findMany({
      where: { name: { startsWith: 'code.' }, actor: 'printer' },
    })
    expect(audited.map((event) => event.outcome).sort()).toEqual([
      'refused',
      'refused',
      'refused',
      'refused',
      'refused',
      'refused',
      'success',
    ])
  })

  it('that speaks for one EHR gets no code for a chart of another, and no word whether there is one', async () => {
    const before = await db().activationCode.count()
    const bearer = await token({ client_id: 'far-printer', sub: 'far-printer' })
    const charts = [maya.patientId, 'nobody'].map((patient) => ({ ehr: 'demo', patient }))
    const { status, body } = await order(charts, bearer)
    expect(status).toBe(200)
    expect(body.codes.map(({ outcome, reason }) => `${outcome} ${reason}`)).toEqual([
      'refused not-permitted',
      'refused not-permitted',
    ])
    expect(await db().activationCode.count()).toBe(before)
    const audited = await db().auditEvent.findMany({ where: { actor: 'far-printer' } })
    expect(audited.map(({ name, detail }) => [name, detail])).toEqual(
      Array(2).fill(['code.issue-refused', { reason: 'not-permitted', relationship: 'self' }]),
    )
  })

  it('says of who received a code only what its configuration lets it, and never that an ID was seen by nobody', async () => {
    const one = { ehr: 'demo', patient: maya.patientId }
    const claims = [
      { receivedBy: 'patient-in-person', identification: 'photo-id' },
      { receivedBy: 'patient-in-person' },
      { identification: 'photo-id' },
      { receivedBy: 'post', identification: 'known-to-staff' },
    ]
    const { body } = await order(
      [...claims.map((claim) => ({ ...one, ...claim })), { ...one, receivedBy: 'post' }],
      await token(),
    )
    expect(body.codes.map((answer) => answer['reason'])).toEqual([
      ...Array(4).fill('not-permitted'),
      undefined,
    ])
    const metadata = {
      jwks: { keys: [{ kty: 'EC', kid: '1', crv: 'P-384', x: 'x', y: 'y' }] },
      scopes: [activationCodesScope],
      codeReceivers: ['patient-in-person'],
    }
    await db().app.create({
      data: { id: 'kiosk', kind: 'backend', name: 'kiosk', metadata, source: 'staff' },
    })
    const bearer = await token({ sub: 'kiosk', client_id: 'kiosk' })
    const atKiosk = await order([{ ...one, ...claims[0] }, one], bearer)
    expect(atKiosk.body.codes.map((answer) => answer['outcome'])).toEqual(['issued', 'refused'])
  })

  it('gets 401 without a token, with one for another audience, of another type, expired, or of an unknown client', async () => {
    const wrong = [
      await token({ aud: `${config().issuer}/fhir/demo` }),
      await token({}, 'JWT'),
      await token({ exp: epochSeconds(now()) - 1 }),
      await token({ client_id: 'nobody' }),
      await token({ iss: 'https://elsewhere.example' }),
      'not-a-token',
    ]
    const one = [{ ehr: 'demo', patient: maya.patientId }]
    expect(await order(one)).toMatchObject({ status: 401, challenge: 'Bearer' })
    for (const bearer of wrong)
      expect(await order(one, bearer)).toMatchObject({ status: 401, body: { error: 'invalid_token' } })
  })

  it('gets 403 when the token, or the client now, lacks the scope', async () => {
    const one = [{ ehr: 'demo', patient: maya.patientId }]
    expect((await order(one, await token({ scope: 'system/Patient.rs' }))).status).toBe(403)
    expect(await order(one, await token({ client_id: 'reader' }))).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    })
  })

  it('gets 400 for no order, 101 of them, unknown fields or bad JSON, and nothing is echoed', async () => {
    const bearer = await token()
    const one = { ehr: 'demo', patient: maya.patientId }
    for (const codes of [
      [],
      Array(101).fill(one),
      [{ ...one, canary: 'x' }],
      'text',
      [{ ...one, patient: 'a b' }],
      [{ ...one, patient: '..' }],
      [{ ...one, ehr: '\u0000' }],
      [{ ...one, relatedPerson: 'someone' }],
      [{ ...one, relationship: 'proxy' }],
    ]) {
      const { status, body } = await order(codes, bearer)
      expect([status, body.error]).toEqual([400, 'invalid_request'])
      expect(JSON.stringify(body)).not.toContain(maya.patientId)
    }
  })

  it('is refused at once when the client is paused or removed', async () => {
    const bearer = await token()
    await setStop('app', 'printer', { reason: 'test', actor: { kind: 'system' } })
    expect((await order([{ ehr: 'demo', patient: maya.patientId }], bearer)).status).toBe(401)
    await db().stop.updateMany({ data: { liftedAt: now() } })
    await db().app.update({ where: { id: 'printer' }, data: { removedAt: now() } })
    expect((await order([{ ehr: 'demo', patient: maya.patientId }], bearer)).status).toBe(401)
  })
})
