import { clinicians } from '../people'
import { type ClinicianAct, openKeptState } from './kept-state'
import { isHeld, isResult, releasableStatuses } from './release'
import { holdLabel } from './seed/codes'
import { opaqueId } from './seed/opaque-id'
import { releaseProvenance } from './seed/release-fact'
import { type ChartResource, type ResultResource, referenceTo } from './seed/resources'
import { buildWorld } from './seed/world'

type ActOutcome =
  | { readonly outcome: 'done' }
  | { readonly outcome: 'refused'; readonly reason: 'unknown-result' | 'unknown-clinician' | 'not-final' }

export type Store = {
  readonly today: string
  find(reference: string): ChartResource | undefined
  /** Every version, oldest first. */
  versions(reference: string): readonly ChartResource[]
  /** Current versions, in the order they were first written. */
  list(): readonly ChartResource[]
  /** Releases or holds results in one clinician's name, kept over restarts. */
  decide(act: 'release' | 'hold', results: readonly string[], practitionerId: string): ActOutcome
  /** Writes a new version. Used by the test controls; forgotten at the next start. */
  change(resource: ChartResource): void
  /** Back to the seed: decisions and changes are forgotten. */
  reset(): void
}

type StoreOptions = {
  readonly dataDir?: string | undefined
  readonly today?: string | undefined
  readonly without?: readonly string[] | undefined
}

/** The records of this EHR: the seed of its first day, and what clinicians decided since. */
export function openStore({ dataDir, today, without = [] }: StoreOptions): Store {
  const kept = openKeptState(dataDir, today ?? new Date().toISOString().slice(0, 10))
  const seedDay = today ?? kept.state.today
  let versions = load()
  let current: ChartResource[] | undefined

  function load(): Map<string, ChartResource[]> {
    const world = new Map(buildWorld(seedDay, without).map((one) => [referenceTo(one), [one]]))
    // A result that this world never held has no decision to replay.
    for (const act of kept.state.acts) {
      const known = act.results.filter((reference) => world.has(reference))
      if (known.length > 0) applyAct(world, { ...act, results: known })
    }
    return world
  }

  return {
    today: seedDay,
    find: (reference) => versions.get(reference)?.at(-1),
    versions: (reference) => versions.get(reference) ?? [],
    list() {
      current ??= [...versions.values()].flatMap((all) => all.at(-1) ?? [])
      return current
    },
    decide(act, results, practitionerId) {
      const found = results.map((reference) => versions.get(reference)?.at(-1))
      const refusal = checkAct(act, found, practitionerId)
      if (refusal) return refusal
      const decided: ClinicianAct = {
        act,
        at: new Date().toISOString(),
        practitionerId,
        results: [...results],
      }
      kept.state.acts.push(decided)
      kept.save()
      applyAct(versions, decided)
      current = undefined
      return { outcome: 'done' }
    },
    change(resource) {
      writeVersion(versions, resource, new Date().toISOString())
      current = undefined
    },
    reset() {
      kept.state.acts = []
      kept.save()
      versions = load()
      current = undefined
    },
  }
}

function checkAct(
  act: 'release' | 'hold',
  found: readonly (ChartResource | undefined)[],
  practitionerId: string,
): ActOutcome | undefined {
  if (!clinicians.some((one) => one.id === practitionerId))
    return { outcome: 'refused', reason: 'unknown-clinician' }
  if (found.length === 0 || !found.every((one) => one !== undefined && isResult(one)))
    return { outcome: 'refused', reason: 'unknown-result' }
  const finished = found.every((one) => one && isResult(one) && releasableStatuses.includes(one.status))
  return act === 'release' && !finished ? { outcome: 'refused', reason: 'not-final' } : undefined
}

function applyAct(
  versions: Map<string, ChartResource[]>,
  { act, at, practitionerId, results }: ClinicianAct,
): void {
  for (const reference of results) {
    const result = versions.get(reference)?.at(-1)
    if (!result || !isResult(result)) continue
    if (act === 'hold' && !isHeld(result)) writeVersion(versions, withHold(result), at)
    if (act === 'release' && isHeld(result)) writeVersion(versions, withoutHold(result), at)
  }
  if (act === 'hold') return
  const name = clinicians.find((one) => one.id === practitionerId)?.name ?? ''
  const who = { reference: `Practitioner/${practitionerId}`, display: name }
  writeVersion(versions, releaseProvenance(opaqueId('v', at, ...results), results, who, at), at)
}

function writeVersion(
  versions: Map<string, ChartResource[]>,
  resource: ChartResource,
  lastUpdated: string,
): void {
  const earlier = versions.get(referenceTo(resource)) ?? []
  const meta = { ...resource.meta, versionId: String(earlier.length + 1), lastUpdated }
  versions.set(referenceTo(resource), [...earlier, { ...resource, meta }])
}

function withHold(result: ResultResource): ResultResource {
  return { ...result, meta: { ...result.meta, security: [...(result.meta?.security ?? []), holdLabel] } }
}

function withoutHold(result: ResultResource): ResultResource {
  const { security = [], ...meta } = result.meta ?? {}
  const left = security.filter((one) => one.code !== holdLabel.code || one.system !== holdLabel.system)
  return { ...result, meta: { ...meta, ...(left.length > 0 ? { security: left } : {}) } }
}
