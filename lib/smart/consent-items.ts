import { parseClinicalScope } from '@/lib/fhir/clinical-scope'
import type { Translate } from '@/lib/language/translate'
import {
  type CategoryName,
  categoryNames,
  narrowScope,
  type ServedType,
  scopeOfCategory,
  servedTypes,
} from '@/lib/smart/scopes'

type SplitType = 'Observation' | 'Condition'

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

/** Lines that are shown together, under a heading of their own. */
export type ConsentGroup = { readonly id: GroupId; readonly items: readonly ConsentItemId[] }

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

/** The lines of the page in the order they are shown, each once. */
export function listItems(tree: ConsentTree): readonly ConsentItemId[] {
  return inOrder(tree.flatMap(leavesOf))
}

/** The lines about the person and the chart, by heading. How long access lasts is asked apart. */
export function groupItems(items: readonly ConsentItemId[]): readonly ConsentGroup[] {
  return groupIds
    .map((id) => ({ id, items: items.filter((item) => groupOf(item) === id) }))
    .filter((group) => group.items.length > 0)
}

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
  const keepsDetails = listItems(tree).includes('Patient') && !ticked.has('Patient')
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

/** A line in plain words. */
export function itemText(id: ConsentItemId, t: Translate): string {
  return t(itemTexts[id])
}

/** What has to be known about a line beside its words; most have nothing. */
export function itemHint(id: ConsentItemId, t: Translate): string | undefined {
  return isHinted(id) ? t(itemHints[id]) : undefined
}

/** The heading over a group of lines. */
export function groupText(id: GroupId, t: Translate): string {
  return t(groupTexts[id])
}

/**
 * What a list of granted scopes means, in plain words: for the page where a person sees what an app may read. A kind
 * that was given whole is one line.
 */
export function describeScopes(scopes: readonly string[], t: Translate): readonly string[] {
  return inOrder(consentTree(scopes).flatMap(wholesOf)).map((id) => t(allTexts[id]))
}

const itemTexts = {
  identity: 'consent.item.identity',
  fhirUser: 'consent.item.fhirUser',
  Patient: 'consent.item.patient',
  'Observation/laboratory': 'consent.item.laboratory',
  'Observation/vital-signs': 'consent.item.vitalSigns',
  'Observation/social-history': 'consent.item.socialHistory',
  'Observation/sdoh': 'consent.item.sdoh',
  'Observation/survey': 'consent.item.survey',
  'Observation/other': 'consent.item.otherObservations',
  DiagnosticReport: 'consent.item.reports',
  'Condition/problem-list-item': 'consent.item.problems',
  'Condition/encounter-diagnosis': 'consent.item.diagnoses',
  'Condition/health-concern': 'consent.item.concerns',
  'Condition/other': 'consent.item.otherConditions',
  AllergyIntolerance: 'consent.item.allergies',
  MedicationRequest: 'consent.item.medicationRequests',
  Medication: 'consent.item.medications',
  Immunization: 'consent.item.immunizations',
  Encounter: 'consent.item.encounters',
  Practitioner: 'consent.item.practitioners',
  Organization: 'consent.item.organizations',
  later: 'consent.item.later',
  offline: 'consent.item.offline',
  online: 'consent.item.online',
} as const satisfies Record<ConsentItemId, Parameters<Translate>[0]>

const wholeTexts = {
  Observation: 'consent.item.observations',
  Condition: 'consent.item.conditions',
} as const satisfies Record<SplitType, Parameters<Translate>[0]>

const allTexts = { ...itemTexts, ...wholeTexts }

const itemHints = {
  'Observation/other': 'consent.hint.otherObservations',
  'Condition/other': 'consent.hint.otherConditions',
  later: 'consent.hint.later',
} as const

const groupTexts = {
  you: 'consent.group.you',
  results: 'consent.group.results',
  problems: 'consent.group.problems',
  care: 'consent.group.care',
  later: 'consent.group.later',
} as const

type GroupId = keyof typeof groupTexts

const groupIds = ['you', 'results', 'problems', 'care', 'later'] as const satisfies readonly GroupId[]

const itemOrder: readonly string[] = [
  ...Object.keys(itemTexts).slice(0, 3),
  'Observation',
  'Condition',
  ...Object.keys(itemTexts).slice(3),
]

function isHinted(id: ConsentItemId): id is keyof typeof itemHints {
  return Object.hasOwn(itemHints, id)
}

function inOrder<Id extends string>(ids: readonly Id[]): readonly Id[] {
  return [...new Set(ids)].sort((a, b) => itemOrder.indexOf(a) - itemOrder.indexOf(b))
}

function groupOf(id: ConsentItemId): GroupId | undefined {
  if (id === 'offline' || id === 'online') return undefined
  if (id === 'identity' || id === 'fhirUser' || id === 'Patient') return 'you'
  if (id === 'later') return 'later'
  if (id.startsWith('Observation/') || id === 'DiagnosticReport') return 'results'
  return id.startsWith('Condition/') || id === 'AllergyIntolerance' ? 'problems' : 'care'
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

function leavesOf(node: ConsentNode): readonly ConsentItemId[] {
  return 'id' in node ? [node.id] : node.children.flatMap(leavesOf)
}

function wholesOf(node: ConsentNode): readonly (ConsentItemId | SplitType)[] {
  if ('id' in node) return [node.id]
  return node.whole ? [node.whole] : node.children.flatMap(wholesOf)
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
