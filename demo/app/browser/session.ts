import * as z from 'zod/mini'

const key = 'lab-window.session'

const session = z.object({
  issuer: z.string(),
  subject: z.string(),
  revocationEndpoint: z.optional(z.string()),
})

/** What is known about the connection beside the library's own entry in the storage of this tab. */
export type Session = z.infer<typeof session>

export function keepSession(storage: Storage, started: Session): void {
  storage.setItem(key, JSON.stringify(started))
}

export function findSession(storage: Storage): Session | undefined {
  const text = storage.getItem(key)
  if (text === null) return undefined
  const parsed = session.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : undefined
}

/** Tokens, codes and notes of this tab: the storage of this origin holds nothing else. */
export function endSession(storage: Storage): void {
  storage.clear()
}
