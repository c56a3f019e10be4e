import { z } from 'zod'
import type { JsonObject, JsonValue } from '@/lib/fhir/json-value'

/** A FHIR R4 resource with an id, its other members as they came. */
export type Resource = JsonObject & { readonly resourceType: string; readonly id: string }

/** What a FHIR logical id looks like. FHIR R4 datatypes `id`. */
export const idPattern = /^[A-Za-z0-9.-]{1,64}$/

/** Bodies come from JSON.parse: every member is JSON already, and walking it again would cost more than the search. */
const json = z.custom<JsonValue>(() => true)
const object = z.record(z.string(), json)
const objects = z.array(object).optional()
const resource = z
  .object({
    resourceType: z.string().regex(/^[A-Z][A-Za-z]{1,63}$/),
    id: z.string().regex(idPattern),
    meta: z.object({ security: objects }).catchall(json).optional(),
    contained: objects,
    result: objects,
    hasMember: objects,
  })
  .catchall(json)

/**
 * Reads a resource. Undefined when it is none we could judge: no type, no id, or labels, contents or members of another
 * shape than FHIR gives them, for what is not found there would count as absent.
 */
export function parseResource(body: unknown): Resource | undefined {
  const parsed = resource.safeParse(body)
  return parsed.success ? (parsed.data as Resource) : undefined
}

/** `Type/id` of a resource. */
export function keyOf(of: Resource): string {
  return `${of.resourceType}/${of.id}`
}
