import { parseClinicalScope } from '@/lib/fhir/clinical-scope'
import type { Translate } from '@/lib/language/translate'
import { type CategoryName, categories, narrowScope, type ServedType, servedTypes } from '@/lib/smart/scopes'

/** One line of the consent page that can be unticked. */
export type ConsentItemId =
  | 'identity'
  | 'offline'
  | 'later'
  | 'Observation/other'
  | CategoryName
  | Exclude<ServedType, 'Observation'>

/**
 * What a tick stands for. A node's scopes are granted when everything under it is ticked; else what its children give.
 * So an app that asks for all observations gets exactly that from a person who unticks nothing, and one category each
 * from a person who does.
 */
type ConsentNode =
  | { readonly id: ConsentItemId; readonly scopes: readonly string[] }
  | { readonly scopes: readonly string[]; readonly children: readonly ConsentNode[] }

/** What an app asks for, as things a person can allow one by one. */
export type ConsentTree = readonly ConsentNode[]

/** Sorts negotiated scopes into things a person can allow. `launch/patient` only says which chart: it has no tick. */
export function consentTree(scopes: readonly string[]): ConsentTree {
  const identity = scopes.filter((scope) => scope === 'openid' || scope === 'fhirUser')
  const clinical = scopes.flatMap((scope) => clinicalNode(scope))
  return [
    ...(identity.length > 0 ? [{ id: 'identity' as const, scopes: identity }] : []),
    ...clinical,
    ...(scopes.includes('offline_access') ? [{ id: 'offline' as const, scopes: ['offline_access'] }] : []),
  ]
}

/** The lines of the page in the order they are shown, each once. */
export function listItems(tree: ConsentTree): readonly ConsentItemId[] {
  const all = tree.flatMap(leavesOf)
  const order: readonly string[] = itemOrder
  return [...new Set(all)].sort((a, b) => order.indexOf(a) - order.indexOf(b))
}

/**
 * The scopes that a set of ticks allows, in the order asked. Nothing about the chart or the person ticked: nothing at
 * all, for access while away without access is none.
 */
export function allowedScopes(
  asked: readonly string[],
  tree: ConsentTree,
  ticked: ReadonlySet<ConsentItemId>,
): readonly string[] {
  const allowed = [...new Set(tree.flatMap((node) => grantedBy(node, ticked)))]
  if (allowed.every((scope) => scope === 'offline_access')) return []
  const context = asked.includes('launch/patient') ? ['launch/patient'] : []
  const all = [...context, ...allowed]
  return [...asked.filter((scope) => all.includes(scope)), ...all.filter((scope) => !asked.includes(scope))]
}

/** The scopes a single line stands for: what is kept of a line as it was shown. */
export function scopesOfItem(tree: ConsentTree, id: ConsentItemId): readonly string[] {
  return [...new Set(tree.flatMap((node) => itemScopes(node, id)))]
}

/** A line in plain words. */
export function itemText(id: ConsentItemId, t: Translate): string {
  return t(itemTexts[id])
}

/** What a list of granted scopes means, in plain words: for the page where a person sees what an app may read. */
export function describeScopes(scopes: readonly string[], t: Translate): readonly string[] {
  return listItems(consentTree(scopes)).map((id) => itemText(id, t))
}

const itemTexts = {
  identity: 'consent.item.identity',
  Patient: 'consent.item.patient',
  'Observation/laboratory': 'consent.item.laboratory',
  'Observation/vital-signs': 'consent.item.vitalSigns',
  'Observation/social-history': 'consent.item.socialHistory',
  'Observation/survey': 'consent.item.survey',
  'Observation/other': 'consent.item.otherObservations',
  DiagnosticReport: 'consent.item.reports',
  Condition: 'consent.item.conditions',
  AllergyIntolerance: 'consent.item.allergies',
  MedicationRequest: 'consent.item.medicationRequests',
  Medication: 'consent.item.medications',
  Immunization: 'consent.item.immunizations',
  Encounter: 'consent.item.encounters',
  Practitioner: 'consent.item.practitioners',
  Organization: 'consent.item.organizations',
  later: 'consent.item.later',
  offline: 'consent.item.offline',
} as const satisfies Record<ConsentItemId, Parameters<Translate>[0]>

const itemOrder = Object.keys(itemTexts)

function clinicalNode(scope: string): readonly ConsentNode[] {
  const parsed = parseClinicalScope(scope)
  if (!parsed) return []
  if (parsed.type === '*') {
    const children = servedTypes.flatMap((type) => typeNode(type, narrowScope(`patient/${type}.rs`, [scope])))
    return [{ scopes: [scope], children: [...children, { id: 'later', scopes: [] }] }]
  }
  const named = Object.entries(categories).find(([, query]) => scope.endsWith(`?${query}`))
  const category = categoryNames.find((name) => name === named?.[0])
  if (category) return [{ id: category, scopes: [scope] }]
  const type = servedTypes.find((one) => one === parsed.type)
  return type ? typeNode(type, [scope]) : []
}

const categoryNames: readonly CategoryName[] = [
  'Observation/laboratory',
  'Observation/vital-signs',
  'Observation/social-history',
  'Observation/survey',
]

function typeNode(type: ServedType, scopes: readonly string[]): readonly ConsentNode[] {
  if (type !== 'Observation') return [{ id: type, scopes }]
  const children = categoryNames.map((name) => ({
    id: name,
    scopes: narrowScope(`patient/Observation.rs?${categories[name]}`, scopes),
  }))
  return [{ scopes, children: [...children, { id: 'Observation/other', scopes: [] }] }]
}

function leavesOf(node: ConsentNode): readonly ConsentItemId[] {
  return 'id' in node ? [node.id] : node.children.flatMap(leavesOf)
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
