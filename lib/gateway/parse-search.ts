import { parseDateTime } from '@/lib/fhir/date-time'
import { parseReference } from '@/lib/fhir/reference'
import { idPattern } from '@/lib/fhir/resource'
import { checkFormat } from '@/lib/gateway/json-only'
import {
  defaultCount,
  findOffered,
  largestCount,
  type OfferedTypeName,
  type ParameterKind,
} from '@/lib/gateway/offered'
import { refuse } from '@/lib/gateway/refusal'

/** A search, every part of it understood. */
export type Search = {
  /** Filters in the order they were given; `patient` and `subject` apart. */
  readonly filters: readonly (readonly [name: string, value: string])[]
  /** The patient named, if any. */
  readonly patientId: string | undefined
  readonly sort: string | undefined
  readonly count: number
  /** A link of ours to a further page; then nothing else is given. */
  readonly cursor: string | undefined
}

/** Parameters that FHIR lets repeat as "and", with how often we follow. */
const repeatable: Readonly<Record<string, number>> = { date: 2, _lastUpdated: 2 }
const knownButRefused =
  /^(_include|_revinclude|_has|_summary|_elements|_contained|_containedType|_filter|_query|_list|_text|_content|_security|_tag|_profile|_source|_type)(:|$)/

/**
 * Reads search parameters from the address and the form together. Unknown ones, modifiers, chains, includes and
 * everything that would ask about what is not shown are refused by name. @throws FhirRefusal
 */
export function parseSearch(type: OfferedTypeName, encoded: readonly string[], base: string): Search {
  const given = encoded.flatMap(readPairs)
  const cursor = given.find(([name]) => name === '_cursor')?.[1]
  if (cursor !== undefined && given.some(([name]) => name !== '_cursor' && name !== '_format'))
    refuseValue('A page link is used as it is, without further parameters.')
  const seen = new Map<string, number>()
  const filters: (readonly [string, string])[] = []
  let patientId: string | undefined
  let sort: string | undefined
  let count = defaultCount
  for (const [name, value] of given) {
    const times = (seen.get(name) ?? 0) + 1
    seen.set(name, times)
    if (times > (repeatable[name] ?? 1)) refuseValue('A parameter is repeated.')
    if (name === '_count') count = parseCount(value)
    else if (name === '_sort') sort = parseSort(type, value)
    else if (name === '_format') checkFormat(value)
    else if (name === '_total') parseTotal(value)
    else if (name === '_cursor') continue
    else {
      const kind = kindOf(type, name)
      checkValue(kind, value)
      if (kind !== 'patient') filters.push([name, value])
      else patientId = samePatient(patientId, parsePatient(value, base))
    }
  }
  return { filters, patientId, sort, count, cursor }
}

function readPairs(encoded: string): readonly (readonly [string, string])[] {
  if (/%(?![0-9a-f]{2})/i.test(encoded)) return refuseValue('The parameters are malformed.')
  return [...new URLSearchParams(encoded)].map(([name, value]) => {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    if (/[\u0000-\u001f\u007f\ufffd]/.test(name + value)) return refuseValue('The parameters are malformed.')
    return [name, value] as const
  })
}

function kindOf(type: OfferedTypeName, name: string): ParameterKind {
  const { parameters } = findOffered(type)
  if (Object.hasOwn(parameters, name)) return parameters[name] ?? 'token'
  if (knownButRefused.test(name))
    return refuseParameter('Includes, reverse chains, summaries and filters are not supported.')
  if (name.includes(':')) return refuseParameter('Search modifiers are not supported.')
  if (name.includes('.')) return refuseParameter('Chained parameters are not supported.')
  if (name === 'access_token') return refuseParameter('Send the access token in the Authorization header.')
  return refuseParameter('A search parameter is not supported for this resource type.')
}

function checkValue(kind: ParameterKind, value: string): void {
  if (value === '' || value.length > 1_000) refuseValue('A search parameter has no usable value.')
  if (kind === 'id' && !value.split(',').every((id) => idPattern.test(id)))
    refuseValue('_id takes logical ids.')
  if (kind === 'date' && !/^(eq|ge|gt|le|lt)?\d/.test(value))
    refuseValue('This date prefix is not supported.')
  if (kind === 'date' && !parseDateTime(value.replace(/^[a-z]{2}/, ''))) refuseValue('A date cannot be read.')
}

/** The patient of a search: an id, `Patient/id`, or that under our own base. */
function parsePatient(value: string, base: string): string {
  if (idPattern.test(value)) return value
  const reference = parseReference(value, [base])
  if (reference.kind === 'local' && reference.type === 'Patient') return reference.id
  return refuseValue('The patient cannot be read.')
}

function samePatient(before: string | undefined, id: string): string {
  return before === undefined || before === id ? id : refuseValue('Two patients are named.')
}

function parseCount(value: string): number {
  if (!/^\d{1,5}$/.test(value)) return refuseValue('_count takes a whole number.')
  if (Number(value) === 0) return refuseParameter('Counting without reading is not supported.')
  return Math.min(Number(value), largestCount)
}

function parseSort(type: OfferedTypeName, value: string): string {
  if (findOffered(type).sorts.includes(value)) return value
  return refuseParameter('This order is not supported for this resource type.')
}

/** Accepted and answered without a total, which FHIR leaves to the server (R4 search §3.1.1.4.8). */
function parseTotal(value: string): void {
  if (!['none', 'estimate', 'accurate'].includes(value))
    refuseValue('_total takes none, estimate or accurate.')
}

function refuseValue(text: string): never {
  return refuse({ status: 400, issue: 'value', text, because: 'value' })
}

function refuseParameter(text: string): never {
  return refuse({ status: 400, issue: 'not-supported', text, because: 'parameter' })
}
