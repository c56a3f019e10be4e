import type { CodeableConcept, HumanName, Observation, Quantity, Range } from 'fhir/r4'

/** One laboratory result as text, ready for the page. */
export type ResultRow = {
  readonly id: string
  readonly name: string
  readonly value: string
  readonly unit: string
  readonly range: string
  readonly flag: string
  /** ISO date or date-time as the clinic gave it. */
  readonly date: string
  readonly status: string
}

export function toResultRow(observation: Observation): ResultRow {
  return {
    id: observation.id ?? '',
    name: textOf(observation.code) || 'Unnamed result',
    value: resultText(observation),
    unit: observation.valueQuantity?.unit ?? '',
    range: rangeOf(observation),
    flag: flagOf(observation),
    date: observation.effectiveDateTime ?? observation.effectivePeriod?.start ?? observation.issued ?? '',
    status: statusWords[observation.status] ?? observation.status,
  }
}

const statusWords: Record<string, string> = {
  registered: 'Ordered',
  preliminary: 'Preliminary',
  partial: 'Partial',
  final: 'Final',
  amended: 'Amended',
  corrected: 'Corrected',
  appended: 'Added to',
  cancelled: 'Cancelled',
  'entered-in-error': 'Entered in error',
  unknown: 'Unknown',
}

export function wordForStatus(status: string | undefined): string {
  return statusWords[status ?? ''] ?? status ?? ''
}

function resultText(observation: Observation): string {
  const { valueQuantity, valueString, valueCodeableConcept, valueInteger, valueBoolean, valueRange } =
    observation
  if (valueQuantity) return quantityText(valueQuantity)
  if (valueString !== undefined) return valueString
  if (valueCodeableConcept) return textOf(valueCodeableConcept)
  if (valueInteger !== undefined) return String(valueInteger)
  if (valueBoolean !== undefined) return valueBoolean ? 'Yes' : 'No'
  if (valueRange) return rangeText(valueRange)
  if (observation.component?.length) return observation.component.map(componentText).join('; ')
  if (observation.hasMember?.length) return `Panel of ${observation.hasMember.length}`
  return textOf(observation.dataAbsentReason) || 'No value given'
}

function componentText(component: NonNullable<Observation['component']>[number]): string {
  const quantity = component.valueQuantity
  const value = quantity
    ? [quantityText(quantity), quantity.unit].filter(Boolean).join(' ')
    : (component.valueString ?? textOf(component.valueCodeableConcept))
  return `${textOf(component.code)}: ${value}`
}

function quantityText({ comparator, value }: Quantity): string {
  return `${comparator ?? ''}${value ?? ''}`
}

function rangeText({ low, high }: Range): string {
  if (low && high) return `${low.value ?? ''} – ${high.value ?? ''}`
  if (high) return `up to ${high.value ?? ''}`
  return low ? `from ${low.value ?? ''}` : ''
}

function rangeOf({ referenceRange }: Observation): string {
  const [range] = referenceRange ?? []
  return range ? (range.text ?? rangeText(range)) : ''
}

const flagWords: Record<string, string> = {
  H: 'High',
  HH: 'Very high',
  L: 'Low',
  LL: 'Very low',
  A: 'Outside range',
  AA: 'Far outside range',
  POS: 'Positive',
  NEG: 'Negative',
  N: '',
}

function flagOf({ interpretation }: Observation): string {
  const [concept] = interpretation ?? []
  const code = concept?.coding?.[0]?.code ?? ''
  return flagWords[code] ?? textOf(concept)
}

/** The words of a coded concept, whoever wrote them. */
export function textOf(concept: CodeableConcept | undefined): string {
  return (
    concept?.text ??
    concept?.coding?.find(({ display }) => display)?.display ??
    concept?.coding?.[0]?.code ??
    ''
  )
}

export function nameText(names: readonly HumanName[] | undefined): string {
  const name = names?.find(({ use }) => use === 'official') ?? names?.[0]
  if (!name) return ''
  return name.text ?? [...(name.given ?? []), name.family ?? ''].filter(Boolean).join(' ')
}

/** Newest first; results without a date come last. */
export function sortNewestFirst<Row extends { readonly date: string }>(rows: readonly Row[]): Row[] {
  return [...rows].sort((a, b) => b.date.localeCompare(a.date))
}
