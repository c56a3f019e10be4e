import { type ClinicalScope, parseClinicalScope } from '@/lib/fhir/clinical-scope'

/** Resource types a patient may open to an app here. Others are dropped from a request: nothing is promised unserved. */
export const servedTypes = [
  'Patient',
  'Observation',
  'DiagnosticReport',
  'Condition',
  'AllergyIntolerance',
  'MedicationRequest',
  'Immunization',
  'Encounter',
  'Practitioner',
  'Organization',
  'Medication',
] as const

export type ServedType = (typeof servedTypes)[number]

const terminology = 'http://terminology.hl7.org/CodeSystem'
const usCore = 'http://hl7.org/fhir/us/core/CodeSystem'

/**
 * Categories a granular scope may name, with the search parameter exactly as it must stand in the scope. They are those
 * that US Core asks for, and the person may choose among them even if the app did not (spec G1).
 */
export const categories = {
  'Observation/laboratory': `category=${terminology}/observation-category|laboratory`,
  'Observation/vital-signs': `category=${terminology}/observation-category|vital-signs`,
  'Observation/social-history': `category=${terminology}/observation-category|social-history`,
  'Observation/survey': `category=${terminology}/observation-category|survey`,
  'Observation/sdoh': `category=${usCore}/us-core-category|sdoh`,
  'Condition/problem-list-item': `category=${terminology}/condition-category|problem-list-item`,
  'Condition/encounter-diagnosis': `category=${terminology}/condition-category|encounter-diagnosis`,
  'Condition/health-concern': `category=${usCore}/condition-category|health-concern`,
} as const

export type CategoryName = keyof typeof categories

/** The categories in the order they are shown. */
export const categoryNames: readonly CategoryName[] = Object.keys(categories).filter(
  (name): name is CategoryName => Object.hasOwn(categories, name),
)

/** The scope that reads and searches one category. */
export function scopeOfCategory(name: CategoryName): string {
  return `patient/${name.split('/')[0]}.rs?${categories[name]}`
}

/** Scopes that are not about resources: who the person is, which chart, and how long access lasts. */
export const plainScopes = [
  'openid',
  'fhirUser',
  'launch',
  'launch/patient',
  'offline_access',
  'online_access',
] as const

/** What discovery lists (SMART App Launch 2.2 D12): every scope here is served. */
export function listSupportedScopes(): readonly string[] {
  return [
    ...plainScopes,
    'patient/*.rs',
    ...servedTypes.map((type) => `patient/${type}.rs`),
    ...categoryNames.map(scopeOfCategory),
  ]
}

/** A list of scopes as the wire has it: one space between, none twice (RFC 6749 §3.3). */
export function splitScopes(list: string): readonly string[] {
  return [...new Set(list.split(' ').filter(Boolean))]
}

/**
 * What of a request can be put before the person: parse → drop what is unknown → intersect with what is served → and
 * with what the app is registered for. A scope that comes through whole keeps the spelling it was asked with (`.read`
 * stays `.read`), because clients compare strings; one that does not is narrowed to what may be given. Access while the
 * person is away holds what access during the visit would give: the second is not asked beside the first.
 * SMART App Launch 2.2, scopes (negotiation order).
 */
export function negotiateScopes(requested: string, registered: readonly string[]): readonly string[] {
  const allowed = registered.flatMap(narrowToServed)
  const offered = splitScopes(requested).flatMap((scope) => {
    if (plainScopes.some((plain) => plain === scope)) return registered.includes(scope) ? [scope] : []
    return narrowToServed(scope).flatMap((served) => narrowScope(served, allowed))
  })
  const unique = new Set(offered)
  if (!unique.has('openid')) unique.delete('fhirUser')
  if (unique.has('offline_access')) unique.delete('online_access')
  return [...unique]
}

/** What no app of a patient is given here, in the words a refusal uses. */
export type NotOffered = 'user/ scopes' | 'system/ scopes' | 'launch/encounter'

/**
 * What a list of scopes asks for that belongs to a clinician's launch or to a backend client: refused by name, whatever
 * stands beside it (spec S10). `isLaunched`: the request comes from a portal's launch, where `launch/encounter` is a
 * hint that the server may ignore (spec L4). What is not well-formed is no scope at all, and dropped (spec S3).
 */
export function listNotOffered(
  requested: string,
  { isLaunched }: { readonly isLaunched: boolean },
): readonly NotOffered[] {
  const asked = splitScopes(requested)
  const levels = new Set(asked.map((scope) => parse(scope)?.level))
  const asksEncounter = asked.some((scope) => /^launch\/encounter(\?|$)/.test(scope))
  return [
    ...(levels.has('user') ? (['user/ scopes'] as const) : []),
    ...(levels.has('system') ? (['system/ scopes'] as const) : []),
    ...(asksEncounter && !isLaunched ? (['launch/encounter'] as const) : []),
  ]
}

/** The public words of that refusal: which, and nothing of what was sent. */
export function describeNotOffered(names: readonly NotOffered[]): string {
  return `Not offered to an app of a patient: ${names.join(', ')}.`
}

/** Whether every scope asked for is within those granted (RFC 6749 §6): same string, or covered by a wider one. */
export function areCovered(asked: readonly string[], granted: readonly string[]): boolean {
  return asked.every((scope) => {
    if (granted.includes(scope)) return true
    const [only, ...more] = narrowScope(scope, granted)
    return only === scope && more.length === 0
  })
}

/** Whether a refresh token goes with these scopes: access while away, or for the visit (spec S17). */
export function isRenewable(scopes: readonly string[]): boolean {
  return scopes.includes('offline_access') || scopes.includes('online_access')
}

/** Whether a grant of these scopes puts one patient in context, so that the token response names it. */
export function hasPatientContext(scopes: readonly string[]): boolean {
  return scopes.some((scope) => /^launch(\/patient)?$|^patient\//.test(scope))
}

/** Whether a request is about a chart, so that it has to say which server's (X5): by resource or by launch context. */
export function asksForChart(requested: string): boolean {
  return splitScopes(requested).some((scope) => /^(?:patient|user|system)\/|^launch(?:\/|$)/.test(scope))
}

/** The part of one resource scope that a list of scopes allows: itself if all of it, narrower ones, or nothing. */
export function narrowScope(scope: string, allowed: readonly string[]): readonly string[] {
  const asked = parse(scope)
  if (!asked) return []
  const parts = allowed
    .map(parse)
    .map((one) => one && intersect(asked, one))
    .filter((part) => part !== undefined)
  const whole = parts.filter((part) => part.type === asked.type && part.rawQuery === asked.rawQuery)
  const isWhole =
    (!asked.read || whole.some((part) => part.read)) && (!asked.search || whole.some((part) => part.search))
  if (isWhole && whole.length > 0) return [scope]
  return [...new Set(parts.map(render))]
}

type Parsed = Pick<ClinicalScope, 'level' | 'type' | 'read' | 'search'> & { readonly rawQuery: string }

function parse(scope: string): Parsed | undefined {
  const found = parseClinicalScope(scope)
  if (!found) return undefined
  return { ...found, rawQuery: scope.split('?').slice(1).join('?') }
}

/** Drops what we do not serve: levels but patient, writing, types and constraints we do not know. */
function narrowToServed(scope: string): readonly string[] {
  const asked = parse(scope)
  if (asked?.level !== 'patient' || !(asked.read || asked.search)) return []
  if (asked.type !== '*' && !servedTypes.some((type) => type === asked.type)) return []
  const isKnownQuery = Object.entries(categories).some(
    ([name, query]) => name.startsWith(`${asked.type}/`) && query === asked.rawQuery,
  )
  if (asked.rawQuery !== '' && !isKnownQuery) return []
  return [/\.[rs]+(\?|$)|\.read$/.test(scope) ? scope : render(asked)]
}

function intersect(asked: Parsed, allowed: Parsed): Parsed | undefined {
  if (asked.level !== allowed.level) return undefined
  if (asked.type !== allowed.type && asked.type !== '*' && allowed.type !== '*') return undefined
  const isSameQuery = asked.rawQuery === allowed.rawQuery || asked.rawQuery === '' || allowed.rawQuery === ''
  const part = {
    level: asked.level,
    type: asked.type === '*' ? allowed.type : asked.type,
    read: asked.read && allowed.read,
    search: asked.search && allowed.search,
    rawQuery: asked.rawQuery || allowed.rawQuery,
  }
  return isSameQuery && (part.read || part.search) ? part : undefined
}

function render(scope: Parsed): string {
  const query = scope.rawQuery ? `?${scope.rawQuery}` : ''
  return `${scope.level}/${scope.type}.${scope.read ? 'r' : ''}${scope.search ? 's' : ''}${query}`
}
