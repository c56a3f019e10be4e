import type { Ehr } from '@/lib/config/configuration'

/** What would let one token open two doors, each a sentence. */
export function findDoorDangers(ehrs: readonly Ehr[]): readonly string[] {
  return [...enforcementDangers(ehrs), ...audienceDangers(ehrs)]
}

/**
 * A token for one enforcer must open no other door: an EHR that enforces by itself shares neither base nor audience with
 * another entry. What only our gateway can do is not promised without it.
 */
function enforcementDangers(ehrs: readonly Ehr[]): string[] {
  return ehrs
    .filter((ehr) => ehr.enforcement === 'self')
    .flatMap((ehr) => {
      const others = ehrs.filter((one) => one !== ehr)
      const problems: string[] = []
      if (others.some((one) => one.fhirBase === ehr.fhirBase || one.audience === ehr.audience))
        problems.push(
          `ehrs.${ehr.id}: another entry has the same fhirBase or audience; a server reached both ways needs two of each`,
        )
      if (ehr.stepUp.length > 0)
        problems.push(`ehrs.${ehr.id}.stepUp: an EHR that enforces by itself has to ask for it itself`)
      return problems
    })
}

/** A server reads every token that our gateway calls it with: at another of the same audience it could use them. */
function audienceDangers(ehrs: readonly Ehr[]): string[] {
  return ehrs.flatMap((ehr, index) =>
    ehrs.slice(0, index).some((one) => one.audience === ehr.audience && one.fhirBase !== ehr.fhirBase) &&
    ehr.enforcement === 'gateway'
      ? [`ehrs.${ehr.id}.audience: another server has the same; a token for one of them would open the other`]
      : [],
  )
}
