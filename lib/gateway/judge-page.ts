import { isReached, judge, type Verdict } from '@/lib/access/judge'
import { keyOf, type Resource } from '@/lib/fhir/resource'
import { searchEhr } from '@/lib/gateway/ask-ehr'
import { basesOf, type Call, judgeFactsOf } from '@/lib/gateway/call'
import {
  type Members,
  membersOf,
  redactContainer,
  type Shape,
  shapeOfContainer,
  stubWithdrawn,
} from '@/lib/gateway/redact-container'
import { judgedMentions } from '@/lib/gateway/reference-rules'
import { scrub } from '@/lib/gateway/scrub'
import { isResult } from '@/lib/release-policy/classify-result'
import { indexReleases } from '@/lib/release-policy/release-facts'

type Judged = { readonly resource: Resource; readonly verdict: Verdict }
type Known = Map<string, Judged | 'unknown'>

/** How many levels of panels within panels are followed; deeper members count as hidden. */
const levels = 4
/** Ids asked for at once. */
const batch = 50

/**
 * Judges every resource of a page as if it had been asked for alone, looks up what they refer to, and gives each as it
 * may be shown, or undefined, in the same order. Nothing that came with the page for judging is among them.
 */
export async function judgePage(
  call: Call,
  page: { readonly matches: readonly Resource[]; readonly included: readonly Resource[] },
): Promise<readonly (Resource | undefined)[]> {
  const known: Known = new Map()
  judgeInto(known, call, page.matches, page.included)
  const asked = page.matches.filter((resource) => {
    const found = known.get(keyOf(resource))
    return (
      found !== 'unknown' && found?.verdict.shown === true && isReached(resource, call.obligations.scopes)
    )
  })
  await lookUpMentions(known, call, asked)
  const shapes = shapeReader(known, call)
  const shown = new Map(asked.map((resource) => [resource, finish(resource, known, shapes, call)]))
  return page.matches.map((resource) => shown.get(resource))
}

function judgeInto(
  known: Known,
  call: Call,
  resources: readonly Resource[],
  beside: readonly Resource[],
): void {
  const facts = judgeFactsOf(call, indexReleases(beside, basesOf(call.ehr)))
  for (const resource of resources) known.set(keyOf(resource), { resource, verdict: judge(resource, facts) })
}

/** Fetches what shown resources refer to, level by level, as far as it has to be known. What does not come is hidden. */
async function lookUpMentions(known: Known, call: Call, asked: readonly Resource[]): Promise<void> {
  const bases = basesOf(call.ehr)
  let wanted = asked.flatMap((resource) => judgedMentions(resource, bases))
  for (let level = 0; level < levels; level += 1) {
    const missing = [...new Set(wanted)].filter((key) => !known.has(key))
    if (missing.length === 0) return
    for (const key of missing) known.set(key, 'unknown')
    const found = await fetchByKeys(known, call, missing)
    wanted = found.flatMap((resource) => membersOf(resource, bases).keys)
  }
}

async function fetchByKeys(known: Known, call: Call, keys: readonly string[]): Promise<readonly Resource[]> {
  const types = [...new Set(keys.map(typeOf))]
  const batches = types.flatMap((type) => {
    const ids = keys.filter((key) => typeOf(key) === type).map((key) => key.slice(type.length + 1))
    return Array.from({ length: Math.ceil(ids.length / batch) }, (_, index) => ({
      type,
      ids: ids.slice(index * batch, (index + 1) * batch),
    }))
  })
  const pages = await Promise.all(batches.map((one) => fetchBatch(call, one)))
  for (const { matches, included } of pages) judgeInto(known, call, matches, included)
  return pages.flatMap(({ matches }) => matches)
}

function typeOf(key: string): string {
  return key.split('/')[0] ?? ''
}

function fetchBatch(call: Call, one: { readonly type: string; readonly ids: readonly string[] }) {
  const parameters = [
    ['patient', call.obligations.patientId],
    ['_id', one.ids.join(',')],
    ['_count', String(batch)],
  ] as const
  return searchEhr(call.ehr, { type: one.type, parameters }, call.factsContext(one.type))
}

type ShapeReader = (key: string) => Shape

/** Shapes by key, each worked out once. A panel that contains itself counts as whole there. */
function shapeReader(known: Known, call: Call): ShapeReader {
  const memo = new Map<string, Shape>()
  const read: ShapeReader = (key) => {
    const before = memo.get(key)
    if (before) return before
    memo.set(key, 'whole')
    const shape = workOut(key)
    memo.set(key, shape)
    return shape
  }
  const workOut = (key: string): Shape => {
    const found = known.get(key)
    if (!found || found === 'unknown' || !found.verdict.shown) return 'hidden'
    const members: Members = membersOf(found.resource, basesOf(call.ehr))
    if (!isResult(found.resource) || found.verdict.reason === 'withdrawn') return 'whole'
    return shapeOfContainer(found.resource, members, (member) => {
      const inside = known.get(member)
      return { shape: read(member), resource: inside === 'unknown' ? undefined : inside?.resource }
    })
  }
  return read
}

function finish(resource: Resource, known: Known, shapeOf: ShapeReader, call: Call): Resource | undefined {
  const key = keyOf(resource)
  const shape = shapeOf(key)
  const found = known.get(key)
  if (shape === 'hidden' || !found || found === 'unknown' || !found.verdict.shown) return undefined
  const { reason, since } = found.verdict
  const shaped =
    reason === 'withdrawn'
      ? stubWithdrawn(resource)
      : shape === 'redacted'
        ? redactContainer(resource)
        : resource
  return scrub(shaped, {
    ehrBase: call.ehr.fhirBase,
    gatewayBase: call.ehr.gatewayBase,
    isShown: (target) => shapeOf(target) !== 'hidden',
    isResult: isResult(resource),
    since,
  })
}
