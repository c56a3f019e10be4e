import { findEhr } from '@/lib/ehrs/ehrs'
import { displayName, type PatientRecord } from '@/lib/ehrs/patients'
import { lookAgain } from '@/lib/journeys/recheck-link'
import type { LinkView } from '@/lib/linking/links'
import type { OpenRequest } from '@/lib/smart/open-request'

/** A chart that can be chosen. The name is the EHR's and shown as text. */
export type ChartChoice = {
  readonly linkId: string
  readonly clinic: string
  readonly relationship: LinkView['relationship']
  readonly name?: string
  readonly birthYear?: string
}

/** Whether a chart may be given to this request: one of the EHR it names and, after a launch, the launch's alone. */
export function isInQuestion(
  { request, ehr }: Pick<OpenRequest, 'request' | 'ehr'>,
  link: LinkView,
): boolean {
  return link.ehrId === ehr.id && (request.launchId === null || link.id === request.linkId)
}

/** The charts among these that stand, as their EHR names them now; without a name where it does not answer. */
export async function listChoices(
  open: OpenRequest,
  links: readonly LinkView[],
  now: Date,
): Promise<readonly ChartChoice[]> {
  const looked = await Promise.all(
    links.map(async (link) => {
      const look = await lookAgain(link, now)
      if (look.outcome === 'good') return chartOf(open, link, look.record)
      return look.outcome === 'ehr-unreachable' ? chartOf(open, link, undefined) : undefined
    }),
  )
  return looked.filter((choice) => choice !== undefined)
}

/** A chart as it is shown. */
export function chartOf(open: OpenRequest, link: LinkView, record: PatientRecord | undefined): ChartChoice {
  const name = record && displayName(record)
  const birthYear = record?.birthDate?.slice(0, 4)
  return {
    linkId: link.id,
    clinic: open.ehr.name,
    relationship: link.relationship,
    ...(name ? { name } : {}),
    ...(birthYear ? { birthYear } : {}),
  }
}

/** Names of the other clinics where the person has live charts: not in question here. */
export function listClinicsElsewhere({ ehr, links }: OpenRequest): readonly string[] {
  const others = links.filter((link) => link.status === 'active' && link.ehrId !== ehr.id)
  const names = others.map((link) => findEhr(link.ehrId)?.name).filter((name) => name !== undefined)
  return [...new Set(names)]
}
