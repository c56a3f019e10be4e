import { type ClinicalScope, parseClinicalScope } from '@/lib/fhir/clinical-scope'
import { codingsAt } from '@/lib/fhir/coding'
import { type JsonObject, type JsonValue, textAt } from '@/lib/fhir/json-value'

/** Parameters a granular scope may be limited by here. One with any other reaches nothing. US Core, (g)(10) */
const understood: ReadonlySet<string> = new Set(['category', 'code', 'status', 'clinical-status'])

/**
 * The scopes among those granted that allow an interaction on a type for the patient in context. Scopes are a union;
 * `user/` and `system/` give a patient's app nothing here. SMART App Launch 2.2 S4, S10
 */
export function scopesFor(
  granted: readonly string[],
  type: string,
  interaction: 'read' | 'search',
): readonly ClinicalScope[] {
  return granted
    .flatMap((text) => parseClinicalScope(text) ?? [])
    .filter(({ level }) => level === 'patient')
    .filter((scope) => (scope.type === '*' || scope.type === type) && scope[interaction])
    .filter(({ query }) => query.every(([name]) => understood.has(name)))
}

/** Whether one of the scopes reaches this resource. */
export function isWithinScopes(scopes: readonly ClinicalScope[], resource: JsonObject): boolean {
  return scopes.some(({ query }) => query.every(([name, value]) => matchesParameter(resource, name, value)))
}

/** A scope as the EHR is to read it: the same constraint, one type, read and search. */
export function scopeForEhr(scope: ClinicalScope, type: string): string {
  const query = scope.query.map(([name, value]) => `${name}=${value}`).join('&')
  return `patient/${type}.rs${query ? `?${query}` : ''}`
}

type Token = { readonly system?: string | undefined; readonly code: string }

/** FHIR token search: `system|code`, `|code`, `code`, `system|`; a comma is "or". FHIR R4 search §token */
function matchesParameter(resource: JsonObject, name: string, value: string): boolean {
  const tokens = tokensOf(resource, name)
  return value.split(',').some((wanted) => tokens.some((token) => isToken(token, wanted)))
}

function isToken(token: Token, wanted: string): boolean {
  const bar = wanted.indexOf('|')
  if (bar < 0) return wanted !== '' && token.code === wanted
  const [system, code] = [wanted.slice(0, bar), wanted.slice(bar + 1)]
  if (system === '' && code === '') return false
  return system === (token.system ?? '') && (code === '' || code === token.code)
}

function tokensOf(resource: JsonObject, name: string): readonly Token[] {
  if (name === 'status') return plain(resource['status'])
  const member = name === 'clinical-status' ? 'clinicalStatus' : name
  const codings = codingsAt(resource, member)
  return [...codings.flatMap(asToken), ...plain(resource[member])]
}

/** AllergyIntolerance.category and statuses are codes without a system of their own. */
function plain(value: JsonValue | undefined): readonly Token[] {
  const values = Array.isArray(value) ? value : [value]
  return values.flatMap((one: JsonValue | undefined) => (typeof one === 'string' ? { code: one } : []))
}

function asToken(coding: JsonObject): readonly Token[] {
  const code = textAt(coding, 'code')
  return code ? [{ system: textAt(coding, 'system'), code }] : []
}
