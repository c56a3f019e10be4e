import type { Caller } from './caller'
import { isInCompartment } from './compartment'
import { isWithheld, withoutWithheld } from './person-rules'
import { isWithin, scopesFor } from './scopes'
import type { ChartResource } from './seed/resources'
import type { Store } from './store'

type Sight =
  | { readonly sight: 'visible'; readonly resource: ChartResource }
  | { readonly sight: 'outside' }
  | { readonly sight: 'withheld' }

/**
 * Whether this caller sees this resource: compartment, then granular scope, then the rules about persons.
 * That the type is in scope at all has been checked before, from the request alone.
 */
export function look(
  resource: ChartResource,
  caller: Caller,
  interaction: 'read' | 'search',
  store: Store,
): Sight {
  if (caller.patientId !== undefined && !isInCompartment(resource, caller.patientId, store))
    return { sight: 'outside' }
  const scopes = scopesFor(caller.scopes, resource.resourceType, interaction)
  if (!isWithin(scopes, resource)) return { sight: 'outside' }
  if (isWithheld(resource, caller, store)) return { sight: 'withheld' }
  return { sight: 'visible', resource: withoutWithheld(resource, caller, store) }
}
