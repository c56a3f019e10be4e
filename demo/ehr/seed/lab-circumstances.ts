import type { Coding } from 'fhir/r4'
import type { ClinicianKey } from './chart'
import { holdLabel } from './codes'

type LabStatus = 'final' | 'amended' | 'corrected' | 'preliminary' | 'cancelled' | 'entered-in-error'

/** What is known of a result beside its value. Neither `released` nor `held`: it awaits release. */
export type LabCircumstances = {
  readonly daysAgo: number
  /** Time of day of the report, UTC. */
  readonly time?: string
  /** Time of day the specimen was taken, UTC. */
  readonly drawn?: string
  readonly by?: ClinicianKey
  readonly status?: LabStatus
  readonly released?: { readonly by?: ClinicianKey; readonly daysAgo: number }
  readonly held?: boolean
  readonly labels?: readonly Coding[]
  /** A laboratory interface that forgets the category: the code alone tells that this is a result. */
  readonly uncategorised?: boolean
  readonly comment?: string
}

/** The labels of a result: its sensitivity, and the hold when it is held. */
export function labelled(at: LabCircumstances): { meta?: { security: Coding[] } } {
  const security = [...(at.labels ?? []), ...(at.held ? [holdLabel] : [])]
  return security.length > 0 ? { meta: { security } } : {}
}
