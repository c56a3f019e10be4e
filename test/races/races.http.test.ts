import { afterAll, beforeAll, describe, it } from 'vitest'
import { db } from '@/lib/db/database'
import { openPortal } from '@/test/portal'
import { ceremonyRaces } from '@/test/races/ceremonies'
import { proofRaces } from '@/test/races/proofs'
import type { RaceWorld } from '@/test/races/race'
import { requestRaces } from '@/test/races/requests'
import { tokenRaces } from '@/test/races/tokens'
import { startSmartWorld } from '@/test/smart-world'

/** A few rounds with every test run; two hundred by `npm run races`. */
const rounds = Number(process.env['RACE_ROUNDS'] ?? 2)

let started: Omit<RaceWorld, 'visitor' | 'portal'>
beforeAll(async () => {
  const world = await startSmartWorld()
  started = { world, staff: await world.signInStaff() }
})
afterAll(() => started.world.stop())

describe(`of 64 uses at once, ${rounds} rounds`, () => {
  for (const { title, run } of [...tokenRaces, ...requestRaces, ...proofRaces, ...ceremonyRaces])
    it(
      title,
      async () => {
        for (let round = 0; round < rounds; round += 1) {
          // failures count against a network and a record, and here all are of one
          await db().rateLimitHit.deleteMany()
          const visitor = await started.world.visitor('maya')
          // a portal's token lives for five minutes, and all rounds together take longer
          await run({ ...started, visitor, portal: await openPortal(started.world) })
        }
      },
      30_000 + rounds * 10_000,
    )
})
