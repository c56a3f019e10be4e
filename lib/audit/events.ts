import { z } from 'zod'

const word = z.string().max(200)

/**
 * The catalogue: every event and what its row says beside who, whom and when. Details hold codes and counts of ours,
 * never a name, a token or a clinical value.
 */
export const events = {
  /** A person came back from a provider and has a session. */
  'sign-in.succeeded': z.strictObject({
    provider: word,
    kind: z.enum(['patient', 'staff']),
    firstTime: z.boolean(),
  }),
  /** A sign-in was refused after the provider answered. */
  'sign-in.refused': z.strictObject({ provider: word, reason: word }),
  /** A session ended. */
  'session.ended': z.strictObject({ why: word }),
  /** Operators paused or resumed something. */
  'stop.set': z.strictObject({ target: word, targetId: word, reason: word }),
  'stop.lifted': z.strictObject({ target: word, targetId: word }),
  /** Signing keys moved on. */
  'keys.rotated': z.strictObject({ algorithm: word, kid: word, to: word }),
} as const

export type EventName = keyof typeof events
export type EventDetail<N extends EventName> = z.infer<(typeof events)[N]>
