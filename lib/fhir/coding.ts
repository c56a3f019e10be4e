import { type JsonObject, objectAt, objectsAt, textAt } from '@/lib/fhir/json-value'

/** A code with the system it belongs to. */
export type Coding = { readonly system: string; readonly code: string }

/** The codings of a CodeableConcept, or of a list of them. */
export function codingsAt(of: JsonObject, name: string): readonly JsonObject[] {
  const one = objectAt(of, name)
  const concepts = one ? [one] : objectsAt(of, name)
  return concepts.flatMap((concept) => objectsAt(concept, 'coding'))
}

/** Whether one of the codings is the one wanted. */
export function hasCoding(codings: readonly JsonObject[], wanted: Coding): boolean {
  return codings.some((one) => textAt(one, 'system') === wanted.system && textAt(one, 'code') === wanted.code)
}

/** The labels of a resource: `meta.security`. */
export function labelsOf(resource: JsonObject): readonly JsonObject[] {
  return objectsAt(objectAt(resource, 'meta'), 'security')
}
