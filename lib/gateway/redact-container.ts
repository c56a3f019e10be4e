import { codingsAt } from '@/lib/fhir/coding'
import { type JsonObject, objectsAt, textAt, without } from '@/lib/fhir/json-value'
import { parseReference } from '@/lib/fhir/reference'
import type { Resource } from '@/lib/fhir/resource'

/** How much of a resource may be shown. */
export type Shape = 'whole' | 'redacted' | 'hidden'

/** A panel or report and what it holds together. `hidden` counts members that cannot be told at all. */
export type Members = { readonly keys: readonly string[]; readonly untold: number }

/** The results that a report or panel holds. Members it names without an address count as untold. */
export function membersOf(resource: Resource, bases: readonly string[]): Members {
  const element = resource.resourceType === 'DiagnosticReport' ? 'result' : 'hasMember'
  const keys: string[] = []
  let untold = 0
  for (const member of objectsAt(resource, element)) {
    const target = parseReference(textAt(member, 'reference') ?? '', bases)
    if (target.kind === 'local') keys.push(target.key)
    else if (target.kind === 'foreign') untold += 1
  }
  return { keys, untold }
}

/**
 * The shape of a container. A hidden member leaves the container without what was written about all its members; the
 * container goes whole only when its own code gives the member away or nothing would be left. A hidden member never hides
 * the one beside it. 45 CFR 171.201(b): no broader than necessary; lab-release B5
 */
export function shapeOfContainer(
  container: Resource,
  members: Members,
  shapeOf: (key: string) => { readonly shape: Shape; readonly resource: Resource | undefined },
): Shape {
  const inside = members.keys.map(shapeOf)
  const hidden = inside.filter(({ shape }) => shape === 'hidden')
  const hiddenCount = hidden.length + members.untold
  if (hiddenCount === 0) return inside.every(({ shape }) => shape === 'whole') ? 'whole' : 'redacted'
  const isNothingLeft =
    hiddenCount === inside.length + members.untold && !hasValueOfItsOwn(redactContainer(container))
  const isGivenAway = hidden.some(
    ({ resource }) => resource !== undefined && hasSameCode(container, resource),
  )
  return isNothingLeft || isGivenAway ? 'hidden' : 'redacted'
}

/** Everything that was written about all members together. */
const writtenAboutAll: Readonly<Record<string, readonly string[]>> = {
  DiagnosticReport: [
    'text',
    'conclusion',
    'conclusionCode',
    'presentedForm',
    'media',
    'imagingStudy',
    'extension', // among them the note that FHIR R5 gave to reports
  ],
  Observation: ['text', 'note', 'interpretation', 'valueString', 'extension'],
}

/** The container without it. The references to hidden members are the scrubber's. */
export function redactContainer(container: Resource): Resource {
  const names = writtenAboutAll[container.resourceType] ?? []
  return without(container, [...names, ...names.map((name) => `_${name}`)])
}

const stubMembers = [
  'resourceType',
  'id',
  'meta',
  'status',
  'category',
  'code',
  'subject',
  'effectiveDateTime',
  'issued',
]

/** What is left of a result that the laboratory withdrew after it was seen. */
export function stubWithdrawn(result: Resource): Resource {
  const kept = Object.entries(result).filter(([name]) => stubMembers.includes(name))
  const words = 'Withdrawn by the laboratory.'
  const said =
    result.resourceType === 'DiagnosticReport' ? { conclusion: words } : { note: [{ text: words }] }
  return { ...Object.fromEntries(kept), ...said, resourceType: result.resourceType, id: result.id }
}

function hasValueOfItsOwn(container: Resource): boolean {
  return (
    Object.keys(container).some((name) => /^value[A-Z]/.test(name)) ||
    objectsAt(container, 'component').length > 0
  )
}

function hasSameCode(container: JsonObject, member: JsonObject): boolean {
  const codes = codingsAt(container, 'code').map((one) => `${textAt(one, 'system')}|${textAt(one, 'code')}`)
  return codingsAt(member, 'code').some((one) =>
    codes.includes(`${textAt(one, 'system')}|${textAt(one, 'code')}`),
  )
}
