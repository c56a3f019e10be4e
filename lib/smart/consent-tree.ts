import { parseClinicalScope } from '@/lib/fhir/clinical-scope'
import {
  type CategoryName,
  categoryNames,
  narrowScope,
  type ServedType,
  scopeOfCategory,
  servedTypes,
} from '@/lib/smart/scopes'

/** A type whose categories are lines of their own. */
export type SplitType = 'Observation' | 'Condition'

/** One line of the consent page that can be unticked. */
export type ConsentItemId =
  | 'identity'
  | 'fhirUser'
  | 'offline'
  | 'online'
  | 'later'
  | `${SplitType}/other`
  | CategoryName
  | Exclude<ServedType, SplitType>

/**
 * What a tick stands for. A node's scopes are granted when everything under it is ticked; else what its children give.
 * So an app that asks for all observations gets exactly that from a person who unticks nothing, and one category each
 * from a person who does.
 */
type ConsentNode =
  | { readonly id: ConsentItemId; readonly scopes: readonly string[] }
  | {
      readonly scopes: readonly string[]
      readonly whole?: SplitType
      readonly children: readonly ConsentNode[]
    }

/** What an app asks for, as things a person can allow one by one. */
export type ConsentTree = readonly ConsentNode[]

/** Sorts negotiated scopes into things a person can allow. `launch` and `launch/patient` only say which chart: no tick. */
export function consentTree(scopes: readonly string[]): ConsentTree {
  const plain = Object.entries(plainItems).flatMap(([scope, id]) =>
    scopes.includes(scope) ? [{ id, scopes: [scope] }] : [],
  )
  return [...plain, ...scopes.flatMap((scope) => clinicalNode(scope))]
}

const plainItems = {
  openid: 'identity',
  fhirUser: 'fhirUser',
  offline_access: 'offline',
  online_access: 'online',
} as const

/**
 * The scopes that a set of ticks allows, in the order asked. Nothing about the chart or the person ticked: nothing at
 * all, for access over time without access is none. Who keeps their details to themselves keeps them also as the
 * person who signed in: `fhirUser` opens the same words.
 */
export function allowedScopes(
  asked: readonly string[],
  tree: ConsentTree,
  ticked: ReadonlySet<ConsentItemId>,
): readonly string[] {
  const granted = new Set(tree.flatMap((node) => grantedBy(node, ticked)))
  const keepsDetails = tree.flatMap(leavesOf).includes('Patient') && !ticked.has('Patient')
  if (!granted.has('openid') || keepsDetails) granted.delete('fhirUser')
  const allowed = [...granted]
  if (allowed.every((scope) => scope === 'offline_access' || scope === 'online_access')) return []
  const context = asked.filter((scope) => scope === 'launch' || scope === 'launch/patient')
  const all = [...context, ...allowed]
  return [...asked.filter((scope) => all.includes(scope)), ...all.filter((scope) => !asked.includes(scope))]
}

/** The scopes a single line stands for: what is kept of a line as it was shown. */
export function scopesOfItem(tree: ConsentTree, id: ConsentItemId): readonly string[] {
  return [...new Set(tree.flatMap((node) => itemScopes(node, id)))]
}

/** The lines under a node, in the order of the scopes. */
export function leavesOf(node: ConsentNode): readonly ConsentItemId[] {
  return 'id' in node ? [node.id] : node.children.flatMap(leavesOf)
}

/** The same, where a kind that is whole is one line. */
export function wholesOf(node: ConsentNode): readonly (ConsentItemId | SplitType)[] {
  if ('id' in node) return [node.id]
  return node.whole ? [node.whole] : node.children.flatMap(wholesOf)
}

function clinicalNode(scope: string): readonly ConsentNode[] {
  const parsed = parseClinicalScope(scope)
  if (!parsed) return []
  if (parsed.type === '*') {
    const children = servedTypes.flatMap((type) => typeNode(type, narrowScope(`patient/${type}.rs`, [scope])))
    return [{ scopes: [scope], children: [...children, { id: 'later', scopes: [] }] }]
  }
  const category = categoryNames.find((name) => scope.endsWith(scopeOfCategory(name).replace(/^[^?]*/, '')))
  if (category) return [{ id: category, scopes: [scope] }]
  const type = servedTypes.find((one) => one === parsed.type)
  return type ? typeNode(type, [scope]) : []
}

function typeNode(type: ServedType, scopes: readonly string[]): readonly ConsentNode[] {
  if (type !== 'Observation' && type !== 'Condition') return [{ id: type, scopes }]
  const children = categoryNames
    .filter((name) => name.startsWith(`${type}/`))
    .map((name) => ({ id: name, scopes: narrowScope(scopeOfCategory(name), scopes) }))
  return [{ scopes, whole: type, children: [...children, { id: `${type}/other`, scopes: [] }] }]
}

function grantedBy(node: ConsentNode, ticked: ReadonlySet<ConsentItemId>): readonly string[] {
  if (leavesOf(node).every((id) => ticked.has(id))) return node.scopes
  return 'id' in node ? [] : node.children.flatMap((child) => grantedBy(child, ticked))
}

function itemScopes(node: ConsentNode, id: ConsentItemId): readonly string[] {
  if ('id' in node) return node.id === id ? node.scopes : []
  const below = node.children.flatMap((child) => itemScopes(child, id))
  const isMine = node.children.some((child) => 'id' in child && child.id === id)
  return isMine && below.length === 0 ? node.scopes : below
}
