import { judge } from '@/lib/access/judge'
import type { Resource } from '@/lib/fhir/resource'
import { type Call, judgeFactsOf } from '@/lib/gateway/call'
import { scrub } from '@/lib/gateway/scrub'
import { indexReleases } from '@/lib/release-policy/release-facts'

/**
 * A resource that is no row of a chart (who signed in, who treats them) as it may be shown: judged by itself, and every
 * word in it about a result taken out. Undefined when it may not be shown.
 */
export function showAlone(resource: Resource, call: Call): Resource | undefined {
  if (!judge(resource, judgeFactsOf(call, indexReleases([], []))).shown) return undefined
  return scrub(resource, {
    ehrBase: call.ehr.fhirBase,
    gatewayBase: call.ehr.gatewayBase,
    isShown: () => false,
    isResult: false,
    since: undefined,
  })
}
