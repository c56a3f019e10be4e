import type { Coding } from 'fhir/r4'
import { type ChartResource, isResourceType } from './seed/resources'

/** One SMART scope on resources: `patient/Observation.rs?category=…`, `system/*.read`. SMART App Launch 2.2. */
export type Scope = {
  readonly context: 'patient' | 'user' | 'system'
  readonly type: string
  readonly read: boolean
  readonly search: boolean
  /** Categories that the scope is limited to; undefined when it is not. */
  readonly categories?: readonly Coding[]
}

/** Scopes this server understands; others grant nothing. A parameter it cannot apply voids the whole scope. */
export function parseScopes(text: string): Scope[] {
  return text.split(' ').flatMap((one) => parseScope(one) ?? [])
}

function parseScope(text: string): Scope | undefined {
  const found = /^(patient|user|system)\/(\*|[A-Z][A-Za-z]+)\.(read|write|\*|c?r?u?d?s?)(?:\?(.+))?$/.exec(
    text,
  )
  if (!found) return undefined
  const [, context, type = '', permission = '', query] = found
  if (context !== 'patient' && context !== 'user' && context !== 'system') return undefined
  if (type !== '*' && !isResourceType(type)) return undefined
  const versionOne = permission === 'read' || permission === '*'
  const base = {
    context,
    type,
    read: versionOne || (permission !== 'write' && permission.includes('r')),
    search: versionOne || (permission !== 'write' && permission.includes('s')),
  } as const
  if (query === undefined) return base
  const categories = parseCategories(query)
  return categories && !versionOne ? { ...base, categories } : undefined
}

function parseCategories(query: string): Coding[] | undefined {
  const parameters = [...new URLSearchParams(query)]
  const [only, ...more] = parameters
  if (!only || more.length > 0 || only[0] !== 'category') return undefined
  const codings = only[1].split(',').map((token) => {
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
    ({ categories }) => categories === undefined || categories.some((one) => inCategory(resource, one)),
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
