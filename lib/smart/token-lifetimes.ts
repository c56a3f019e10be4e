import { config } from '@/lib/config/config'
import { addSeconds } from '@/lib/time/clock'

/** A refresh token nobody uses lapses after so many days; each use gives a new one (US (g)(10): at least 3 months). */
const idleDays = 100

/** When a refresh token made now lapses: by idleness, and never later than what the person allowed. */
export function refreshTokenExpiry(grantExpiresAt: Date, now: Date): Date {
  return earlier(addSeconds(now, idleDays * 86_400), grantExpiresAt)
}

/**
 * When an access token made now expires: short, because an EHR that verifies it by itself may hear of its end only then,
 * and never later than what the person allowed (SMART App Launch 2.2 @91).
 */
export function accessTokenExpiry(grantExpiresAt: Date, now: Date): Date {
  return earlier(addSeconds(now, config().tokens.accessTokenSeconds), grantExpiresAt)
}

/** Seconds in which a spent refresh token may be repeated, unchanged, by an app that lost the answer. */
export const replaySeconds = 30

/** The first of several ends, of which some may be open. */
export function earliest(one: Date, ...others: readonly (Date | undefined)[]): Date {
  return others.reduce<Date>((first, other) => (other ? earlier(first, other) : first), one)
}

function earlier(one: Date, other: Date): Date {
  return one < other ? one : other
}
