import type { Reference } from 'fhir/r4'
import { type ChartResource, referenceTo, type SeedEntry } from './resources'

/**
 * Leaves out the named resources as if they had never been written: with them goes everything that exists only
 * because of them, and every reference that points to what is gone.
 */
export function pruneReferences(entries: readonly SeedEntry[], without: readonly string[]): SeedEntry[] {
  const known = new Set(entries.map((entry) => referenceTo(entry.resource)))
  const unknown = without.filter((reference) => !known.has(reference))
  if (unknown.length > 0)
    throw new Error(`EHR_WITHOUT names what the seed does not hold: ${unknown.join(', ')}`)
  const gone = new Set(without)
  for (let before = -1; before !== gone.size; ) {
    before = gone.size
    for (const entry of entries) if (existsOnlyBecause(entry, gone)) gone.add(referenceTo(entry.resource))
  }
  return entries
    .filter((entry) => !gone.has(referenceTo(entry.resource)))
    .map((entry) => ({ ...entry, resource: withoutReferences(entry.resource, gone) }))
}

function existsOnlyBecause({ resource, because }: SeedEntry, gone: ReadonlySet<string>): boolean {
  if (because?.some((reference) => gone.has(reference))) return true
  return (
    resource.resourceType === 'Provenance' &&
    resource.target.every((target) => gone.has(target.reference ?? ''))
  )
}

/** The resource without the references to what is gone. */
export function withoutReferences(resource: ChartResource, gone: ReadonlySet<string>): ChartResource {
  switch (resource.resourceType) {
    case 'Provenance':
      return { ...resource, target: kept(resource.target, gone) ?? [] }
    case 'Observation': {
      const { hasMember, ...rest } = resource
      const members = kept(hasMember, gone)
      return members ? { ...rest, hasMember: members } : rest
    }
    case 'DiagnosticReport': {
      const { result, ...rest } = resource
      const results = kept(result, gone)
      return results ? { ...rest, result: results } : rest
    }
    default:
      return resource
  }
}

function kept(
  references: readonly Reference[] | undefined,
  gone: ReadonlySet<string>,
): Reference[] | undefined {
  const left = (references ?? []).filter((one) => !gone.has(one.reference ?? ''))
  return left.length > 0 ? left : undefined
}
