import { objectAt, objectsAt, textAt } from '@/lib/fhir/json-value'
import { localKey } from '@/lib/fhir/reference'
import type { Resource } from '@/lib/fhir/resource'
import { readShared } from '@/lib/gateway/ask-ehr'
import { basesOf, type Call } from '@/lib/gateway/call'
import type { OfferedTypeName } from '@/lib/gateway/offered'
import { showAlone } from '@/lib/gateway/show-alone'

/**
 * The RelatedPerson or Person who signed in, at the address that `fhirUser` gives. The decision let only that one
 * through. A Person's links to other records are left out: this access is for one.
 */
export async function readSelf(call: Call, type: OfferedTypeName, id: string): Promise<Resource | undefined> {
  const found = await readShared(call.ehr, { type, id }, call.dataContext)
  const resource = found && withOwnLinks(found, call)
  return resource && showAlone(resource, call)
}

/** Undefined for a Person that is not linked to who acts here. */
function withOwnLinks(resource: Resource, call: Call): Resource | undefined {
  if (resource.resourceType !== 'Person') return resource
  const link = objectsAt(resource, 'link').filter((one) => {
    const target = textAt(objectAt(one, 'target'), 'reference')
    return localKey(target, basesOf(call.ehr)) === call.obligations.fhirUser
  })
  return link.length > 0 ? { ...resource, link } : undefined
}
