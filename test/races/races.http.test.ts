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

let started: Omit<RaceWorld, 'visitor'>
beforeAll(async () => {
  const world = await startSmartWorld()
  started = { world, portal: await openPortal(world), staff: await world.signInStaff() }
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
          await run({ ...started, visitor: await started.world.visitor('maya') })
        }
      },
      30_000 + rounds * 10_000,
    )
})
