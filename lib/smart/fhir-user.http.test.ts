import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { describeConsent } from '@/lib/smart/consent'
import { now } from '@/lib/time/clock'
import { person } from '@/test/linking-world'
import {
  acceptForm,
  cookieHeader,
  requestIdOf,
  type SmartWorld,
  startSmartWorld,
  type Visitor,
} from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

const ingrid = person('ingrid')
const scope = 'openid fhirUser launch/patient offline_access patient/Observation.rs'

type Tokens = {
  readonly access_token: string
  readonly refresh_token: string
  readonly id_token: string
  readonly patient: string
}

/** Allows the test app on one of several charts, and exchanges the code. */
async function allowOn(visitor: Visitor, patientId: string, asked = scope): Promise<Tokens> {
  const { query, verifier } = world.parameters({ scope: asked })
  const id = requestIdOf(await world.begin(visitor, query))
  const choice = await describeConsent(id, cookieHeader(visitor), { now: now(), language: 'en' })
  if (choice.step === 'choose') {
    const link = await db().link.findFirstOrThrow({
      where: { patientId, accountId: visitor.session.accountId },
    })
    const form = { form_token: choice.formToken, chart: link.id }
    await world.post(`/oauth/authorize/${id}/chart`, form, { cookie: cookieHeader(visitor) })
  }
  await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
  const { searchParams } = await world.leave(visitor, id)
  const code = searchParams.get('code') ?? ''
  const redirectUri = query.get('redirect_uri') ?? ''
  return (await world.exchange({ parameters: searchParams, code, verifier, redirectUri })).json()
}

/** The second chart that Ingrid looks after. */
async function linkAgnes(visitor: Visitor): Promise<void> {
  const { patientId, relatedPersonId } = ingrid.alsoActsFor ?? {}
  const {
    id: _,
    patientId: __,
    relatedPersonId: ___,
    ...like
  } = await db().link.findFirstOrThrow({
    where: { accountId: visitor.session.accountId, relationship: 'proxy' },
  })
  const evidence = {}
  await db().link.create({
    data: { ...like, evidence, patientId: patientId ?? '', relatedPersonId: relatedPersonId ?? '' },
  })
}

const fhirUserOf = (token: string): string => String(decodeJwt(token)['fhirUser'])
const read = async (address: string, { access_token }: Tokens) => {
  const response = await fetch(address, { headers: { authorization: `Bearer ${access_token}` } })
  return { status: response.status, body: await response.json() }
}

describe('[S16][I2] fhirUser', () => {
  it('is the Patient in one’s own chart, as an absolute address that this token reads', async () => {
    const tokens = await allowOn(await world.visitor('maya'), person('maya').patientId)
    const address = fhirUserOf(tokens.id_token)
    expect(address).toBe(`${world.audience}/Patient/${person('maya').patientId}`)
    expect(fhirUserOf(tokens.access_token)).toBe(address)
    const found = await read(address, tokens)
    expect(found).toMatchObject({
      status: 200,
      body: { resourceType: 'Patient', birthDate: person('maya').birthDate },
    })
    expect((await read(`${world.audience}/Patient`, tokens)).status).toBe(403)
  })

  it('is the RelatedPerson of a proxy: read by them, and no chart of theirs beside it', async () => {
    const visitor = await world.visitor('ingrid')
    const tokens = await allowOn(visitor, ingrid.relatedPatientId ?? '')
    const address = fhirUserOf(tokens.id_token)
    expect(address).toBe(`${world.audience}/RelatedPerson/${ingrid.relatedPersonId}`)
    const found = await read(address, tokens)
    expect(found.body).toMatchObject({
      resourceType: 'RelatedPerson',
      id: ingrid.relatedPersonId,
      patient: { reference: `Patient/${ingrid.relatedPatientId}` },
      birthDate: ingrid.birthDate,
    })
    for (const other of [
      `RelatedPerson/${ingrid.alsoActsFor?.relatedPersonId}`,
      `Person/${ingrid.personId}`,
      'RelatedPerson/nobody',
    ])
      expect((await read(`${world.audience}/${other}`, tokens)).status).toBe(404)
    expect((await read(`${world.audience}/Patient/${ingrid.patientId}`, tokens)).status).toBe(403)
  })

  it('is the Person of a proxy for several, the same for each of them, without a word of the other record', async () => {
    const visitor = await world.visitor('ingrid')
    await linkAgnes(visitor)
    const forTheo = await allowOn(visitor, ingrid.relatedPatientId ?? '')
    const forAgnes = await allowOn(visitor, ingrid.alsoActsFor?.patientId ?? '')
    const address = `${world.audience}/Person/${ingrid.personId}`
    expect([fhirUserOf(forTheo.id_token), fhirUserOf(forAgnes.id_token)]).toEqual([address, address])
    const [theo, agnes] = [await read(address, forTheo), await read(address, forAgnes)]
    expect(theo).toMatchObject({ status: 200, body: { resourceType: 'Person', birthDate: ingrid.birthDate } })
    expect(JSON.stringify(theo.body)).not.toContain(ingrid.alsoActsFor?.relatedPersonId)
    expect(JSON.stringify(agnes.body)).not.toContain(ingrid.relatedPersonId)
    const refreshed: Tokens = await (await world.refresh(forTheo.refresh_token)).json()
    expect(fhirUserOf(refreshed.id_token)).toBe(address)
    expect((await read(address, refreshed)).status).toBe(200)
    expect((await read(`${world.audience}/RelatedPerson/${ingrid.relatedPersonId}`, refreshed)).status).toBe(
      200,
    )
  })

  it('stays the Patient in one’s own chart, though one acts for others as well', async () => {
    const visitor = await world.visitor('ingrid')
    await linkAgnes(visitor)
    const tokens = await allowOn(visitor, ingrid.patientId)
    expect(fhirUserOf(tokens.id_token)).toBe(`${world.audience}/Patient/${ingrid.patientId}`)
  })

  it('is told to nobody who did not ask for it, and then nobody is read', async () => {
    const visitor = await world.visitor('ingrid')
    const asked = 'openid launch/patient patient/Observation.rs'
    const tokens = await allowOn(visitor, ingrid.relatedPatientId ?? '', asked)
    expect(decodeJwt(tokens.id_token)['fhirUser']).toBeUndefined()
    expect(decodeJwt(tokens.access_token)['fhirUser']).toBeUndefined()
    const address = `${world.audience}/RelatedPerson/${ingrid.relatedPersonId}`
    expect((await read(address, tokens)).status).toBe(403)
  })

  it('has to be read, not searched', async () => {
    const tokens = await allowOn(await world.visitor('ingrid'), ingrid.relatedPatientId ?? '')
    for (const type of ['RelatedPerson', 'Person'])
      expect((await read(`${world.audience}/${type}`, tokens)).status).toBe(400)
  })
})
