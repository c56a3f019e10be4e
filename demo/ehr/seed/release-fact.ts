import { type Chart, chartId, clinicianReference, write } from './chart'
import { systems } from './codes'
import type { LabCircumstances } from './lab-circumstances'
import type { ChartResource } from './resources'

/** The release as a fact: a Provenance by a verifier, recorded at the instant of release. */
export function writeRelease(
  chart: Chart,
  name: string,
  targets: readonly string[],
  at: LabCircumstances,
): void {
  if (!at.released) return
  const recorded = chart.clock.at(at.released.daysAgo, '16:20')
  write(
    chart,
    releaseProvenance(
      chartId(chart, 'release', name, String(at.daysAgo), at.time ?? ''),
      targets,
      clinicianReference(at.released.by ?? at.by ?? 'adeyemi'),
      recorded,
    ),
    recorded,
  )
}

export function releaseProvenance(
  id: string,
  targets: readonly string[],
  who: { readonly reference: string; readonly display: string },
  recorded: string,
): ChartResource {
  return {
    resourceType: 'Provenance',
    id,
    target: targets.map((reference) => ({ reference })),
    recorded,
    activity: {
      coding: [{ system: systems.documentCompletion, code: 'LA', display: 'legally authenticated' }],
    },
    agent: [
      {
        type: { coding: [{ system: systems.participant, code: 'verifier', display: 'Verifier' }] },
        who: { ...who },
      },
    ],
  }
}
