import { config, type Ehr } from '@/lib/config/config'

export type { Ehr } from '@/lib/config/config'

/** The EHR of this id in configuration. */
export function findEhr(id: string): Ehr | undefined {
  return config().ehrs.find((ehr) => ehr.id === id)
}

/** The EHR of this id. @throws Error when the configuration no longer has it */
export function getEhr(id: string): Ehr {
  const ehr = findEhr(id)
  if (!ehr) throw Object.assign(new Error('This EHR is not in the configuration.'), { code: 'unknown-ehr' })
  return ehr
}

/**
 * The EHR whose gateway base an app names as `aud` or `resource` (SMART App Launch 2.2, RFC 8707). One trailing slash
 * is tolerated, nothing else: apps behind a gateway may not name the EHR's own base.
 */
export function findEhrByAudience(audience: string): Ehr | undefined {
  const base = audience.replace(/\/$/, '')
  return config().ehrs.find((ehr) => ehr.gatewayBase === base)
}
