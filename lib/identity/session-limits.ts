/** How long a session lasts: the shorter for people who see other people's charts. Seconds. */
export const sessionLimits = {
  patient: { idleSeconds: 30 * 60, absoluteSeconds: 12 * 3600 },
  staff: { idleSeconds: 15 * 60, absoluteSeconds: 8 * 3600 },
} as const

/** The two kinds of session. They have separate cookies and never stand in for one another. */
export type SessionKind = keyof typeof sessionLimits

/** Name of the cookie of each kind, before prefixes. */
export const sessionCookies: Readonly<Record<SessionKind, string>> = { patient: 'session', staff: 'staff' }

/** "Last seen" is written at most this often, so that a burst of page loads is not a burst of writes. */
export const seenEverySeconds = 30
