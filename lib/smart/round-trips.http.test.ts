import { afterAll, beforeAll, expect, it } from 'vitest'
import { backendToken } from '@/test/backend-client'
import { countRoundTrips } from '@/test/round-trips'
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
  const all = [authorized, viewed, decided, left].flatMap(({ statements }) => statements)
  expect(all.length, all.join('\n')).toBeLessThanOrEqual(8)

  const exchanged = await countRoundTrips(() => world.exchange(landing))
  expect(exchanged.result.status).toBe(200)
  expect(exchanged.statements.length, exchanged.statements.join('\n')).toBeLessThanOrEqual(3)
  const tokens = (await exchanged.result.json()) as { access_token: string; refresh_token: string }
  const refreshed = await countRoundTrips(() => world.refresh(tokens.refresh_token))
  expect(refreshed.result.status).toBe(200)
  expect(refreshed.statements.length, refreshed.statements.join('\n')).toBeLessThanOrEqual(3)

  const bearer = await backendToken(world, 'inspector', '__introspect')
  const form = { token: tokens.access_token }
  const asked = await countRoundTrips(() =>
    world.post('/oauth/introspect', form, { authorization: `Bearer ${bearer}` }),
  )
  expect(await asked.result.json()).toMatchObject({ active: true })
  expect(asked.statements.length).toBeLessThanOrEqual(2)
})
