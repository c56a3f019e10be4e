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
 * The EHR whose base an app names as `aud` or `resource` (SMART App Launch 2.2, RFC 8707): our gateway's in front of it,
 * or its own if it enforces by itself, and in no other case. One trailing slash is tolerated, nothing else.
 */
export function findEhrByAudience(audience: string): Ehr | undefined {
  const base = audience.replace(/\/$/, '')
  return config().ehrs.find((ehr) => ehr.appBase === base)
}

/** The EHR of this id, if our gateway stands in front of it. */
export function findGatewayEhr(id: string): Ehr | undefined {
  const ehr = findEhr(id)
  return ehr?.enforcement === 'gateway' ? ehr : undefined
}
