import {
  isExactNumber,
  isObject,
  type JsonValue,
  objectsAt,
  textAt,
  visit,
  without,
} from '@/lib/fhir/json-value'
import type { Resource } from '@/lib/fhir/resource'
import { mentionsIn, ruleFor } from '@/lib/gateway/reference-rules'

/** What has to be known to judge a narrative. */
export type NarrativeFacts = {
  readonly ehrBase: string
  readonly gatewayBase: string
  /** Whether a resource of a judged type may be shown to this person. */
  readonly isShown: (key: string) => boolean
}

/**
 * Whether something was taken out of the elements a narrative is made from. What words it says of that nobody can tell
 * (abbreviations, translations, letters written as entities), so the narrative goes with it. lab-release B6
 */
export function hasLost(before: Resource, after: Resource): boolean {
  return countValues(after) < countValues(before)
}

/** Plain values of all elements but narrative and metadata; those of a contained resource never come along. */
function countValues(resource: Resource): number {
  let count = 0
  const contained = objectsAt(resource, 'contained').map((one) => without(one, ['text', 'meta']))
  visit([without(resource, ['text', 'meta', 'contained']), ...contained], (value) => {
    if (isExactNumber(value) || (value !== null && typeof value !== 'object')) count += 1
  })
  return count
}

/** Whether a narrative mentions something that may not be told of. */
export function tellsTooMuch(narrative: JsonValue | undefined, own: string, facts: NarrativeFacts): boolean {
  const div = isObject(narrative) ? (textAt(narrative, 'div') ?? '') : ''
  return mentionsIn(div, [facts.ehrBase, facts.gatewayBase]).some(
    ({ type, key }) =>
      key !== own && (ruleFor(type) === 'untold' || (ruleFor(type) === 'judged' && !facts.isShown(key))),
  )
}
