import type { Caller } from './caller'
import { isInCompartment } from './compartment'
import { isWithheld, withoutWithheld } from './person-rules'
import { isWithin, scopesFor } from './scopes'
import { type ChartResource, referenceTo } from './seed/resources'
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
  const isSelf = caller.mayReadSelf === true && interaction === 'read' && isThemselves(resource, caller)
  const isPerson = resource.resourceType === 'RelatedPerson' || resource.resourceType === 'Person'
  // An app's scopes on a chart open no people: who signed in, and nobody else, by the scope that is for that.
  if (isPerson && caller.door === 'app-token' && !isSelf) return { sight: 'outside' }
  const scopes = scopesFor(caller.scopes, resource.resourceType, interaction)
  if (!isSelf && !isWithin(scopes, resource)) return { sight: 'outside' }
  if (isWithheld(resource, caller, store)) return { sight: 'withheld' }
  return { sight: 'visible', resource: withoutWithheld(resource, caller, store) }
}

/** Who asks, or the Person linked to them; for the clinic's own questions any Person. */
function isThemselves(resource: ChartResource, caller: Caller): boolean {
  if (resource.resourceType !== 'Person') return referenceTo(resource) === caller.fhirUser
  const links = (resource.link ?? []).map(({ target }) => target.reference)
  return caller.fhirUser === undefined ? caller.purpose === 'PATADMIN' : links.includes(caller.fhirUser)
}
