import { z } from 'zod'
import { verifyOwnJwt } from '@/lib/keys/keys'

const claimsSchema = z.object({ sub: z.string(), aud: z.string(), sid: z.string().optional() })

/** Whom and which app an ID token of ours was made for. */
export type IdTokenHint = {
  readonly subject: string
  readonly appId: string
  /** What the app calls the visit. */
  readonly visit: string | undefined
}

/**
 * Reads an ID token of ours that comes back as a hint: signature and type are checked, its end is not (OpenID Connect
 * Core §3.1.2.1, RP-Initiated Logout §2). It says whom is meant and opens nothing. Undefined when it is not ours.
 */
export async function readIdTokenHint(hint: string): Promise<IdTokenHint | undefined> {
  const claims = claimsSchema.safeParse(await verifyOwnJwt(hint, { typ: 'JWT', mayHaveExpired: true }))
  if (!claims.success) return undefined
  const { sub, aud, sid } = claims.data
  return { subject: sub, appId: aud, visit: sid }
}
