import type { StaffSession } from '@/lib/identity/session'
import type { Portal } from '@/test/portal'
import type { SmartWorld, Visitor } from '@/test/smart-world'

/** Who takes part in a race. */
export type RaceWorld = {
  readonly world: SmartWorld
  /** A person with their own chart open, signed in. */
  readonly visitor: Visitor
  readonly portal: Portal
  readonly staff: StaffSession
}

/** A credential that counts once. */
export type Race = {
  /** Begins with the ids of the rules it holds. */
  readonly title: string
  /** One round: makes a fresh credential, uses it many times at once, and judges answers and database. */
  run(race: RaceWorld): Promise<void>
}

const uses = 64

/** Uses something 64 times at once. */
export function atOnce<T>(use: (place: number) => Promise<T>): Promise<readonly T[]> {
  return Promise.all(Array.from({ length: uses }, (_, place) => use(place)))
}

/** The answers with this status. */
export function withStatus(answers: readonly Response[], status: number): readonly Response[] {
  return answers.filter((one) => one.status === status)
}
