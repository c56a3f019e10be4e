import { isObject, type JsonValue, objectAt, textAt, visit, without } from '@/lib/fhir/json-value'
import type { Resource } from '@/lib/fhir/resource'
import { mentionsIn, ruleFor } from '@/lib/gateway/reference-rules'

/** What has to be known to judge a narrative. */
export type NarrativeFacts = {
  readonly ehrBase: string
  readonly gatewayBase: string
  /** Whether a resource of a judged type may be shown to this person. */
  readonly isShown: (key: string) => boolean
}

/** Whether a narrative says words that were taken out of the elements it is made from. */
export function repeatsWhatWent(before: Resource, after: Resource): boolean {
  const div = textAt(objectAt(after, 'text'), 'div')?.toLowerCase()
  if (div === undefined) return false
  const kept = wordsOf(after)
  return [...wordsOf(before)].some((word) => !kept.has(word) && div.includes(word))
}

/** Texts of all elements but narrative and metadata, as they would stand in a narrative. */
function wordsOf(resource: Resource): ReadonlySet<string> {
  const words = new Set<string>()
  visit(without(resource, ['text', 'meta']), (value) => {
    if (typeof value !== 'string' || value.length < 4 || value.length > 1_000) return
    const escaped = value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
    words.add(escaped.toLowerCase())
  })
  return words
}

/** Whether a narrative mentions something that may not be told of. */
export function tellsTooMuch(narrative: JsonValue | undefined, own: string, facts: NarrativeFacts): boolean {
  const div = isObject(narrative) ? (textAt(narrative, 'div') ?? '') : ''
  return mentionsIn(div, [facts.ehrBase, facts.gatewayBase]).some(
    ({ type, key }) =>
      key !== own && (ruleFor(type) === 'untold' || (ruleFor(type) === 'judged' && !facts.isShown(key))),
  )
}
