import { z } from 'zod'
import { parseResource, type Resource } from '@/lib/fhir/resource'

/** One page of another server's search, every entry readable. */
export type Searchset = {
  readonly matches: readonly Resource[]
  readonly included: readonly Resource[]
  /** The server's own link to its next page. */
  readonly next: string | undefined
}

const bundle = z.object({
  resourceType: z.literal('Bundle'),
  type: z.literal('searchset'),
  link: z.array(z.object({ relation: z.string(), url: z.string() })).default([]),
  entry: z
    .array(
      z.object({
        resource: z.unknown(),
        search: z.object({ mode: z.enum(['match', 'include', 'outcome']).optional() }).optional(),
      }),
    )
    .default([]),
})

/**
 * Reads a search result. Undefined when any of it cannot be read, for an entry that is not understood must not be passed
 * on, and leaving it out silently would hide. Outcomes of the other server are dropped: they count what is not shown.
 */
export function parseSearchset(body: unknown, type: string): Searchset | undefined {
  const parsed = bundle.safeParse(body)
  if (!parsed.success) return undefined
  const matches: Resource[] = []
  const included: Resource[] = []
  for (const { resource: given, search } of parsed.data.entry) {
    if (search?.mode === 'outcome') continue
    const resource = parseResource(given)
    if (resource?.resourceType === 'OperationOutcome') continue
    if (!resource) return undefined
    const isMatch = search?.mode ? search.mode === 'match' : resource.resourceType === type
    if (isMatch && resource.resourceType !== type) return undefined
    ;(isMatch ? matches : included).push(resource)
  }
  return { matches, included, next: parsed.data.link.find((link) => link.relation === 'next')?.url }
}
