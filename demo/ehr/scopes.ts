import type { Coding } from 'fhir/r4'
import { type ChartResource, isResourceType } from './seed/resources'

/** One SMART scope on resources: `patient/Observation.rs?category=…`, `system/*.read`. SMART App Launch 2.2. */
export type Scope = {
  readonly context: 'patient' | 'user' | 'system'
  readonly type: string
  readonly read: boolean
  readonly search: boolean
  /** What the scope is limited to: of each list one category must be there. Undefined when it is not limited. */
  readonly categories?: readonly (readonly Coding[])[]
}

/** Scopes this server understands; others grant nothing. A parameter it cannot apply voids the whole scope. */
export function parseScopes(text: string): Scope[] {
  return text.split(' ').flatMap((one) => parseScope(one) ?? [])
}

function parseScope(text: string): Scope | undefined {
  const found =
    /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?(.+))?$/.exec(
      text,
    )
  if (!found) return undefined
  const [, context, type = '', permission = '', query] = found
  if (context !== 'patient' && context !== 'user' && context !== 'system') return undefined
  if (type !== '*' && !isResourceType(type)) return undefined
  const versionOne = ['read', 'write', '*'].includes(permission)
  const letters = versionOne ? (permission === 'write' ? 'cud' : 'rs') : permission
  const base = {
    context,
    type,
    read: letters.includes('r'),
    search: letters.includes('s'),
  } as const
  if (query === undefined) return base
  const categories = parseCategories(query)
  return categories && !versionOne ? { ...base, categories } : undefined
}

function parseCategories(query: string): Coding[][] | undefined {
  const all = query.split('&').map((part) => parseCategory(/^category=([!-~]+)$/.exec(part)?.[1] ?? ''))
  const known = all.filter((one) => one !== undefined)
  return known.length === all.length ? known : undefined
}

function parseCategory(value: string): Coding[] | undefined {
  const codings = value.split(',').map((token) => {
    const bar = token.indexOf('|')
    return bar < 0 ? { code: token } : { system: token.slice(0, bar), code: token.slice(bar + 1) }
  })
  return codings.every(({ code }) => code !== '') ? codings : undefined
}

/** The scopes that allow an interaction on a type. None: refuse. */
export function scopesFor(scopes: readonly Scope[], type: string, interaction: 'read' | 'search'): Scope[] {
  return scopes.filter((scope) => (scope.type === '*' || scope.type === type) && scope[interaction])
}

/** Whether one of the scopes reaches this instance: granular scopes reach their categories only. */
export function isWithin(scopes: readonly Scope[], resource: ChartResource): boolean {
  return scopes.some(
    ({ categories }) =>
      categories === undefined || categories.every((list) => list.some((one) => inCategory(resource, one))),
  )
}

function inCategory(resource: ChartResource, wanted: Coding): boolean {
  if (!('category' in resource) || !Array.isArray(resource.category)) return false
  return resource.category.some(
    (concept) =>
      typeof concept === 'object' &&
      concept.coding?.some(
        (one) => one.code === wanted.code && (wanted.system === undefined || one.system === wanted.system),
      ),
  )
}
