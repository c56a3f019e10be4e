import { createHash } from 'node:crypto'
import { algorithmFor, claimsFor } from '@/lib/ehrs/claim-profiles'
import { authorizeByBackendServices } from '@/lib/ehrs/door/backend-services'
import { type CallContext, contextClaims } from '@/lib/ehrs/door/call-context'
import type { Ehr } from '@/lib/ehrs/ehrs'
import { signJwt } from '@/lib/keys/keys'
import { once } from '@/lib/process/once'
import { now } from '@/lib/time/clock'

export type { CallContext } from '@/lib/ehrs/door/call-context'

/** Request headers that open the door of an EHR for one call. */
export type DoorHeaders = Readonly<Record<string, string>>

/** How the gateway proves itself to an EHR: one interface, chosen by `credential.kind` in configuration. */
type Door = (ehr: Ehr, context: CallContext) => Promise<DoorHeaders>

const doors: Readonly<Record<Ehr['credential']['kind'], Door>> = {
  'own-token': authorizeByOwnToken,
  'backend-services': authorizeByBackendServices,
}

/**
 * Headers for one call to an EHR. They name person, record, app, purpose and only the scopes needed, and live at most
 * 60 seconds. Never for an app: they open the EHR's own door.
 * @throws Error with code `ehr-door` when the EHR's token endpoint gives no token
 */
export async function authorizeCall(ehr: Ehr, context: CallContext): Promise<Record<string, string>> {
  return { ...(await doors[ehr.credential.kind](ehr, context)) }
}

/** A token we sign ourselves; the EHR verifies it by our JWKS. Signed once and used for up to 45 s of its 60. */
async function authorizeByOwnToken(ehr: Ehr, context: CallContext): Promise<DoorHeaders> {
  const key = createHash('sha256')
    .update(JSON.stringify([ehr.id, ehr.audience, context]))
    .digest('base64url')
  const token = await cachedToken(key, () =>
    signJwt(claimsFor(ehr, contextClaims(ehr, context, { withScope: true })), {
      algorithm: algorithmFor(ehr),
      typ: 'at+jwt',
    }),
  )
  return { authorization: `Bearer ${token}` }
}

type Kept = { readonly token: Promise<string>; readonly until: number }

const keepMilliseconds = 45_000
const keepAtMost = 2_000

function cachedToken(key: string, make: () => Promise<string>): Promise<string> {
  const cache = once('gateway-tokens', () => new Map<string, Kept>())
  const at = now().getTime()
  const kept = cache.get(key)
  if (kept && kept.until > at && kept.until <= at + keepMilliseconds) return kept.token
  if (cache.size >= keepAtMost) cache.clear()
  const token = make()
  cache.set(key, { token, until: at + keepMilliseconds })
  token.catch(() => cache.delete(key))
  return token
}
