import { afterAll, beforeAll, expect, it } from 'vitest'
import { backendToken } from '@/test/backend-client'
import { type Counted, countRoundTrips } from '@/test/round-trips'
import { acceptForm, requestIdOf, type SmartWorld, startSmartWorld } from '@/test/smart-world'

let world: SmartWorld
beforeAll(async () => {
  world = await startSmartWorld()
})
afterAll(() => world.stop())

it('from the request to the code in eight round trips to the database, page, answer and leaving counted', async () => {
  const visitor = await world.visitor('maya')
  // what a process reads once, its signing keys, is read before
  await world.exchange(await world.allow(visitor))
  const { query, verifier } = world.parameters()
  const authorized = await countRoundTrips(() => world.begin(visitor, query))
  const id = requestIdOf(authorized.result)
  const viewed = await countRoundTrips(() => world.view(visitor, id))
  const decided = await countRoundTrips(() => world.decide(visitor, id, acceptForm(viewed.result)))
  const left = await countRoundTrips(() => world.leave(visitor, id))
  const { searchParams: parameters } = left.result
  const landing = {
    parameters,
    code: parameters.get('code') ?? '',
    verifier,
    redirectUri: query.get('redirect_uri') ?? '',
  }
  expect(landing.code).not.toBe('')
  expectRoundTrips({ request: authorized, page: viewed, answer: decided, leaving: left }, 8)

  const exchanged = await countRoundTrips(() => world.exchange(landing))
  expect(exchanged.result.status).toBe(200)
  expectRoundTrips({ exchange: exchanged }, 3)
  const tokens = (await exchanged.result.json()) as { access_token: string; refresh_token: string }
  const refreshed = await countRoundTrips(() => world.refresh(tokens.refresh_token))
  expect(refreshed.result.status).toBe(200)
  expectRoundTrips({ refresh: refreshed }, 3)

  const bearer = await backendToken(world, 'inspector', '__introspect')
  const form = { token: tokens.access_token }
  const asked = await countRoundTrips(() =>
    world.post('/oauth/introspect', form, { authorization: `Bearer ${bearer}` }),
  )
  expect(await asked.result.json()).toMatchObject({ active: true })
  expectRoundTrips({ introspection: asked }, 1)
})

it('[OIDC-3.1.2.6] a code without any page takes no more round trips than one with pages', async () => {
  const visitor = await world.visitor('maya')
  const scope = 'openid launch/patient patient/Patient.rs'
  await world.allow(visitor, { scope })
  const { query } = world.parameters({ scope, prompt: 'none' })
  const silent = await countRoundTrips(() => world.begin(visitor, query))
  const address = new URL(silent.result.headers.get('location') ?? '')
  expect(address.searchParams.get('code')).toHaveLength(43)
  expectRoundTrips({ silent }, 8)
})

/** Fails with what each step said to the database. */
function expectRoundTrips(steps: Readonly<Record<string, Counted<unknown>>>, most: number): void {
  const told = Object.entries(steps).flatMap(([step, { statements }]) => [
    `${step}: ${statements.length}`,
    ...statements.map((statement) => `  ${statement.replaceAll(/\s+/g, ' ')}`),
  ])
  const count = Object.values(steps).reduce((sum, { statements }) => sum + statements.length, 0)
  expect(count, told.join('\n')).toBeLessThanOrEqual(most)
}
