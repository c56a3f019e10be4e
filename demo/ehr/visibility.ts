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
  const isNear =
    caller.patientId === undefined ||
    isInCompartment(resource, caller.patientId, store) ||
    isThemselves(resource, caller)
  if (!isNear) return { sight: 'outside' }
  const scopes = scopesFor(caller.scopes, resource.resourceType, interaction)
  if (!isWithin(scopes, resource)) return { sight: 'outside' }
  if (isWithheld(resource, caller, store)) return { sight: 'withheld' }
  return { sight: 'visible', resource: withoutWithheld(resource, caller, store) }
}

/** A Person linked to who asks, or about whom the clinic asks in its own name. */
function isThemselves(resource: ChartResource, caller: Caller): boolean {
  if (resource.resourceType !== 'Person') return false
  const links = (resource.link ?? []).map(({ target }) => target.reference)
  return caller.fhirUser === undefined ? caller.purpose === 'PATADMIN' : links.includes(caller.fhirUser)
}
