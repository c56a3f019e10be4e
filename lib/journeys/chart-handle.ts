import { z } from 'zod'
import { seal, unseal } from '@/lib/crypto/seal'
import type { StaffSession } from '@/lib/identity/session'
import { addSeconds, epochSeconds } from '@/lib/time/clock'

/** Why staff look: chosen, not typed, so that no name ends up in the audit. */
export const lookupReasons = ['patient-here', 'patient-called', 'letter', 'support'] as const

export type LookupReason = (typeof lookupReasons)[number]

/** Why a chart is open: the reason of its search, or an alert that led to it. */
export type OpenReason = LookupReason | 'alert'

/** How long a handle to a chart stays good. */
const handleSeconds = 1800

const handleSchema = z.object({
  ehr: z.string(),
  patient: z.string(),
  reason: z.enum([...lookupReasons, 'alert']),
  expires: z.number(),
})

/** What a handle names. */
export type ChartHandle = {
  readonly ehrId: string
  readonly patientId: string
  readonly reason: OpenReason
}

/** The record a handle names, if it was made for this session and has not expired. */
export function findChart(session: StaffSession, handle: string, now: Date): ChartHandle | undefined {
  const plain = unseal(Buffer.from(handle, 'base64url'), `chart:${session.id}`, 'cursor')
  if (!plain) return undefined
  const { ehr, patient, reason, expires } = handleSchema.parse(JSON.parse(plain))
  return expires > epochSeconds(now) ? { ehrId: ehr, patientId: patient, reason } : undefined
}

/** Makes a handle to a chart, good in one session for half an hour. */
export function sealHandle(session: StaffSession, chart: ChartHandle, now: Date): string {
  const expires = epochSeconds(addSeconds(now, handleSeconds))
  const plain = JSON.stringify({ ehr: chart.ehrId, patient: chart.patientId, reason: chart.reason, expires })
  return Buffer.from(seal(plain, `chart:${session.id}`, 'cursor')).toString('base64url')
}
