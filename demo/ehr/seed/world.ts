import { Buffer } from 'node:buffer'
import { directory } from './directory'
import { ingridLindqvist, theoLindqvist } from './lindqvist'
import { mayaRivera, otherMayaRivera } from './maya'
import { narrate } from './narrative'
import { danielOkafor } from './okafor'
import {
  agnesThornbury,
  chloeBennett,
  georgePapadakis,
  laylaHaddad,
  naomiFeld,
  priyaNair,
  robinScript,
  walterHughes,
} from './others'
import { makePdf } from './pdf'
import { type ChartResource, referenceTo, type SeedEntry } from './resources'
import { makeSeedClock } from './seed-clock'
import { pruneReferences } from './without'

/**
 * The whole seed for one day, without what was "never written" (`Type/id`). It reads no clock and no randomness:
 * two worlds differ in what was left out and in nothing else.
 */
export function buildWorld(today: string, without: readonly string[] = []): ChartResource[] {
  const clock = makeSeedClock(today)
  const charts = [
    mayaRivera,
    otherMayaRivera,
    ingridLindqvist,
    theoLindqvist,
    danielOkafor,
    walterHughes,
    agnesThornbury,
    robinScript,
    laylaHaddad,
    priyaNair,
    georgePapadakis,
    naomiFeld,
    chloeBennett,
  ]
  const entries = [...directory(), ...charts.flatMap((chart) => chart(clock))]
  const pruned = pruneReferences(entries, without)
  const byReference = new Map(pruned.map((entry) => [referenceTo(entry.resource), entry.resource]))
  return pruned.map((entry) => finish(entry, byReference))
}

/** Adds what is derived from the finished chart: documents, narrative, version and time. */
function finish(entry: SeedEntry, world: ReadonlyMap<string, ChartResource>): ChartResource {
  const resource = withDocument(entry.resource, world)
  const div = entry.narrative ?? narrate(resource)
  const meta = { ...resource.meta, versionId: '1', lastUpdated: entry.lastUpdated }
  if (resource.resourceType === 'Binary') return { ...resource, meta }
  return { ...resource, meta, text: { status: 'generated', div } }
}

function withDocument(resource: ChartResource, world: ReadonlyMap<string, ChartResource>): ChartResource {
  if (resource.resourceType === 'DiagnosticReport' && resource.presentedForm) {
    const data = documentOf(resource, world)
    return { ...resource, presentedForm: resource.presentedForm.map((form) => ({ ...form, data })) }
  }
  if (resource.resourceType !== 'Binary') return resource
  const document = world.get(resource.securityContext?.reference ?? '')
  if (document?.resourceType !== 'DocumentReference') return resource
  const report = world.get(document.context?.related?.[0]?.reference ?? '')
  return report ? { ...resource, data: documentOf(report, world) } : resource
}

function documentOf(report: ChartResource, world: ReadonlyMap<string, ChartResource>): string {
  if (report.resourceType !== 'DiagnosticReport') return ''
  const lines = (report.result ?? []).map((reference) => resultLine(world.get(reference.reference ?? '')))
  const page = makePdf('Harbor Clinic Laboratory', [
    `${report.code.text ?? 'Report'} (${report.status}), issued ${report.issued?.slice(0, 10) ?? ''}`,
    '',
    ...lines,
    report.conclusion ?? '',
    'Fictional data of a demonstration.',
  ])
  return Buffer.from(page).toString('base64')
}

function resultLine(result: ChartResource | undefined): string {
  if (result?.resourceType !== 'Observation') return ''
  const { valueQuantity, valueCodeableConcept } = result
  const value = valueQuantity
    ? `${valueQuantity.value ?? ''} ${valueQuantity.unit ?? ''}`
    : (valueCodeableConcept?.text ?? '')
  return `${result.code.text ?? ''}: ${value}`
}
