import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest'
import { db } from '@/lib/db/database'
import { races } from '@/test/races/credentials'
import { type SmartWorld, startSmartWorld, type Visitor } from '@/test/smart-world'

/** A few rounds with every test run; two hundred by `npm run races`. */
const rounds = Number(process.env['RACE_ROUNDS'] ?? 2)
const uses = 64

let world: SmartWorld
let visitor: Visitor
beforeAll(async () => {
  world = await startSmartWorld()
  visitor = await world.visitor('maya')
})
afterAll(() => world.stop())
// failures count against a network, and here all are of one
beforeEach(async () => {
  await db().rateLimitHit.deleteMany()
})

describe(`of ${uses} uses at once, ${rounds} rounds`, () => {
  for (const { title, prepare } of races)
    it(
      title,
      async () => {
        for (let round = 0; round < rounds; round += 1) {
          await db().rateLimitHit.deleteMany()
          const { use, judge } = await prepare(world, visitor)
          await judge(await Promise.all(Array.from({ length: uses }, (_, place) => use(place))))
        }
      },
      30_000 + rounds * 10_000,
    )
})
