import type { Translate } from '@/lib/language/translate'
import {
  type ConsentItemId,
  type ConsentTree,
  consentTree,
  leavesOf,
  type SplitType,
  wholesOf,
} from '@/lib/smart/consent-tree'

/** Lines that are shown together, under a heading of their own. */
export type ConsentGroup = { readonly id: GroupId; readonly items: readonly ConsentItemId[] }

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
