import { listUnreleasedResults } from './release'
import { type ChartResource, referenceTo } from './seed/resources'
import { buildWorld } from './seed/world'

/** Every unreleased result of a chart, as `Type/id`: the EHR_WITHOUT of its twin world. */
export function listUnreleased(patientId: string, today: string): string[] {
  return listUnreleasedResults(buildWorld(today))
    .filter((result) => result.subject?.reference === `Patient/${patientId}`)
    .map(referenceTo)
}

/** The chart's resources of one type, in the order of the seed. For tests that need an id to start from. */
export function listChart(
  patientId: string,
  type: ChartResource['resourceType'],
  today: string,
): ChartResource[] {
  const subject = `Patient/${patientId}`
  return buildWorld(today).filter(
    (one) => one.resourceType === type && JSON.stringify(one).includes(`"reference":"${subject}"`),
  )
}
