import { decodeJwt } from 'jose'
import { afterEach, describe, expect, it } from 'vitest'
import { db } from '@/lib/db/database'
import { person } from '@/test/linking-world'
import { openPortal, type Portal } from '@/test/portal'
import { countRoundTrips } from '@/test/round-trips'
import { acceptForm, requestIdOf, type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'
import { clinicianIdOf, everythingUnreleased, wholeSeed } from '@/test/two-worlds'

/**
 * A portal names resources, and the app is told of those alone that it could read with this very token: a name would
 * tell that there is something. World one holds results, in world two they were never written.
 */
const scope = 'launch openid offline_access patient/Patient.rs patient/Observation.rs'
const unreleased = everythingUnreleased()
const maya = person('maya').patientId

let stop: (() => Promise<void>) | undefined
afterEach(async () => stop?.())

type World = SmartWorld & { readonly portal: Portal }

async function start(more: Parameters<typeof startSmartWorld>[0] = {}): Promise<World> {
  const world = await startSmartWorld({
    ...more,
    ehr: {
      releasePolicy: {
        kind: 'orderer-release',
        automaticReleaseDays: 36_500,
        coverPools: [],
        jurisdiction: 'US',
      },
      ...more.ehr,
    },
  })
  stop = world.stop
  return { ...world, portal: await openPortal(world) }
}

function keysOf(type: string, patient: string): readonly string[] {
  return wholeSeed()
    .filter((one) => one.resourceType === type && JSON.stringify(one).includes(`"Patient/${patient}"`))
    .map((one) => `${type}/${one.id}`)
}

const held = keysOf('Observation', maya).filter((key) => unreleased.includes(key))
const shown = keysOf('Observation', maya).find((key) => !unreleased.includes(key)) ?? ''
const foreign =
  keysOf('Observation', person('george').patientId).find((key) => !unreleased.includes(key)) ?? ''

type Answer = Record<string, unknown> & { readonly access_token: string; readonly refresh_token: string }

/** From the portal's order to the answer of the token endpoint. */
async function launched(
  world: World,
  visitor: Visitor,
  fhirContext: readonly object[] | undefined,
  changes: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const context = fhirContext ? { fhirContext } : {}
  const { launch } = await world.portal.launch(visitor, { more: { context } })
  const { query, verifier } = world.parameters({ scope, launch, ...changes })
  const id = requestIdOf(await world.begin(visitor, query))
  await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
  const { searchParams: parameters } = await world.leave(visitor, id)
  const redirectUri = query.get('redirect_uri') ?? ''
  return world.exchange({ parameters, code: parameters.get('code') ?? '', verifier, redirectUri })
}

async function told(response: Response): Promise<unknown> {
  expect(response.status).toBe(200)
  return ((await response.json()) as Answer)['fhirContext']
}

/** Everything an app can read of an answer, random values and this world's address left out. */
async function readable(world: World, response: Response): Promise<string> {
  const headers = [...response.headers].filter(([name]) => !['date', 'x-request-id'].includes(name))
  const text = await response.text()
  const answer = JSON.parse(text) as Answer
  const claims = Object.entries(decodeJwt(answer.access_token)).map(([name, value]) =>
    ['jti', 'iat', 'exp', 'sub', 'auth_time', 'status'].includes(name) ? name : [name, value],
  )
  return [response.status, JSON.stringify(headers), text, JSON.stringify(claims)]
    .join('\n')
    .replace(/"(access_token|refresh_token|id_token)":"[^"]+"/g, '"$1":"…"')
    .replace(/content-length","\d+"/, 'content-length"')
    .replaceAll(world.url, 'https://here.example')
}

describe('[K4] what a portal names', () => {
  it('is told only as far as it could be read: held or never written, named or not, the answers are the same bytes', async () => {
    expect(held.length).toBeGreaterThan(0)
    const named = [
      undefined,
      [],
      held.map((reference) => ({ reference })),
      [{ reference: held[0] ?? '', type: 'Observation', role: 'https://example.org/role' }],
      [{ reference: 'Observation/never-written-1' }],
      [{ reference: foreign }],
    ]
    const answers: string[] = []
    for (const without of [[], unreleased]) {
      const world = await start({ server: { without } })
      const visitor = await world.visitor('maya')
      for (const one of named) {
        const response = await launched(world, visitor, one)
        const { refresh_token: token } = (await response.clone().json()) as Answer
        answers.push(await readable(world, response))
        answers.push(await readable(world, await world.refresh(token)))
      }
      await world.stop()
      stop = undefined
    }
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).not.toContain('fhirContext')
  }, 60_000)

  it('is told whole where it may be read, in its order, and what may not is left out without a gap', async () => {
    const world = await start()
    const visitor = await world.visitor('maya')
    const role = 'https://example.org/role'
    const definition = { canonical: 'https://example.org/Questionnaire/q|1', type: 'Questionnaire' }
    const named = [
      { reference: held[0] ?? '' },
      { reference: shown, role },
      { reference: foreign },
      definition,
      { reference: `Patient/${maya}`, role },
      { reference: `Patient/${person('george').patientId}`, role },
    ]
    expect(await told(await launched(world, visitor, named))).toEqual([
      { reference: shown, role },
      definition,
      { reference: `Patient/${maya}`, role },
    ])
  })

  it.each([
    ['a type that is not offered', { reference: 'ImagingStudy/1' }],
    ['an order, which tells of its result', { reference: keysOf('ServiceRequest', maya)[0] }],
    ['a type beyond the scopes', { reference: keysOf('Condition', maya)[0] }],
    ['an identifier', { identifier: { system: 'urn:oid:1.2', value: '7' }, type: 'Observation' }],
    ['an identifier beside what may be read', { reference: shown, identifier: { value: '7' } }],
    ['another type than the reference has', { reference: shown, type: 'DiagnosticReport' }],
    ['an address of no known type', { canonical: 'https://example.org/q|1' }],
    ['an address of a result', { canonical: `https://other.example/${held[0]}`, type: 'Questionnaire' }],
    [
      'an address beside a reference',
      { reference: shown, canonical: 'https://example.org/q', type: 'Questionnaire' },
    ],
  ])('is left out when it cannot be judged: %s', async (_, resource) => {
    const world = await start()
    const response = await launched(world, await world.visitor('maya'), [resource])
    expect(await told(response)).toBeUndefined()
  })

  it('is judged anew with each token: released it is named, held again it is gone; a repeated refresh says the same', async () => {
    const world = await start()
    const visitor = await world.visitor('maya')
    const reference = held.find((key) => mayRelease(key)) ?? ''
    const first = (await (await launched(world, visitor, [{ reference }])).json()) as Answer
    expect(first['fhirContext']).toBeUndefined()
    const act = { results: [reference], practitionerId: ordererOf(reference) }
    await world.control('release', act)
    const second = (await (await world.refresh(first.refresh_token)).json()) as Answer
    expect(second['fhirContext']).toEqual([{ reference }])
    await world.control('hold', act)
    expect(await (await world.refresh(first.refresh_token)).json()).toMatchObject({
      fhirContext: [{ reference }],
    })
    const third = (await (await world.refresh(second.refresh_token)).json()) as Answer
    expect(third['fhirContext']).toBeUndefined()
    const asked = await db().accessToken.findUniqueOrThrow({
      where: { jti: decodeJwt(third.access_token).jti ?? '' },
    })
    expect(JSON.stringify(asked.context)).not.toContain(reference)
  })

  it('is told by the scopes of this very token, and none of an EHR that does not answer; the token is given', async () => {
    const world = await start()
    const visitor = await world.visitor('maya')
    const first = (await (await launched(world, visitor, [{ reference: shown }])).json()) as Answer
    expect(first['fhirContext']).toEqual([{ reference: shown }])
    const narrow = await world.refresh(first.refresh_token, { scope: 'openid patient/Patient.rs' })
    expect(await told(narrow)).toBeUndefined()
    const { launch } = await world.portal.launch(visitor, {
      more: { context: { fhirContext: [{ reference: shown }] } },
    })
    const { query, verifier } = world.parameters({ scope, launch })
    const id = requestIdOf(await world.begin(visitor, query))
    await world.decide(visitor, id, acceptForm(await world.view(visitor, id)))
    const { searchParams: parameters } = await world.leave(visitor, id)
    const landing = { parameters, code: parameters.get('code') ?? '', verifier }
    await world.control('unavailable', { mode: '503', seconds: 60 })
    expect(
      await told(await world.exchange({ ...landing, redirectUri: query.get('redirect_uri') ?? '' })),
    ).toBe(undefined)
  })

  it('costs no round trip to the database', async () => {
    const world = await start()
    const visitor = await world.visitor('maya')
    await launched(world, visitor, undefined)
    const plain = (await (await launched(world, visitor, undefined)).json()) as Answer
    const named = (await (await launched(world, visitor, [{ reference: shown }])).json()) as Answer
    const [without, withOne] = [
      await countRoundTrips(() => world.refresh(plain.refresh_token)),
      await countRoundTrips(() => world.refresh(named.refresh_token)),
    ]
    expect(withOne.statements.length).toBe(without.statements.length)
  })
})

function ordererOf(reference: string): string {
  const found = wholeSeed().find((one) => `${one.resourceType}/${one.id}` === reference)
  const order = found && 'basedOn' in found ? found.basedOn?.[0]?.reference : undefined
  const request = wholeSeed().find((one) => `${one.resourceType}/${one.id}` === order)
  const requester = request && 'requester' in request ? request.requester?.reference : undefined
  return requester?.replace('Practitioner/', '') ?? clinicianIdOf('adeyemi')
}

/** Whether the laboratory has finished it and it has an order, so that its orderer may release it. */
function mayRelease(reference: string): boolean {
  const found = wholeSeed().find((one) => `${one.resourceType}/${one.id}` === reference)
  return found !== undefined && 'status' in found && found.status === 'final' && 'basedOn' in found
}
