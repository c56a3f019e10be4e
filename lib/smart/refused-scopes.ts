import { parseClinicalScope } from '@/lib/fhir/clinical-scope'
import { listItems } from '@/lib/smart/consent-items'
import { type ConsentItemId, type ConsentTree, scopesOfItem } from '@/lib/smart/consent-tree'
import { narrowScope } from '@/lib/smart/scopes'

/**
 * Whether earlier scopes hold something that the person has now refused, however it is spelled: all of a kind when one
 * category was unticked, `.read` where `.rs` is asked now, a wildcard. The latest "no" counts on every device.
 */
export function holdRefused(
  earlier: readonly string[],
  tree: ConsentTree,
  ticked: ReadonlySet<ConsentItemId>,
): boolean {
  return listItems(tree)
    .filter((id) => !ticked.has(id))
    .some((id) => holdItem(earlier, id, scopesOfItem(tree, id)))
}

function holdItem(earlier: readonly string[], id: ConsentItemId, scopes: readonly string[]): boolean {
  if (id === 'later') return earlier.some((scope) => parseClinicalScope(scope)?.type === '*')
  if (id.endsWith('/other')) {
    const whole = narrowScope(`patient/${id.slice(0, -'/other'.length)}.rs`, earlier)
    return whole.some((scope) => !scope.includes('?'))
  }
  return scopes.some((scope) => earlier.includes(scope) || narrowScope(scope, earlier).length > 0)
}
