import { type Acr, acrValues, isAcr, satisfiesAcr } from '@/lib/config/acr-values'
import type { Ehr } from '@/lib/config/config'
import { codingsAt } from '@/lib/fhir/coding'
import { type JsonObject, textAt } from '@/lib/fhir/json-value'
import { addSeconds } from '@/lib/time/clock'

/** What a clinic opens only to somebody who has just proven to be there. */
export type StepUpRule = Ehr['stepUp'][number]

/** What a call has to be proven by: one of these, not longer ago. RFC 9470 §3 */
export type StepUpNeed = { readonly acr: readonly Acr[]; readonly maxAgeSeconds: number }

/** What a token says of the authentication behind it. `authTime` undefined: nobody knows when. */
export type ProvenBy = { readonly acr: string | undefined; readonly authTime: Date | undefined }

/** A provider's clock may be ahead or behind by so much. */
const skewSeconds = 60

/** The rules that the authentication behind a token does not satisfy now. */
export function unmetRules(rules: readonly StepUpRule[], proven: ProvenBy, now: Date): readonly StepUpRule[] {
  return rules.filter(({ acr, maxAgeSeconds }) => {
    const { acr: word, authTime } = proven
    if (!isAcr(word) || !satisfiesAcr(word, acr)) return true
    return authTime === undefined || addSeconds(authTime, maxAgeSeconds + skewSeconds) < now
  })
}

/**
 * What a request has to be proven by, if it can be told from the request alone that it asks for something sensitive: by
 * its type, or by a category it names. All rules that apply count together, so that one answer meets them all.
 */
export function findNeed(
  unmet: readonly StepUpRule[],
  asked: { readonly type: string; readonly categories: readonly string[] },
): StepUpNeed | undefined {
  const applying = unmet.filter(({ type, category }) => {
    if (type !== undefined && type !== asked.type) return false
    return category === undefined || asked.categories.some((wanted) => isNamed(category, wanted))
  })
  if (applying.length === 0) return undefined
  return {
    acr: acrValues.filter((value) => applying.every((rule) => satisfiesAcr(value, rule.acr))),
    maxAgeSeconds: Math.min(...applying.map((rule) => rule.maxAgeSeconds)),
  }
}

/** Whether one of the rules speaks of this resource: then it is hidden, as if it had never been written. */
export function isSensitive(resource: JsonObject, rules: readonly StepUpRule[]): boolean {
  return rules.some(
    ({ type, category }) =>
      (type === undefined || type === textAt(resource, 'resourceType')) &&
      (category === undefined || hasCategory(resource, category)),
  )
}

function hasCategory(resource: JsonObject, category: string): boolean {
  const [system, code] = partsOf(category)
  const plain = [resource['category']].flat()
  if (plain.includes(code)) return true
  // a code without its system is taken to be the one that is meant
  return codingsAt(resource, 'category').some(
    (coding) => textAt(coding, 'code') === code && (textAt(coding, 'system') ?? system) === system,
  )
}

/** Whether a search token (`code`, `system|code`, `|code`, `system|`) could find this category. FHIR R4 search §token */
function isNamed(category: string, wanted: string): boolean {
  const [system, code] = partsOf(category)
  if (!wanted.includes('|')) return wanted === code
  const [wantedSystem, wantedCode] = partsOf(wanted)
  return ['', system].includes(wantedSystem) && ['', code].includes(wantedCode)
}

function partsOf(token: string): readonly [system: string, code: string] {
  const bar = token.indexOf('|')
  return [token.slice(0, bar), token.slice(bar + 1)]
}
