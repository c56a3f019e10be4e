import { listUnreleasedResults } from './release'
import { type ChartResource, type ResourceType, referenceTo } from './seed/resources'
import { withoutReferences } from './seed/without'
import type { Store } from './store'

/** What an app reads of this EHR when no gateway stands in front of it; nothing that tells of a result beside it. */
const typesForApps: ReadonlySet<ResourceType> = new Set([
  'Patient',
  'Observation',
  'DiagnosticReport',
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'Medication',
  'Immunization',
  'Encounter',
  'Practitioner',
  'PractitionerRole',
  'Organization',
  'RelatedPerson',
  'Person',
])

/**
 * The records as apps may see them: results that no clinician released, or that one holds, are not there, and neither is
 * a reference to one, a document that was made from one, or an earlier version of anything. Made anew after each change.
 */
export function makeReleasedView(store: Store): () => Store {
  let source: readonly ChartResource[] | undefined
  let view: Store = store
  return () => {
    if (source === store.list()) return view
    source = store.list()
    view = viewOf(store, source)
    return view
  }
}

function viewOf(store: Store, world: readonly ChartResource[]): Store {
  const hidden = new Set(listUnreleasedResults(world).map(referenceTo))
  const shown = world
    .filter((one) => typesForApps.has(one.resourceType) && !hidden.has(referenceTo(one)))
    .map((one) => withoutHidden(one, hidden))
  const byReference = new Map(shown.map((one) => [referenceTo(one), one]))
  return {
    ...store,
    find: (reference) => byReference.get(reference),
    versions: (reference) => [byReference.get(reference)].filter((one) => one !== undefined),
    list: () => shown,
  }
}

/** A panel or report that loses a member loses its document, its conclusion and its narrative with it. */
function withoutHidden(resource: ChartResource, hidden: ReadonlySet<string>): ChartResource {
  const pruned = withoutReferences(resource, hidden)
  if (JSON.stringify(pruned) === JSON.stringify(resource)) return resource
  if (pruned.resourceType === 'DiagnosticReport') {
    const { presentedForm: _, conclusion: __, text: ___, ...rest } = pruned
    return rest
  }
  if (pruned.resourceType !== 'Observation') return pruned
  const { text: _, ...rest } = pruned
  return rest
}
