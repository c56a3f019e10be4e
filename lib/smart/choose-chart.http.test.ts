import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { config, setConfig } from '@/lib/config/config'
import { db } from '@/lib/db/database'
import { type ConsentStep, describeConsent } from '@/lib/smart/consent'
import { digestShown } from '@/lib/smart/consent-shown'
import { openRequest } from '@/lib/smart/open-request'
import { now } from '@/lib/time/clock'
import { linkRow } from '@/test/link-row'
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
  const [first] = config().ehrs
  if (!first) throw new Error('no EHR')
  const second = {
    ...first,
    id: 'bay',
    name: 'Bay Hospital',
    gatewayBase: `${world.url}/fhir/bay`,
    appBase: `${world.url}/fhir/bay`,
  }
  setConfig({ ...config(), ehrs: [first, second] })
})
afterAll(() => world.stop())

const step = (visitor: Visitor, id: string) =>
  describeConsent(id, cookieHeader(visitor), { now: now(), language: 'en' })

async function choices(visitor: Visitor, id: string): Promise<Extract<ConsentStep, { step: 'choose' }>> {
  const next = await step(visitor, id)
  if (next.step !== 'choose') throw new Error(`no picker but ${next.step}`)
  return next
}

const begin = async (visitor: Visitor, changes = {}): Promise<string> =>
  requestIdOf(await world.begin(visitor, world.parameters(changes).query))

async function linkAtBay({ session }: Visitor, key: string): Promise<string> {
  const { id } = await db().link.create({
    data: linkRow({ ...session, ehrId: 'bay', patientId: person(key).patientId }),
  })
  return id
}

async function choose(visitor: Visitor, id: string, chart: string): Promise<void> {
  const { formToken } = await choices(visitor, id)
  await world.post(
    `/oauth/authorize/${id}/chart`,
    { form_token: formToken, chart },
    { cookie: cookieHeader(visitor), origin: world.url },
  )
}

describe('a person with several charts', () => {
  it('[L6] picks among their own and those they look after, by name and whose they are', async () => {
    const ingrid = await world.visitor('ingrid')
    const id = await begin(ingrid)
    const next = await choices(ingrid, id)
    expect(next).toMatchObject({ app: 'Test App', clinic: 'Harbor Clinic', elsewhere: [] })
    expect(next.choices.map(({ name, relationship, birthYear }) => [name, relationship, birthYear])).toEqual([
      ['Ingrid Lindqvist', 'self', '1979'],
      ['Theo Lindqvist', 'proxy', '2011'],
    ])
    const theo = next.choices[1]?.linkId ?? ''
    await choose(ingrid, id, theo)
    const view = await world.view(ingrid, id)
    expect(view.chart.name).toBe('Theo Lindqvist')
    await world.decide(ingrid, id, acceptForm(view))
    const [grant] = await db().grant.findMany({ where: { accountId: ingrid.session.accountId } })
    expect(grant).toMatchObject({ linkId: theo, patientId: person('theo').patientId })
  })

  it('[L6] is shown only charts of the EHR the app named, and told where the others are', async () => {
    const ingrid = await world.visitor('ingrid')
    const atBay = await linkAtBay(ingrid, 'maya')
    const next = await choices(ingrid, await begin(ingrid))
    expect(next.choices.map((one) => one.linkId)).not.toContain(atBay)
    expect(next.choices).toHaveLength(2)
    expect(next.elsewhere).toEqual(['Bay Hospital'])
    const other = await begin(ingrid, { aud: `${world.url}/fhir/bay` })
    expect((await world.view(ingrid, other)).chart).toMatchObject({ linkId: atBay, clinic: 'Bay Hospital' })
  })

  it('[L6] can not be given a chart of another EHR, nor somebody else’s, by a forged form', async () => {
    const ingrid = await world.visitor('ingrid')
    const atBay = await linkAtBay(ingrid, 'maya')
    const george = await world.visitor('george')
    const [foreign] = await db().link.findMany({ where: { accountId: george.session.accountId } })
    const id = await begin(ingrid)
    for (const chart of [atBay, foreign?.id ?? '', 'no-chart']) {
      await choose(ingrid, id, chart)
      expect((await step(ingrid, id)).step).toBe('choose')
    }
    const [own] = (await choices(ingrid, id)).choices
    await choose(ingrid, id, own?.linkId ?? '')
    await world.decide(ingrid, id, { ...acceptForm(await world.view(ingrid, id)), chart: atBay })
    expect(await db().grant.count({ where: { accountId: ingrid.session.accountId } })).toBe(0)
  })

  it('[L6] a chart that can not be opened now is not offered', async () => {
    const ingrid = await world.visitor('ingrid')
    await db().link.updateMany({
      where: { accountId: ingrid.session.accountId, relationship: 'proxy' },
      data: { status: 'suspended' },
    })
    expect((await step(ingrid, await begin(ingrid))).step).toBe('consent')
  })

  it('[L6] without a chart at this EHR the person is asked to link one, whatever they have elsewhere', async () => {
    const session = await world.signIn()
    const [name = '', value = ''] = world.cookieOf(session).split(/=(.*)/s)
    const visitor = { session, cookies: new Map([[name, value]]) }
    await linkAtBay(visitor, 'maya')
    expect((await step(visitor, await begin(visitor))).step).toBe('link')
  })
})

it('[L6][A4] an answer that names a chart of another clinic gives nothing, whatever else fits', async () => {
  const maya = await world.visitor('maya')
  const elsewhere = await linkAtBay(maya, 'maya')
  const id = await begin(maya)
  const form = acceptForm(await world.view(maya, id))
  const open = await openRequest(id, cookieHeader(maya), now())
  if (open.outcome !== 'open') throw new Error(open.outcome)
  const link = open.links.find((one) => one.id === elsewhere)
  if (!link) throw new Error('no chart at the other clinic')
  await world.decide(maya, id, { ...form, chart: elsewhere, shown: digestShown(open, link, 'en') })
  expect(await db().grant.count({ where: { accountId: maya.session.accountId } })).toBe(0)
  await world.decide(maya, id, form)
  expect(await db().grant.count({ where: { accountId: maya.session.accountId } })).toBe(1)
})
