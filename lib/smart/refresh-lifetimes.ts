import { addSeconds } from '@/lib/time/clock'

/** A refresh token nobody uses lapses after so many days; each use gives a new one (US (g)(10): at least 3 months). */
const idleDays = 100

/** When a refresh token made now lapses: by idleness, and never later than what the person allowed. */
export function refreshTokenExpiry(grantExpiresAt: Date, now: Date): Date {
  const idle = addSeconds(now, idleDays * 86_400)
  return idle < grantExpiresAt ? idle : grantExpiresAt
}

/** Seconds in which a spent refresh token may be repeated, unchanged, by an app that lost the answer. */
export const replaySeconds = 30
