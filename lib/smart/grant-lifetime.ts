import { sessionLimits } from '@/lib/identity/session-limits'

/**
 * Seconds a grant lasts. While away: as long as the app may keep it. During the visit: until it must end at the latest,
 * and every refresh looks whether it has (spec S17). Neither: one access token.
 */
export function grantSeconds(scopes: readonly string[], grantDays: number): number {
  if (scopes.includes('offline_access')) return grantDays * 86_400
  return scopes.includes('online_access') ? sessionLimits.patient.absoluteSeconds : 900 + 60
}
