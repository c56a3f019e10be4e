import {
  isExactNumber,
  isObject,
  type JsonObject,
  type JsonValue,
  objectAt,
  objectsAt,
  textAt,
  without,
} from '@/lib/fhir/json-value'
import { parseReference } from '@/lib/fhir/reference'
import { keyOf, type Resource } from '@/lib/fhir/resource'
import { hasLost, type NarrativeFacts, tellsTooMuch } from '@/lib/gateway/narrative'
import { isEncoded, mentionsIn, resultElements, ruleFor, speaksOfJudged } from '@/lib/gateway/reference-rules'

/** What has to be known to scrub one resource. */
export type ScrubFacts = NarrativeFacts & {
  readonly isResult: boolean
  /** What an app reads as the last update of a result: since when this version may be seen. */
  readonly since: Date | undefined
}

const dropped = Symbol('dropped')
type Scrubbed = JsonValue | typeof dropped

/**
 * Removes from a resource that is shown everything that tells of one that is not: references with their displays and
 * whatever stands beside them in the same element, labels, versions, narratives that mention them. What is not hidden
 * stays as it came. lab-release B6
 */
export function scrub(resource: Resource, facts: ScrubFacts): Resource {
  const cleaned: Record<string, JsonValue | undefined> = {}
  for (const [name, value] of Object.entries(resource)) {
    if (name === 'meta') {
      const meta = scrubValue(cleanMeta(resource, facts), name, {
        ...facts,
        own: keyOf(resource),
        resource,
        depth: 0,
      })
      if (meta !== dropped) cleaned[name] = meta
    } else if (name === 'text' && (facts.isResult || tellsTooMuch(value, keyOf(resource), facts))) continue
    else {
      const clean = scrubValue(value, name, { ...facts, own: keyOf(resource), resource, depth: 0 })
      if (clean !== dropped) cleaned[name] = clean
    }
  }
  const { resourceType, id } = resource
  const shown = { ...cleaned, resourceType, id }
  return hasLost(resource, shown) ? without(shown, ['text']) : shown
}

type Place = ScrubFacts & { readonly own: string; readonly resource: Resource; readonly depth: number }

function scrubValue(value: JsonValue | undefined, name: string, place: Place): Scrubbed {
  if (typeof value === 'string') return scrubText(value, name, place)
  if (Array.isArray(value)) return scrubList(value, name, place)
  if (isExactNumber(value)) return value ?? dropped
  if (isObject(value)) return scrubObject(value, name, place)
  return value ?? dropped
}

function scrubList(list: readonly JsonValue[], name: string, place: Place): Scrubbed {
  if (name === 'reference') return dropped // an address is one text: a list of them is not looked into by anybody
  const items = list.map((item) => scrubValue(item, name, place))
  // Arrays of `_element` stand beside an array of values, place for place.
  if (name.startsWith('_')) return items.map((item) => (item === dropped ? null : item))
  const left = items.filter((item) => item !== dropped)
  const isOfSeveral = place.depth > 0 && name !== 'extension' && name !== 'modifierExtension'
  if (isOfSeveral && left.length < list.length) return dropped
  if (left.length === 0 && list.length > 0) return name === 'extension' && place.depth > 0 ? [] : dropped
  return left
}

/** An element goes whole when a reference in it goes: what stands beside it would tell of it. */
function scrubObject(object: JsonObject, name: string, place: Place): Scrubbed {
  if (isPointer(object) && !mayPoint(object, name, place)) return dropped
  const cleaned: Record<string, JsonValue> = {}
  for (const [member, value] of Object.entries(inside(object))) {
    const clean = scrubValue(value, member, { ...place, depth: place.depth + 1 })
    if (clean === dropped && value !== undefined) return dropped
    if (clean !== dropped && !isEmptyList(clean)) cleaned[member] = clean
  }
  return cleaned
}

/** A contained resource comes without labels and narrative of its own. */
function inside(object: JsonObject): JsonObject {
  return typeof object['resourceType'] === 'string' ? without(object, ['meta', 'text']) : object
}

function isEmptyList(value: JsonValue): boolean {
  return Array.isArray(value) && value.length === 0
}

const pointerMembers: ReadonlySet<string> = new Set([
  'reference',
  'type',
  'identifier',
  'display',
  'id',
  'extension',
])

/** A Reference: by address, or by a name or identifier alone. */
function isPointer(object: JsonObject): boolean {
  if (typeof object['reference'] === 'string') return true
  return Object.keys(object).every((member) => pointerMembers.has(member.replace(/^_/, '')))
}

function mayPoint(pointer: JsonObject, name: string, place: Place): boolean {
  const text = textAt(pointer, 'reference')
  const type = textAt(pointer, 'type')?.split('/').at(-1)
  const isOfJudgedType = type !== undefined && ruleFor(type) !== 'named'
  if (text === undefined) return !isOfJudgedType && !(resultElements.has(name) && isNamedOnly(pointer))
  const target = parseReference(text, [place.ehrBase, place.gatewayBase])
  if (target.kind === 'contained') return !resultElements.has(name) || isInside(text.slice(1), place.resource)
  if (target.kind === 'foreign') return !resultElements.has(name) && !isOfJudgedType && !speaksOfJudged(text)
  return mayTell(target.type, target.key, place, name)
}

/** Whether what `#id` names is really there and was judged; `#` alone is the resource itself. */
function isInside(id: string, resource: Resource): boolean {
  return id === '' || objectsAt(resource, 'contained').some((one) => textAt(one, 'id') === id)
}

function isNamedOnly(pointer: JsonObject): boolean {
  const type = textAt(pointer, 'type')
  const namesSomething = pointer['display'] !== undefined || pointer['identifier'] !== undefined
  return namesSomething && (type === undefined || ruleFor(type) !== 'named')
}

function mayTell(type: string, key: string, place: Place, name: string): boolean {
  const rule = ruleFor(type)
  if (rule === 'named' || key === place.own) return true
  if (rule === 'judged') return place.isShown(key)
  // The pictures of a report that is shown whole are part of it.
  return place.isResult && (name === 'link' || name === 'imagingStudy')
}

/** Addresses of the EHR become ours; a text that mentions something hidden goes, with the element it stands in. */
function scrubText(text: string, name: string, place: Place): Scrubbed {
  if (name === 'data' && isEncoded(text)) return text
  if (name === 'reference')
    return text.startsWith(`${place.ehrBase}/`) ? text.slice(place.ehrBase.length + 1) : text
  const bases = [place.ehrBase, place.gatewayBase]
  const isAddress = ['url', 'valueUrl', 'valueUri', 'valueCanonical', 'uri', 'source'].includes(name)
  const told = mentionsIn(text, bases).filter(({ type }) => ruleFor(type) !== 'named')
  const isAttachment =
    name === 'url' && place.isResult && told.every(({ type }) => ruleFor(type) === 'untold')
  const isTooMuch = told.some(
    ({ type, key }) => (isAddress || ruleFor(type) === 'judged') && !mayTell(type, key, place, name),
  )
  if (isTooMuch && !isAttachment) return dropped
  return text.replaceAll(place.ehrBase, place.gatewayBase)
}

/**
 * Labels say what somebody thinks of a resource, versions count changes that are not shown: both go. A result is last
 * updated when it may be seen; changes of a panel for the sake of a hidden member do not show.
 */
function cleanMeta(resource: Resource, facts: ScrubFacts): JsonObject | undefined {
  const meta = objectAt(resource, 'meta')
  const kept = without(meta ?? {}, ['versionId', 'security', 'tag'])
  const shown = facts.isResult
    ? {
        ...without(kept, ['lastUpdated']),
        ...(facts.since ? { lastUpdated: facts.since.toISOString() } : {}),
      }
    : kept
  return Object.keys(shown).length > 0 ? shown : undefined
}
