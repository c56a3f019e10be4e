import * as z from 'zod/mini'

const key = 'lab-window.request'

const pendingRequest = z.object({
  state: z.string(),
  nonce: z.string(),
  issuer: z.string(),
  revocationEndpoint: z.optional(z.string()),
})

/** The authorization that this tab began, kept until it is answered. */
export type PendingRequest = z.infer<typeof pendingRequest>

export function keepPendingRequest(storage: Storage, pending: PendingRequest): void {
  storage.setItem(key, JSON.stringify(pending))
}

export function findPendingRequest(storage: Storage): PendingRequest | undefined {
  const text = storage.getItem(key)
  if (text === null) return undefined
  const parsed = pendingRequest.safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : undefined
}
