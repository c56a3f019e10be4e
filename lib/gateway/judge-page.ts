import { isReached, type JudgeFacts, judge, type Verdict } from '@/lib/access/judge'
import { textAt } from '@/lib/fhir/json-value'
import { keyOf, type Resource } from '@/lib/fhir/resource'
import type { Searchset } from '@/lib/fhir/searchset'
import { fetchNextPage, searchEhr } from '@/lib/gateway/ask-ehr'
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
import { findSeen } from '@/lib/release-policy/seen'

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
  await judgeInto(known, call, page.matches, page.included)
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

async function judgeInto(
  known: Known,
  call: Call,
  resources: readonly Resource[],
  beside: readonly Resource[],
): Promise<void> {
  const unaware = judgeFactsOf(call, indexReleases(beside, basesOf(call.ehr)))
  const facts = { ...unaware, seen: await seenAmong(call, resources, unaware) }
  const seen = new Map<string, Resource>()
  for (const resource of resources) {
    const key = keyOf(resource)
    const twin = seen.get(key)
    const isAmbiguous = twin !== undefined && JSON.stringify(twin) !== JSON.stringify(resource)
    seen.set(key, resource)
    // Of two versions of one resource none can be believed: which of them is current is not known here.
    const verdict: Verdict = isAmbiguous ? { shown: false, because: 'ambiguous' } : judge(resource, facts)
    const before = known.get(key)
    if (twin && before && before !== 'unknown' && !before.verdict.shown) continue
    known.set(key, { resource, verdict })
  }
}

/** What a new version of a seen result is called. */
const revised: ReadonlySet<string> = new Set(['amended', 'corrected', 'appended', 'entered-in-error'])
const waiting: ReadonlySet<string> = new Set([
  'awaiting-release',
  'order-unverified',
  'no-date',
  'withdrawn-unseen',
])

/** Of the new versions that would wait, those whose earlier one was seen. Asked only where there are any. */
async function seenAmong(
  call: Call,
  resources: readonly Resource[],
  facts: JudgeFacts,
): Promise<ReadonlySet<string>> {
  const keys = resources
    .filter((resource) => revised.has(textAt(resource, 'status') ?? ''))
    .filter((resource) => {
      const verdict = judge(resource, facts)
      return !verdict.shown && waiting.has(verdict.because)
    })
    .map(keyOf)
  if (keys.length === 0) return new Set()
  return findSeen({ ehrId: call.ehr.id, patientId: call.obligations.patientId }, keys)
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
  for (const { matches, included } of pages) await judgeInto(known, call, matches, included)
  return pages.flatMap(({ matches }) => matches)
}

function typeOf(key: string): string {
  return key.split('/')[0] ?? ''
}

/** All that the EHR has of a batch, however few it gives at a time: what does not come counts as hidden. */
async function fetchBatch(
  call: Call,
  { type, ids }: { readonly type: string; readonly ids: readonly string[] },
): Promise<Pick<Searchset, 'matches' | 'included'>> {
  const parameters = [
    ['patient', call.obligations.patientId],
    ['_id', ids.join(',')],
    ['_count', String(batch)],
  ] as const
  const context = call.factsContext(type)
  let page = await searchEhr(call.ehr, { type, parameters }, context)
  const [matches, included] = [[...page.matches], [...page.included]]
  for (let pages = 1; page.next && pages < batch; pages += 1) {
    page = await fetchNextPage(call.ehr, page.next, type, context)
    matches.push(...page.matches)
    included.push(...page.included)
  }
  return { matches, included }
}

type ShapeReader = (key: string) => Shape

/** Shapes by key, each worked out once. A panel that contains itself counts as redacted there, not knowing better. */
function shapeReader(known: Known, call: Call): ShapeReader {
  const memo = new Map<string, Shape>()
  const read: ShapeReader = (key) => {
    const before = memo.get(key)
    if (before) return before
    memo.set(key, 'redacted')
    const shape = workOut(key)
    memo.set(key, shape)
    return shape
  }
  const workOut = (key: string): Shape => {
    const found = known.get(key)
    if (!found || found === 'unknown' || !found.verdict.shown) return 'hidden'
    const members: Members = membersOf(found.resource, basesOf(call.ehr))
    if (found.verdict.reason === 'withdrawn') return 'whole'
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
  const finished = scrub(shaped, {
    ehrBase: call.ehr.fhirBase,
    gatewayBase: call.ehr.gatewayBase,
    isShown: (target) => shapeOf(target) !== 'hidden',
    isResult: isResult(resource),
    since,
  })
  if (reason === 'automatic-end') call.byAutomaticEnd.set(finished, key)
  return finished
}
